// What a search of the history is by: its conditions as chips that can be taken off, its time and order as choices.
import { element, mono } from './element.js';
import { choice } from './parts.js';
import { routeTo } from './route.js';
import { AGES } from './search_text.js';

// Where such a search is.
export const historyRoute = (conditions, order, live) =>
  routeTo('history', { ...conditions, order: order === 'oldest' ? order : '', live: live ? '1' : '' });

// goTo(conditions): searches for those.
export function conditionChips(conditions, goTo) {
  const all = Object.entries(conditions);
  if (!all.length) return element('span.hint', 'All queries. A click on a value searches for it alone.');
  return [
    all.map(([key, value]) =>
      element(
        'span.chip',
        element('span.chip-key', key),
        mono(value),
        element(
          'button',
          { 'aria-label': `Without ${key} ${value}`, onclick: () => goTo({ ...conditions, [key]: '' }) },
          '×',
        ),
      ),
    ),
    all.length > 1 && element('button.plain', { onclick: () => goTo({}) }, 'Clear all'),
  ];
}

export function searchControls(conditions, order, live) {
  const follow = element(
    'a.button.toggle',
    { href: historyRoute(conditions, order, !live), 'aria-current': live ? 'true' : null },
    live ? 'Stop following' : 'Live',
  );
  if (live) return follow;
  return [
    choice('Time', [['', 'All'], ...AGES.map((age) => [age, age])], conditions.since ?? '', (since) =>
      historyRoute({ ...conditions, since, until: '' }, order),
    ),
    choice(
      'Order',
      [
        ['newest', 'Newest first'],
        ['oldest', 'Oldest first'],
      ],
      order,
      (one) => historyRoute(conditions, one),
    ),
    follow,
  ];
}

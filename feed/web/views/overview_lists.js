// The overview's lists, from what the API answers: who asks most, what is held back and why, who is behind, what is unseen.
import { element, foreign, mono } from '../element.js';
import { latency, number, percent } from '../figures.js';
import { historyLink, state, table, why } from '../parts.js';
import { timeElement } from '../times.js';

// What the lists have room for: their places do not grow.
export const RANKED = 9;
const TABLE_ROWS = 7;

// What keeps an address out, as the API names it, in words.
const CAUSES = {
  guard: 'a guard: special, our own, or never to be blocked',
  never_name: 'a name that must never be blocked leads there',
  person: 'somebody said so',
  profile: 'the profile says so',
  evidence: 'there is no evidence any more',
  limit: 'too many new ones at once',
  age: 'not seen for long',
  sharing: 'other names need it',
};

// Bars behind the figures show the proportion at a glance.
export function ranking(groups, key, conditions) {
  if (!groups.length) return element('p.hint', 'None in this time.');
  const most = groups[0].queries;
  return element(
    'ol.ranking',
    groups.map((group) => {
      const bar = element('span.bar', { 'aria-hidden': 'true' });
      bar.style.width = `${(100 * group.queries) / most}%`;
      return element(
        'li',
        bar,
        historyLink(
          { ...conditions, [key]: group[key] },
          foreign(group[key], { class: 'mono clipped', title: group[key].length > 40 ? group[key] : null }),
        ),
        element('span.figure', number(group.queries)),
      );
    }),
  );
}

export function heldByCause({ entries, next }) {
  if (!entries.length) return element('p.hint', 'Nothing is held back.');
  const causes = new Map();
  for (const entry of entries) causes.set(entry.cause, [...(causes.get(entry.cause) ?? []), entry]);
  return [
    element(
      'ul.plain-list',
      [...causes]
        .sort((a, b) => b[1].length - a[1].length)
        .map(([cause, held]) =>
          element(
            'li',
            element('span', CAUSES[cause] ?? cause),
            element(
              'span.examples',
              held.slice(0, 2).map((entry) => why(entry.address)),
            ),
            element('span.figure', number(held.length)),
          ),
        ),
    ),
    next && element('p.hint', 'and more'),
  ];
}

export function subscriberList({ subscribers }) {
  if (!subscribers.length) {
    return element(
      'p.hint',
      'No firewall has fetched a feed yet. ',
      element('a', { href: '#/feeds' }, 'Give one its URL'),
      '.',
    );
  }
  const worst = subscribers
    .toSorted((a, b) => (b.late !== 'no') - (a.late !== 'no') || (b.behind_seconds ?? 0) - (a.behind_seconds ?? 0))
    .slice(0, TABLE_ROWS);
  return table(
    [
      {
        title: 'Firewall',
        cell: (one) => foreign(one.who ? `${one.who} ${one.address}` : one.address, { class: 'mono clipped' }),
      },
      { title: 'Feed', cell: (one) => foreign(one.feed, { class: 'clipped' }) },
      {
        title: 'Behind',
        class: 'figure',
        cell: (one) => (one.behind ? `${number(one.behind_generations)} gen.` : '–'),
      },
      { title: 'Seen', class: 'figure', cell: (one) => timeElement(one.last_seen) },
      { name: 'State', cell: (one) => (one.late === 'no' ? '' : state(one.late)) },
    ],
    worst,
    { caption: 'Subscribers' },
  );
}

export function upstreamList({ upstreams }) {
  if (!upstreams.length) return element('p.hint', 'No upstream server is known.');
  return table(
    [
      { title: 'Server', cell: (one) => mono(one.server) },
      { title: 'State', cell: (one) => state(one.state) },
      { title: 'Latency', class: 'figure', cell: (one) => latency(one.latency_us) },
      { title: 'Questions', class: 'figure', cell: (one) => number(one.questions) },
      { title: 'Failed', class: 'figure', cell: (one) => percent(one.failures, one.questions) },
    ],
    upstreams,
    { caption: 'Upstream servers' },
  );
}

export function unseenList(targets) {
  const open = targets.filter((target) => !target.complete && target.estimated > target.seen).slice(0, TABLE_ROWS);
  if (!open.length)
    return element(
      'p.hint',
      targets.length ? 'All that is known of is seen.' : 'No blocked name has been looked up yet.',
    );
  return table(
    [
      { title: 'Name', cell: (target) => why(target.name) },
      { title: 'Seen', class: 'figure', cell: (target) => number(target.seen) },
      { title: 'Of about', class: 'figure', cell: (target) => number(Math.round(target.estimated)) },
      {
        title: 'Between',
        class: 'figure',
        cell: (target) => `${number(Math.round(target.low))} and ${number(Math.round(target.high))}`,
      },
    ],
    open,
    { caption: 'Names of which addresses are unseen' },
  );
}

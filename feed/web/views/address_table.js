// The table of addresses and its rows: each with its state and the reason, which on a phone is a card.
import { may } from '../caller.js';
import { element, foreign } from '../element.js';
import { number } from '../figures.js';
import { state, why } from '../parts.js';
import { routeTo } from '../route.js';
import { timeElement } from '../times.js';

const COLUMNS = [
  ['Address', 'w-address'],
  ['State', 'w-state'],
  ['Why', 'w-why'],
  ['Names', 'w-names'],
  ['Needed by', 'w-needs'],
  ['First seen', 'figure w-time w-first'],
  ['Last seen', 'figure w-time'],
  ['Count', 'figure w-count'],
];

// all: the box that selects all, if there is one; body: where the rows go.
export function addressTable(all, body) {
  return element(
    'table.rows.addresses',
    element('caption.unseen', 'Addresses'),
    element(
      'thead',
      element(
        'tr',
        all && element('th', { scope: 'col', class: 'check' }, all),
        COLUMNS.map(([title, name]) => element('th', { scope: 'col', class: name }, title)),
      ),
    ),
    body,
  );
}

// The first of several, and how many others there are.
const several = (list, text) => [
  list[0] ? why(text(list[0])) : element('span.hint', '–'),
  list.length > 1 &&
    element('span.hint', { title: list.slice(0, 30).map(text).join('\n') }, ` +${number(list.length - 1)}`),
];

// key: which row it is; isFirst: the one that the keyboard comes to; withProfile: there are several profiles;
// onselect(isSelected).
export function addressRow(entry, { key, isFirst, isSelected, withProfile, onselect }) {
  const names = [...new Set(entry.evidence.map((evidence) => evidence.name).filter(Boolean))];
  const box =
    may('admin') &&
    element('input', {
      type: 'checkbox',
      'aria-label': `Select ${entry.address}`,
      checked: isSelected,
      onchange: () => onselect(box.checked),
    });
  return element(
    'tr',
    { tabindex: isFirst ? '0' : '-1', 'data-href': routeTo('why', {}, entry.address), 'data-key': key },
    box && element('td.check', element('label.check-target', box)),
    element('td', why(entry.address), withProfile && element('span.hint', ' ', entry.profile)),
    element(
      'td.w-state',
      state(entry.state),
      entry.waits &&
        element('span.hint', { title: 'The feeds do not have it so yet: a person is to release it' }, ' waits'),
    ),
    element(
      'td.w-why',
      foreign(entry.reason || '', { title: entry.reason || null }),
      entry.decision &&
        element(
          'span.hint',
          ' by ',
          foreign(entry.decision.by),
          entry.decision.until && [', ends ', timeElement(entry.decision.until)],
        ),
    ),
    element(
      'td.w-names',
      names.length
        ? several(names, (name) => name)
        : foreign(entry.evidence[0]?.vantage_detail || '–', { class: 'hint' }),
    ),
    element(
      'td.w-needs',
      several(entry.needed_by, (need) => need.name),
    ),
    element('td.figure.w-first', timeElement(entry.first_seen)),
    element('td.figure.w-time', timeElement(entry.last_seen)),
    element('td.figure.w-count', number(entry.count)),
  );
}

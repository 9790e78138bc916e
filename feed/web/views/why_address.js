// All that is known of an address, which may be a client's too, and what may be decided of it.
import { may } from '../caller.js';
import { decide, DECISIONS } from '../decisions.js';
import { element, foreign, mono } from '../element.js';
import { count, number } from '../figures.js';
import { historyLink, notice, state, table, why } from '../parts.js';
import { routeTo } from '../route.js';
import { timeElement } from '../times.js';
import { decisionTable } from './decision_table.js';
import { askers, head, historyAll, queries, remarks, section } from './why_parts.js';

// What holds for one profile, in a sentence.
function verdictOn(entry) {
  const since = entry.first_generation ? `, since generation ${number(entry.first_generation)}` : '';
  const waits = entry.waits ? ' The feeds do not have it so yet: the change waits for a person.' : '';
  // What somebody decided is said with who and when, in a sentence of its own.
  const isDecided = entry.decision && entry.cause === 'person';
  const because = isDecided ? '.' : [': ', entry.reason ? foreign(entry.reason) : 'no reason is on record', '.'];
  switch (entry.state) {
    case 'published':
      return [`It is in the feed ${entry.profile}${since}.`, waits];
    case 'held':
      return [`It is held out of ${entry.profile}`, because, waits];
    case 'allowed':
      return [`It is never published in ${entry.profile}`, because, waits];
    default:
      return [`It has left ${entry.profile}`, because, waits];
  }
}

// again(): something has changed.
export function aboutAddress(known, again) {
  const { entries } = known;
  const acts = may('admin')
    ? Object.entries(DECISIONS)
        .filter(([what]) =>
          what === 'undo' ? entries.some((entry) => entry.decision) : entries.length || what === 'allow',
        )
        .map(([what, { title }]) =>
          element(
            'button',
            {
              class: what === 'forget' ? 'danger' : null,
              onclick: () => decide(what, entries.length ? entries : [{ address: known.subject }], again),
            },
            title,
          ),
        )
    : [];
  const isClient = known.queries_as_client > 0;
  return [
    head(known.subject),
    remarks(known),
    known.special_purpose &&
      notice('note', element('p', `This address is special: ${known.special_purpose}. No feed ever holds it.`)),
    entries.length
      ? entries.map((entry) =>
          element(
            'div.finding',
            state(entry.state),
            element(
              'p',
              verdictOn(entry),
              ' Seen ',
              count(entry.count, 'time'),
              ', first ',
              timeElement(entry.first_seen),
              ', last ',
              timeElement(entry.last_seen),
              ` (${entry.freshness}).`,
              entry.decision && [
                ' Decided by ',
                foreign(entry.decision.by),
                ' ',
                timeElement(entry.decision.made),
                ': ',
                foreign(entry.decision.reason),
                entry.decision.until && [' (ends ', timeElement(entry.decision.until), ')'],
                '.',
              ],
            ),
          ),
        )
      : element(
          'p.finding',
          isClient
            ? 'It is a client; no blocked name ever led to it.'
            : 'No blocked name ever led to it, as far as is known.',
        ),
    acts.length > 0 && element('div.row.wrap', acts),
    isClient &&
      section('As a client', null, [
        element(
          'p',
          historyLink({ client: known.subject }, count(known.queries_as_client, 'query', 'queries')),
          ', of which ',
          historyLink({ client: known.subject, verdict: 'sinkhole' }, `${number(known.sunk_as_client)} sinkholed`),
          '.',
        ),
        known.sunk_queries.length > 0 && queries(known.sunk_queries, 'The newest that were sinkholed'),
      ]),
    entries.map(
      (entry) =>
        entry.evidence.length > 0 &&
        section(
          `Why it is taken for ${entry.profile}`,
          null,
          table(
            [
              {
                title: 'Name',
                class: 'name',
                cell: (one) => (one.name ? why(one.name) : element('span.hint', 'by address')),
              },
              {
                title: 'Leads to a target by',
                class: 'name',
                cell: (one) => (one.target && one.target !== one.name ? why(one.target) : '–'),
              },
              { title: 'Seen by', cell: (one) => [one.vantage, ' ', mono(one.vantage_detail)] },
              { title: 'First', class: 'figure', cell: (one) => timeElement(one.first_seen) },
              { title: 'Last', class: 'figure', cell: (one) => timeElement(one.last_seen) },
              { title: 'Times', class: 'figure', cell: (one) => number(one.count) },
            ],
            entry.evidence,
            { caption: `Evidence for ${entry.profile}` },
          ),
        ),
    ),
    known.needed_by.length > 0 &&
      section(
        'Who else needs it',
        'names that are no target and lead to it',
        table(
          [
            { title: 'Name', class: 'name', cell: (need) => why(need.name) },
            {
              title: 'Asked by',
              class: 'name',
              cell: (need) => [
                need.clients.slice(0, 3).map((client) => [why(client), ' ']),
                need.clients.length > 3 && `and ${number(need.clients.length - 3)} more`,
              ],
            },
            { title: 'Never blocked because', cell: (need) => foreign(need.never_why || '–') },
            { title: 'Last', class: 'figure', cell: (need) => timeElement(need.last_seen) },
            { title: 'Queries', class: 'figure', cell: (need) => number(need.queries) },
          ],
          known.needed_by,
          { caption: 'Names that need it' },
        ),
      ),
    known.asked_by.length > 0 &&
      section('Clients that asked for it and were sinkholed', count(known.askers, 'client'), askers(known.asked_by)),
    known.answered_to.length > 0 &&
      section(
        'Clients that got this address as an answer',
        historyAll({ answer: known.subject }),
        queries(known.answered_to, 'Answered'),
      ),
    known.changes.length > 0 &&
      section(
        'In and out of the feeds',
        null,
        table(
          [
            {
              title: 'Generation',
              class: 'figure',
              cell: (change) =>
                element('a', { href: routeTo('generations', { to: change.generation }) }, number(change.generation)),
            },
            { title: 'When', cell: (change) => timeElement(change.created) },
            { title: 'Profile', cell: (change) => foreign(change.profile) },
            { title: 'Change', cell: (change) => element('span', { class: change.change }, change.change) },
            { title: 'Why', cell: (change) => foreign(change.reason) },
          ],
          known.changes,
          { caption: 'Changes' },
        ),
      ),
    known.decisions.length > 0 && section('Decided', null, decisionTable(known.decisions)),
  ];
}

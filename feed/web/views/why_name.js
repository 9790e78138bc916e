// All that is known of a name: whether it is blocked, where it leads, who asks for it, and what a client is told.
import { element, foreign } from '../element.js';
import { count, number } from '../figures.js';
import { historyLink, state, table, verdict, why } from '../parts.js';
import { routeTo } from '../route.js';
import { timeElement } from '../times.js';
import { askNow } from './ask_now.js';
import { askers, head, historyAll, queries, remarks, section } from './why_parts.js';

// `signal`: ends what is under way.
export function aboutName(known, signal) {
  const { coverage } = known;
  const sentence =
    {
      target: ['It is blocked: ', foreign(coverage.rule), '.', coverage.note && [' (', foreign(coverage.note), '.)']],
      never: ['It is never blocked: ', foreign(coverage.rule), coverage.why && [' (', foreign(coverage.why), ')'], '.'],
      none: ['No profile has it: it is passed.'],
    }[coverage.kind] ?? [];
  return [
    head(known.subject),
    remarks(known),
    element(
      'div.finding',
      verdict({ target: 'sinkhole', none: 'pass', never: 'pass' }[coverage.kind] ?? 'pass'),
      element(
        'p',
        sentence,
        ' It was asked for in ',
        historyLink({ name: known.subject }, count(known.queries, 'query', 'queries')),
        ' of the history.',
      ),
    ),
    askNow(known.subject, signal),
    known.entries.length > 0 &&
      section(
        'Addresses that it led to',
        count(known.entries.length, 'address', 'addresses'),
        table(
          [
            { title: 'Address', cell: (entry) => why(entry.address) },
            { title: 'State', cell: (entry) => state(entry.state) },
            { title: 'Why', class: 'reason', cell: (entry) => foreign(entry.reason) },
            { title: 'Last seen', class: 'figure', cell: (entry) => timeElement(entry.last_seen) },
            { title: 'Count', class: 'figure', cell: (entry) => number(entry.count) },
          ],
          known.entries,
          { caption: 'Addresses', href: (entry) => routeTo('why', {}, entry.address) },
        ),
      ),
    known.asked_by.length > 0 &&
      section('Clients that asked for it and were sinkholed', count(known.askers, 'client'), askers(known.asked_by)),
    known.recent.length > 0 &&
      section('The newest queries', historyAll({ name: known.subject }), queries(known.recent, 'The newest queries')),
  ];
}

// All that is known of an address, a name or a client, beginning with the sentence that people come for.
import { call } from '../api.js';
import { may } from '../caller.js';
import { copyButton } from '../copy.js';
import { decide, DECISIONS } from '../decisions.js';
import { element, fill, foreign, mono } from '../element.js';
import { count, latency, number } from '../figures.js';
import { empty, failed, historyLink, notice, scrolled, state, table, verdict, why } from '../parts.js';
import { routeTo } from '../route.js';
import { columnTime, timeElement } from '../times.js';

export function show(main, route) {
  const stopped = new AbortController();
  const place = element('div.stack.wide', { 'aria-busy': 'true' });
  const load = async () => {
    if (!route.subject) {
      fill(
        place,
        empty(
          'Why what?',
          element('p', 'Choose an address under ', element('a', { href: '#/addresses' }, 'Addresses'), '.'),
        ),
      );
      return;
    }
    try {
      const known = await call('why', { subject: route.subject }, stopped.signal);
      fill(place, known.kind === 'address' ? aboutAddress(known, load) : aboutName(known));
    } catch (error) {
      if (error.name === 'AbortError') return;
      fill(place, element('h1', mono(route.subject)), failed(error));
    }
    place.removeAttribute('aria-busy');
  };
  main.append(place);
  fill(place, element('h1', mono(route.subject)), element('p.hint', 'Looking through the history …'));
  load();
  return { leave: () => stopped.abort() };
}

const section = (title, note, content) =>
  element(
    'section.card',
    { 'aria-label': title },
    element('div.card-head', element('h2', title), note && element('span.hint', note)),
    scrolled(content, title),
  );

function head(subject, ...beside) {
  return element(
    'div.heading.together',
    element('h1', mono(subject)),
    element('span.row', copyButton(subject, subject), beside),
  );
}

function remarks(known) {
  return [
    known.damage && notice('warning', element('p', `Some of it could not be read: ${known.damage}`)),
    known.unfinished && notice('note', element('p', `There may be more: ${known.unfinished}.`)),
  ];
}

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

function aboutAddress(known, again) {
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
    known.decisions.length > 0 && section('Decided', null, decisions(known.decisions)),
  ];
}

function aboutName(known) {
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

const historyAll = (conditions) => historyLink(conditions, 'All of them');

const askers = (list) =>
  table(
    [
      { title: 'Client', cell: (one) => why(one.client) },
      { title: 'Last', class: 'figure', cell: (one) => timeElement(one.last) },
      { title: 'Queries', class: 'figure', cell: (one) => number(one.queries) },
    ],
    list,
    { caption: 'Clients' },
  );

const queries = (records, caption) =>
  table(
    [
      { title: 'Time', cell: (row) => element('time', { datetime: row.time }, columnTime(row.time)) },
      { title: 'Client', cell: (row) => why(row.client) },
      { title: 'Name', class: 'name', cell: (row) => why(row.name) },
      { title: 'Type', cell: (row) => row.type },
      { title: 'Verdict', cell: (row) => verdict(row.verdict) },
      { title: 'Code', cell: (row) => row.rcode },
      { title: 'Latency', class: 'figure', cell: (row) => latency(row.latency_us) },
    ],
    records,
    { caption },
  );

export const decisions = (list) =>
  table(
    [
      { title: 'When', cell: (one) => timeElement(one.time) },
      { title: 'What', cell: (one) => foreign(one.what) },
      { title: 'Address', cell: (one) => (one.address ? why(one.address) : 'the feeds') },
      { title: 'By', cell: (one) => foreign(one.by) },
      { title: 'Reason', class: 'reason', cell: (one) => foreign(one.reason) },
      { title: 'Until', class: 'figure', cell: (one) => (one.until ? timeElement(one.until) : '–') },
    ],
    list,
    { caption: 'Decisions' },
  );

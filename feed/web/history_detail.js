// One query with every field, beside the list.
import { copyButton } from './copy.js';
import { element, foreign, mono } from './element.js';
import { latency, number } from './figures.js';
import { addressOf } from './history_grid.js';
import { historyLink, verdict, why } from './parts.js';
import { fullTime } from './times.js';

// RFC 8914 and the IANA registry, the ones that a DNS server like this one gives.
const EXTENDED_ERRORS = {
  3: 'Stale Answer',
  4: 'Forged Answer',
  9: 'DNSKEY Missing',
  13: 'Cached Error',
  15: 'Blocked',
  16: 'Censored',
  17: 'Filtered',
  18: 'Prohibited',
  19: 'Stale NXDOMAIN Answer',
  20: 'Not Authoritative',
  21: 'Not Supported',
  22: 'No Reachable Authority',
  23: 'Network Error',
  24: 'Invalid Data',
};

export function historyDetail(row, { onclose, onfilter }) {
  const line = (title, content, copied, condition) =>
    element(
      'div.field',
      element('dt', title),
      element(
        'dd',
        element('div.value', content),
        element(
          'span.field-acts',
          condition &&
            element(
              'button.copy',
              { 'aria-label': `Only ${condition[0]} ${condition[1]}`, onclick: () => onfilter(...condition) },
              'Only',
            ),
          copied && copyButton(copied, title.toLowerCase()),
        ),
      ),
    );
  const answers = row.answers.length
    ? element(
        'ul.bare.mono',
        row.answers.map((answer) => {
          const address = addressOf({ answers: [answer] });
          return element('li', address ? why(address, answer) : foreign(answer));
        }),
      )
    : '–';
  return element(
    'aside.drawer',
    { 'aria-label': 'The query in full', id: 'detail' },
    element(
      'div.dialog-head',
      element('h2', 'Query'),
      element('button.plain', { 'aria-label': 'Close', onclick: onclose }, '×'),
    ),
    element(
      'dl.fields',
      line('Time', element('span.lines', fullTime(row.time)), row.time),
      line('Client', [why(row.client), element('span.hint', ` port ${row.port}, ${row.transport}`)], row.client, [
        'client',
        row.client,
      ]),
      line('Name', why(row.name), row.name, ['name', row.name]),
      line('Type', row.type, null, ['type', row.type]),
      line('Verdict', verdict(row.verdict), null, ['verdict', row.verdict]),
      row.rule && line('Rule', foreign(row.rule), row.rule),
      line('Code', row.rcode, null, ['rcode', row.rcode]),
      row.ede !== undefined &&
        line('Extended error', `${number(row.ede)}${EXTENDED_ERRORS[row.ede] ? ` (${EXTENDED_ERRORS[row.ede]})` : ''}`),
      line(
        'Answers',
        answers,
        row.answers.length ? row.answers.join('\n') : null,
        addressOf(row) ? ['answer', addressOf(row)] : null,
      ),
      line('From', row.upstream ? [row.origin, ' ', mono(row.upstream)] : row.origin),
      line('Latency', `${latency(row.latency_us)} (${number(row.latency_us)} µs)`),
    ),
    element(
      'div.row.wrap',
      historyLink(
        { client: row.client, since: around(row.time, -30), until: around(row.time, 30) },
        'What this client asked within a minute',
      ),
      copyButton(() => JSON.stringify(row, null, 2), 'the record as JSON', 'Copy JSON'),
    ),
  );
}

const around = (time, seconds) => new Date(Date.parse(time) + seconds * 1000).toISOString();

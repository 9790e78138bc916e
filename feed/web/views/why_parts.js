// What the pages about an address and about a name share: sections, the heading, who asked.
import { copyButton } from '../copy.js';
import { element, mono } from '../element.js';
import { latency, number } from '../figures.js';
import { historyLink, notice, scrolled, table, verdict, why } from '../parts.js';
import { columnTime, timeElement } from '../times.js';

export const section = (title, note, content) =>
  element(
    'section.card',
    { 'aria-label': title },
    element('div.card-head', element('h2', title), note && element('span.hint', note)),
    scrolled(content, title),
  );

export function head(subject, ...beside) {
  return element(
    'div.heading.together',
    element('h1', mono(subject)),
    element('span.row', copyButton(subject, subject), beside),
  );
}

export function remarks(known) {
  return [
    known.damage && notice('warning', element('p', `Some of it could not be read: ${known.damage}`)),
    known.unfinished && notice('note', element('p', `There may be more: ${known.unfinished}.`)),
  ];
}

export const historyAll = (conditions) => historyLink(conditions, 'All of them');

export const askers = (list) =>
  table(
    [
      { title: 'Client', cell: (one) => why(one.client) },
      { title: 'Last', class: 'figure', cell: (one) => timeElement(one.last) },
      { title: 'Queries', class: 'figure', cell: (one) => number(one.queries) },
    ],
    list,
    { caption: 'Clients' },
  );

export const queries = (records, caption) =>
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

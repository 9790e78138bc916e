// The table of who did what, from the links of the chain that say so.
import { element, foreign } from '../element.js';
import { number } from '../figures.js';
import { scrolled, table } from '../parts.js';
import { timeElement } from '../times.js';

function memberText(value) {
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

function read(link) {
  try {
    return JSON.parse(link.text);
  } catch {
    return { action: link.text };
  }
}

export function actionTable(links) {
  return scrolled(
    table(
      [
        { title: 'Link', class: 'figure', cell: (link) => number(link.number) },
        { title: 'When', cell: (link) => timeElement(link.time) },
        { title: 'Who', cell: (link) => foreign(read(link).who) },
        { title: 'Did', cell: (link) => foreign(read(link).action) },
        {
          title: 'With',
          class: 'reason',
          cell: (link) => {
            const { who: _, action: __, ...rest } = read(link);
            const text = Object.entries(rest)
              .filter(([, value]) => value !== '')
              .map(([key, value]) => `${key}: ${memberText(value)}`)
              .join(' · ');
            return foreign(text, { title: text });
          },
        },
      ],
      links,
      { caption: 'Actions' },
    ),
    'Actions',
  );
}

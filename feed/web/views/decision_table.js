// The table of what people decided.
import { element, foreign } from '../element.js';
import { table, why } from '../parts.js';
import { timeElement } from '../times.js';

export const decisionTable = (list) =>
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

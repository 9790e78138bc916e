// The table of those who fetch feeds: what each holds, how far behind it is, how often it asks.
import { may } from '../caller.js';
import { element, foreign, mono } from '../element.js';
import { bytes, number } from '../figures.js';
import { buttonColumn, scrolled, state, table } from '../parts.js';
import { span, timeElement } from '../times.js';

// `forget(one)`: somebody who may wants it forgotten.
export function subscriberTable(list, forget) {
  return scrolled(
    table(
      [
        { title: 'Firewall', cell: (one) => [mono(one.address), one.who && [' ', foreign(one.who)]] },
        { title: 'Feed', cell: (one) => mono(one.feed) },
        {
          title: 'State',
          cell: (one) => state(one.late !== 'no' ? one.late : one.behind ? 'behind' : 'current'),
        },
        { title: 'Holds', class: 'figure', cell: (one) => (one.holds ? number(one.holds) : '–') },
        {
          title: 'Behind',
          class: 'figure',
          cell: (one) => (one.behind ? `${number(one.behind_generations)} (${span(one.behind_seconds * 1000)})` : '–'),
        },
        { title: 'Last seen', class: 'figure', cell: (one) => timeElement(one.last_seen) },
        {
          title: 'Asks every',
          class: 'figure',
          cell: (one) => (one.interval_seconds ? span(one.interval_seconds * 1000) : '–'),
        },
        {
          title: '200 / 304 / other',
          class: 'figure',
          cell: (one) => `${number(one.ok)} / ${number(one.not_modified)} / ${number(one.other)}`,
        },
        { title: 'Sent', class: 'figure', cell: (one) => bytes(one.bytes) },
        {
          title: 'User agent',
          class: 'agent',
          cell: (one) => foreign(one.user_agent, { title: one.user_agent }),
        },
        ...buttonColumn(may('admin'), (one) => ({
          text: 'Forget',
          label: `Forget ${one.address}, ${one.feed}`,
          'data-forget': `${one.address} ${one.feed}`,
          onclick: () => forget(one),
        })),
      ],
      list,
      { caption: 'Subscribers' },
    ),
    'Subscribers',
  );
}

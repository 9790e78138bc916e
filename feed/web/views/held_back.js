// What is held back from the feeds: all that is new since a rollback, and changes that wait for a person; who may
// releases it.
import { act, call } from '../api.js';
import { may } from '../caller.js';
import { labelled, openForm } from '../dialog.js';
import { element, foreign } from '../element.js';
import { count, number } from '../figures.js';
import { paged } from '../paged.js';
import { notice, scrolled, table, why } from '../parts.js';
import { timeElement } from '../times.js';
import { toast } from '../toast.js';

// Nothing, if nothing is. released(): something has changed.
export async function heldBack(signal, released) {
  const first = await call('waiting', {}, signal);
  const { pin, profiles, waiting, all } = first;
  if (!pin && !all) return null;
  return notice(
    'warning',
    pin &&
      element(
        'p',
        `The feeds are those of generation ${number(pin.to)}, since `,
        timeElement(pin.since),
        ', by ',
        foreign(pin.by),
        ': ',
        foreign(pin.reason),
        '. Nothing comes in until they are released.',
      ),
    all > 0 &&
      element(
        'p',
        `${count(all, 'change')} ${all === 1 ? 'waits' : 'wait'} for a person: `,
        profiles.map((one) => `${one.profile}: ${number(one.coming)} would come, ${number(one.going)} would go. `),
      ),
    waiting.length > 0 &&
      element(
        'details',
        element('summary', 'What waits'),
        await paged(async (cursor) => {
          const part = cursor ? await call('waiting', { cursor }, signal) : first;
          return { rows: part.waiting, next: part.next };
        }, waitingTable),
      ),
    may('admin') && element('button', { onclick: () => askRelease(all, released) }, 'Release …'),
  );
}

const waitingTable = (changes) =>
  scrolled(
    table(
      [
        {
          title: 'Change',
          cell: (one) => element('span', { class: one.change === 'comes' ? 'added' : 'removed' }, one.change),
        },
        { title: 'Address', cell: (one) => why(one.address) },
        { title: 'Profile', cell: (one) => foreign(one.profile) },
        { title: 'Why', cell: (one) => foreign(one.reason) },
      ],
      changes,
      { caption: 'What waits' },
    ),
    'What waits',
  );

function askRelease(all, released) {
  const reason = element('input', { type: 'text', required: true, maxlength: 200, autocomplete: 'off' });
  openForm('Release the feeds', {
    button: 'Release',
    fields: () => [
      element(
        'p.consequence',
        all
          ? `What waits (${count(all, 'change')}) goes into the feeds at once, under a new generation.`
          : 'The feeds follow again what is found and decided.',
      ),
      labelled('Reason', reason, 'On record with your name.'),
    ],
    submit: async () => {
      const done = await act('feeds/release', { reason: reason.value.trim() });
      toast(`The feeds are released: ${count(done.released, 'change')}. Generation ${number(done.generation)}.`);
      released();
    },
  });
}

// What a person decides of addresses: asked for with its reason, said in a sentence before it is done, taken back
// with one press after.
import { act } from './api.js';
import { labelled, openForm } from './dialog.js';
import { element } from './element.js';
import { count, number } from './figures.js';
import { shownText } from './shown_text.js';
import { toast, toastProblem } from './toast.js';

export const DECISIONS = {
  hold: {
    title: 'Hold',
    done: 'Held',
    sentence: (what, time) =>
      `${what} will leave the feeds at once${time}, whatever is seen meanwhile. Firewalls follow with their next poll.`,
  },
  release: {
    title: 'Release',
    done: 'Released',
    sentence: (what, time) =>
      `${what} will be published${time} although others need it, it came with too many others or it has aged. ` +
      'No guard and no name that must not be blocked gives way to that.',
  },
  allow: {
    title: 'Allow',
    done: 'Allowed',
    sentence: (what, time) => `${what} will be in no feed${time}, whatever is seen.`,
  },
  forget: {
    title: 'Forget',
    done: 'Forgotten',
    sentence: (what, time) =>
      `${what} will be forgotten with all evidence` +
      `${time ? `, and not be taken up again${time}` : '. If it is seen again, it comes back'}. This cannot be undone.`,
  },
  undo: {
    title: 'Undo decision',
    done: 'Undone',
    sentence: (what) => `What somebody decided of ${what} is taken back: it is judged as if nobody had decided.`,
  },
};

const TIMES = [
  ['', 'for good'],
  ['1h', '1 hour'],
  ['2h', '2 hours'],
  ['8h', '8 hours'],
  ['1d', '1 day'],
  ['7d', '7 days'],
  ['30d', '30 days'],
];

const named = (addresses) =>
  addresses.length === 1 ? shownText(addresses[0]) : count(addresses.length, 'address', 'addresses');

function failures(results) {
  const failed = results.filter((result) => result.problem);
  return failed.length ? ` ${number(failed.length)} not: ${failed[0].address}: ${failed[0].problem}` : '';
}

// Says what was done, with a way back. `then`: something has changed.
function report(what, { addresses, profile, reason }, answer, then) {
  const done = answer.results.filter((result) => !result.problem).map((result) => result.address);
  const generation = `Generation ${number(answer.generation)}.`;
  const sentence = `${DECISIONS[what].done}: ${named(done)}. ${generation}${failures(answer.results)}`;
  const canUndo = what !== 'undo' && what !== 'forget';
  toast(sentence, {
    kind: done.length === addresses.length ? 'done' : 'failed',
    action: canUndo && 'Undo',
    onaction: async () => {
      try {
        const undone = await act('ips/undo', {
          addresses: done,
          profile,
          reason: `taken back: ${reason}`.slice(0, 200),
        });
        toast(`Undone: ${named(done)}. Generation ${number(undone.generation)}.${failures(undone.results)}`);
        then();
      } catch (error) {
        toastProblem(error);
      }
    },
  });
}

// entries: [{profile, address}].
export function decide(what, entries, then) {
  const decision = DECISIONS[what];
  const addresses = [...new Set(entries.map((entry) => entry.address))];
  const profiles = [...new Set(entries.map((entry) => entry.profile).filter(Boolean))];
  const sentence = element('p.consequence', { 'aria-live': 'polite' });
  const time = element(
    'select',
    TIMES.map(([value, text]) => element('option', { value }, text)),
  );
  const profile = element(
    'select',
    element('option', { value: '' }, 'all profiles'),
    profiles.map((name) => element('option', { value: name }, name)),
  );
  const reason = element('input', { type: 'text', required: true, maxlength: 200, autocomplete: 'off' });
  const say = () => {
    const chosen = TIMES.find(([value]) => value === time.value);
    const within = profile.value ? ` (in ${profile.value})` : '';
    sentence.textContent = decision.sentence(
      named(addresses) + within,
      what !== 'undo' && chosen[0] ? ` for ${chosen[1]}` : '',
    );
  };
  time.addEventListener('change', say);
  profile.addEventListener('change', say);
  say();
  return openForm(`${decision.title} ${named(addresses)}`, {
    button: decision.title,
    danger: what === 'forget',
    fields: () =>
      [
        sentence,
        addresses.length > 1 &&
          element('p.mono.hint.address-list', addresses.slice(0, 20).join(', '), addresses.length > 20 ? ', …' : ''),
        labelled('Reason', reason, 'On record with your name, for whoever reads it in half a year.'),
        what !== 'undo' &&
          labelled(what === 'forget' ? 'And not taken up again' : 'For', time, 'After that it is undone by itself.'),
        profiles.length > 1 && labelled('Profile', profile),
      ].filter(Boolean),
    submit: async () => {
      const body = { addresses, reason: reason.value.trim() };
      if (profile.value) body.profile = profile.value;
      if (what !== 'undo' && time.value) body.for = time.value;
      report(what, body, await act(`ips/${what}`, body), then);
      then();
    },
  });
}

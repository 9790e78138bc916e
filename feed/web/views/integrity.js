// Whether the history is what it was when it was written: the chain, its checkpoints, a check of all of it; what is
// held from being deleted, who was erased, and who did what.
import { act, call } from '../api.js';
import { may } from '../caller.js';
import { copyButton } from '../copy.js';
import { labelled, openDialog, openForm } from '../dialog.js';
import { element, foreign } from '../element.js';
import { count, number } from '../figures.js';
import { paged } from '../paged.js';
import { buttonColumn, command, heading, load, scrolled, table } from '../parts.js';
import { timeElement } from '../times.js';
import { toast, toastProblem } from '../toast.js';
import { actionTable } from './action_table.js';
import { ChainCheck } from './chain_check.js';
import { decisionTable } from './decision_table.js';

const PART = 100;
const ERASURE_MS = 2000;

export function show(main) {
  return new Integrity(main);
}

const card = (title, beside, content) =>
  element('section.card', { 'aria-label': title }, element('div.card-head', element('h2', title), beside), content);

const reasonField = () => element('input', { type: 'text', required: true, maxlength: 200, autocomplete: 'off' });

class Integrity {
  constructor(main) {
    this.stopped = new AbortController();
    this.chain = element('div', { 'aria-busy': 'true' });
    this.check = new ChainCheck();
    this.holds = element('div', { 'aria-busy': 'true' });
    this.erasure = element('div', { 'aria-busy': 'true' });
    this.actions = element('div', { 'aria-busy': 'true' });
    this.decided = element('div', { 'aria-busy': 'true' });
    const checkpoint = may('admin') && element('button', { onclick: () => this.checkpoint() }, 'Make a checkpoint');
    const admin = (title, then) => may('admin') && element('button', { onclick: then }, title);
    main.append(
      heading('Integrity'),
      card('Chain of evidence', element('span.row', this.check.button, checkpoint), [this.chain, this.check.box]),
      element(
        'div.charts',
        card(
          'Held from being deleted',
          admin('Hold …', () => this.askHold()),
          this.holds,
        ),
        card(
          'Erasure of a client',
          admin('Erase …', () => this.askErase()),
          this.erasure,
        ),
      ),
      card('Who did what', element('span.hint', 'as it stands in the chain'), this.actions),
      card('Decided of addresses and feeds', null, this.decided),
      card('For an auditor', null, [
        element('p', 'Queries that can be checked without this server, signed with its key:'),
        command('sinkfeed history export --signed --since 2026-11-01 --client 10.0.0.7 --output evidence/'),
        element('p', 'Checkpoints that were kept elsewhere, beside what is here:'),
        command('sinkfeed history verify --against checkpoints.txt'),
      ]),
    );
    this.load();
  }

  leave() {
    this.stopped.abort();
    this.check.stop();
    clearTimeout(this.timer);
  }

  load() {
    const { signal } = this.stopped;
    load(this.chain, () => this.state(signal));
    load(this.holds, async () => this.holdList(await call('history/holds', {}, signal)));
    load(this.actions, () =>
      paged(
        async (before) => {
          const { links } = await call('history/links', { kind: 'action', limit: PART, before }, signal);
          // A part that is not full is the last.
          return { rows: links, next: links.length === PART && links.at(-1).number };
        },
        (links) => (links.length ? actionTable(links) : element('p.hint', 'Nobody has done anything yet.')),
        'Show older',
      ),
    );
    load(this.decided, () =>
      paged(
        async (cursor) => {
          const part = await call('decisions', { limit: PART, cursor }, signal);
          return { rows: part.decisions, next: part.next };
        },
        (list) =>
          list.length
            ? scrolled(decisionTable(list), 'Decisions')
            : element('p.hint', 'Nobody has decided anything yet.'),
        'Show older',
      ),
    );
    this.loadErasure();
  }

  async state(signal) {
    const [newest, checkpoints, { history }] = await Promise.all([
      call('history/links', { limit: 1 }, signal),
      call('history/links', { kind: 'checkpoint', limit: 1 }, signal),
      call('status', {}, signal),
    ]);
    const last = checkpoints.links[0];
    const field = (title, ...content) => element('div.field', element('dt', title), element('dd', content));
    return element(
      'dl.fields.two',
      field('Records', number(history.records), history.lost ? `, ${number(history.lost)} lost` : ', none lost'),
      field('From', history.oldest ? [timeElement(history.oldest), ' to ', timeElement(history.newest)] : '–'),
      field('Links', number(newest.length)),
      field(
        'Last checkpoint',
        last ? element('span', timeElement(last.time), `, of link ${number(last.number)}`) : 'none yet',
      ),
      newest.links[0] &&
        field('Newest link', element('code.hash', newest.links[0].hash), copyButton(newest.links[0].hash, 'the hash')),
      field('Node', element('code.hash', newest.node), copyButton(newest.node, 'the node’s key')),
    );
  }

  async checkpoint() {
    try {
      const { checkpoint } = await act('history/checkpoint');
      openDialog(
        'Checkpoint',
        () =>
          element(
            'div.stack',
            element('p', 'Keep this line where nobody who can write the store can change it.'),
            element('pre.preview.wraps', { tabindex: '0' }, checkpoint),
            element('div.row.end', copyButton(checkpoint, 'the checkpoint')),
          ),
        { wide: true },
      );
      this.load();
    } catch (error) {
      toastProblem(error);
    }
  }

  holdList({ holds }) {
    if (!holds.length) return element('p.hint', 'Nothing is: retention deletes what is too old or too much.');
    return scrolled(
      table(
        [
          { title: 'Hold', class: 'figure', cell: (one) => number(one.hold) },
          { title: 'From', cell: (one) => (one.since ? timeElement(one.since) : 'the beginning') },
          { title: 'To', cell: (one) => (one.until ? timeElement(one.until) : 'for ever') },
          { title: 'By', cell: (one) => foreign(one.by) },
          { title: 'Reason', class: 'reason', cell: (one) => foreign(one.reason) },
          ...buttonColumn(may('admin'), (one) => ({
            text: 'Release …',
            label: `Release hold ${one.hold}`,
            onclick: () => this.askRelease(one),
          })),
        ],
        holds,
        { caption: 'Holds' },
      ),
      'Holds',
    );
  }

  askHold() {
    const since = element('input', { type: 'text', placeholder: '7d or 2026-11-01', autocomplete: 'off' });
    const until = element('input', { type: 'text', placeholder: 'for ever', autocomplete: 'off' });
    const reason = reasonField();
    openForm('Keep a time from being deleted', {
      button: 'Hold',
      fields: () => [
        element(
          'p.consequence',
          'Retention leaves the history of that time alone, whatever its age and size, until the hold is released.',
        ),
        labelled('From', since, 'An age or a date; empty: from the beginning.'),
        labelled('To', until, 'An age or a date; empty: for ever.'),
        labelled('Reason', reason),
      ],
      submit: async () => {
        const made = await act('history/hold', {
          since: since.value.trim(),
          until: until.value.trim(),
          reason: reason.value.trim(),
        });
        toast(`Hold ${number(made.hold)} is in force.`);
        this.load();
      },
    });
  }

  askRelease(hold) {
    const reason = reasonField();
    openForm(`Release hold ${number(hold.hold)}`, {
      button: 'Release',
      danger: true,
      fields: () => [
        element('p.consequence', 'Retention may delete that time again, as soon as it is too old or too much.'),
        labelled('Reason', reason),
      ],
      submit: async () => {
        await act('history/release', { hold: hold.hold, reason: reason.value.trim() });
        toast(`Hold ${number(hold.hold)} is released.`);
        this.load();
      },
    });
  }

  async loadErasure() {
    clearTimeout(this.timer);
    await load(this.erasure, async () => {
      const progress = await call('history/erasure', {}, this.stopped.signal);
      if (progress.running) this.timer = setTimeout(() => this.loadErasure(), ERASURE_MS);
      if (progress.running) {
        return [
          element('progress', { max: '1', value: progress.done, 'aria-label': 'Erased' }),
          element('p.hint', `A client is being erased: ${count(progress.blocks, 'block')} rewritten.`),
        ];
      }
      return element(
        'p.hint',
        'Takes a client out of all of the history. The chain shows that it was done, and when; not who it was.',
        progress.damaged ? ` ${count(progress.damaged, 'block')} could not be read.` : '',
      );
    });
  }

  askErase() {
    const client = element('input', {
      type: 'text',
      required: true,
      placeholder: '10.0.0.7',
      autocomplete: 'off',
      class: 'mono',
    });
    const reason = reasonField();
    openForm('Erase a client', {
      button: 'Erase',
      danger: true,
      fields: () => [
        element(
          'p.consequence',
          'Its address is replaced in every record there is. This cannot be undone, and takes as long as ',
          'rewriting what it is in.',
        ),
        labelled('Client', client),
        labelled('Reason', reason, 'Kept in the log, without the address.'),
      ],
      submit: async () => {
        await act('history/erase', { client: client.value.trim(), reason: reason.value.trim() });
        toast('The client is being erased.');
        this.load();
      },
    });
  }
}

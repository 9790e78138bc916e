// The feed's generations: what came and went with each, and two of them compared; back to one of them.
import { act, call } from '../api.js';
import { may } from '../caller.js';
import { labelled, openForm } from '../dialog.js';
import { element, fill, foreign } from '../element.js';
import { number } from '../figures.js';
import { buttonColumn, empty, failed, heading, load, scrolled, select, table, why } from '../parts.js';
import { go, routeTo } from '../route.js';
import { exact, timeElement } from '../times.js';
import { toast, toastProblem } from '../toast.js';
import { GenerationPicture } from './generation_picture.js';
import { heldBack } from './held_back.js';

const SHOWN = 200;

export function show(main, route) {
  const view = new Generations(main);
  view.update(route);
  return view;
}

class Generations {
  constructor(main) {
    this.stopped = new AbortController();
    this.waiting = element('div');
    this.picture = new GenerationPicture((one, isFrom) =>
      this.choose(isFrom ? { from: one.number } : { from: one.number - 1 || 1, to: one.number }),
    );
    this.diff = element('section.card', { 'aria-label': 'Compared', 'aria-live': 'polite' });
    this.list = element('div', { 'aria-busy': 'true' });
    main.append(heading('Generations'), this.waiting, this.picture.box, this.diff, this.list);
    this.first = this.load();
  }

  leave() {
    this.stopped.abort();
    this.picture.leave();
  }

  async update(route) {
    this.parameters = route.parameters;
    await this.first;
    this.showCompared();
  }

  async load() {
    const { signal } = this.stopped;
    load(this.waiting, () => heldBack(signal, () => this.again()));
    try {
      const [newest, { feeds }] = await Promise.all([
        call('generations', { limit: SHOWN }, signal),
        call('feeds', {}, signal),
      ]);
      this.generations = [];
      this.take(newest);
      this.feeds = feeds.map((feed) => feed.name);
    } catch (error) {
      if (error.name !== 'AbortError') fill(this.list, failed(error));
      return;
    }
    this.list.removeAttribute('aria-busy');
    this.picture.show(this.generations);
  }

  take({ generations, next }) {
    const of = (one, what) => one.changes.filter(({ change, list }) => change === what && list !== 'shared');
    this.generations.push(
      ...generations.map((one) => ({ ...one, added: of(one, 'added'), removed: of(one, 'removed') })),
    );
    this.next = next;
  }

  async loadOlder() {
    try {
      this.take(await call('generations', { limit: SHOWN, cursor: this.next }, this.stopped.signal));
      this.picture.show(this.generations);
      this.showCompared();
    } catch (error) {
      if (error.name !== 'AbortError') toastProblem(error);
    }
  }

  askRollback(generation) {
    const reason = element('input', { type: 'text', required: true, maxlength: 200, autocomplete: 'off' });
    openForm(`Back to generation ${number(generation.number)}`, {
      button: 'Roll back',
      danger: true,
      fields: () => [
        element(
          'p.consequence',
          `All feeds will be as they were in generation ${number(generation.number)} (${exact(generation.created)}), `,
          'under a new number. Nothing comes in until somebody releases them.',
        ),
        labelled('Reason', reason, 'On record with your name.'),
      ],
      submit: async () => {
        const done = await act('feeds/rollback', { generation: generation.number, reason: reason.value.trim() });
        toast(`The feeds are as in generation ${number(done.to)}, as generation ${number(done.generation)}.`);
        this.again();
      },
    });
  }

  again() {
    this.first = this.load();
    this.update({ parameters: {} });
  }

  chosen() {
    const newest = this.generations[0]?.number ?? 0;
    const to = Number(this.parameters.to) || newest;
    const from = Number(this.parameters.from) || Math.max(1, to - 1);
    const feed = this.feeds.includes(this.parameters.feed) ? this.parameters.feed : this.feeds[0];
    return { from, to, feed };
  }

  choose(changes) {
    go(routeTo('generations', { ...this.chosen(), ...changes }));
  }

  showCompared() {
    if (!this.generations) return;
    if (!this.generations.length) {
      this.diff.hidden = true;
      fill(
        this.list,
        empty(
          'Nothing has been published yet.',
          element('p', 'The first generation is made when the first address of a blocked name is found.'),
        ),
      );
      return;
    }
    const { from, to, feed } = this.chosen();
    this.picture.mark(from, to);
    const numbers = this.generations.map((one) => [
      String(one.number),
      `${number(one.number)} · ${exact(one.created)}`,
    ]);
    const withNumber = (value) =>
      numbers.some(([one]) => one === String(value)) ? numbers : [...numbers, [String(value), number(value)]];
    const result = element('div', { 'aria-busy': 'true', class: 'diff-place' });
    fill(
      this.diff,
      element(
        'div.card-head.together',
        element('h2', 'Compared'),
        select(
          this.feeds.map((name) => [name, name]),
          feed,
          (value) => this.choose({ feed: value }),
          'Feed',
        ),
        select(withNumber(from), String(from), (value) => this.choose({ from: value }), 'From generation'),
        element('span', 'to'),
        select(withNumber(to), String(to), (value) => this.choose({ to: value }), 'To generation'),
      ),
      result,
    );
    load(result, async () => {
      const { added, removed } = await call('diff', { feed, from, to }, this.stopped.signal);
      if (!added.length && !removed.length) return element('p.hint', `${feed} is the same in both.`);
      const part = (title, kind, networks) =>
        element(
          'div',
          element('h3', { class: kind }, `${number(networks.length)} ${title}`),
          element(
            'ul.networks.mono',
            networks.map((network) => element('li', why(network.replace(/\/(32|128)$/, '')))),
          ),
        );
      return element('div.diff', part('came', 'added', added), part('went', 'removed', removed));
    });
    fill(
      this.list,
      scrolled(
        table(
          [
            {
              title: 'Generation',
              class: 'figure',
              cell: (one) =>
                element(
                  'a',
                  { href: routeTo('generations', { from: one.number - 1 || 1, to: one.number, feed }) },
                  number(one.number),
                ),
            },
            { title: 'Made', cell: (one) => timeElement(one.created) },
            { title: 'Published', class: 'figure', cell: (one) => number(one.published) },
            {
              title: 'Came',
              class: 'figure',
              cell: (one) => (one.added.length ? element('span.added', `+${number(one.added.length)}`) : '–'),
            },
            {
              title: 'Went',
              class: 'figure',
              cell: (one) => (one.removed.length ? element('span.removed', `−${number(one.removed.length)}`) : '–'),
            },
            {
              title: 'Why',
              class: 'reason',
              cell: (one) =>
                foreign(
                  [...new Set(one.changes.map((change) => change.reason).filter(Boolean))].slice(0, 3).join('; '),
                ),
            },
            ...buttonColumn(
              may('admin'),
              (one) =>
                one !== this.generations[0] && {
                  text: 'Roll back …',
                  label: `Roll back to generation ${one.number}`,
                  onclick: () => this.askRollback(one),
                },
            ),
          ],
          this.generations,
          { caption: 'Generations' },
        ),
        'Generations',
      ),
      this.next &&
        element(
          'div.row.center',
          element('button', { onclick: () => this.loadOlder() }, `Show ${number(SHOWN)} older`),
        ),
    );
  }
}

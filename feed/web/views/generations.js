// The feed's generations: what came and went with each, two of them compared, and what is held back from all of them.
import { act, call } from '../api.js';
import { may } from '../caller.js';
import { colour } from '../colours.js';
import { labelled, openForm } from '../dialog.js';
import { element, fill, foreign } from '../element.js';
import { count, number } from '../figures.js';
import { buttonColumn, empty, failed, heading, load, notice, scrolled, select, table, why } from '../parts.js';
import { go, routeTo } from '../route.js';
import { exact, timeElement } from '../times.js';
import { toast, toastProblem } from '../toast.js';

const SHOWN = 200;
const PICTURE_PX = 120,
  BAR_PX = 10;

export function show(main, route) {
  const view = new Generations(main);
  view.update(route);
  return view;
}

class Generations {
  constructor(main) {
    this.stopped = new AbortController();
    this.waiting = element('div');
    this.picture = element('div.card');
    this.diff = element('section.card', { 'aria-label': 'Compared', 'aria-live': 'polite' });
    this.list = element('div', { 'aria-busy': 'true' });
    main.append(heading('Generations'), this.waiting, this.picture, this.diff, this.list);
    this.onpaint = () => this.paint();
    document.addEventListener('theme', this.onpaint);
    this.observer = new ResizeObserver(this.onpaint);
    this.observer.observe(this.picture);
    this.first = this.load();
  }

  leave() {
    this.stopped.abort();
    this.observer.disconnect();
    document.removeEventListener('theme', this.onpaint);
  }

  async update(route) {
    this.parameters = route.parameters;
    await this.first;
    this.showCompared();
  }

  async load() {
    const { signal } = this.stopped;
    load(this.waiting, async () => this.held(await call('waiting', {}, signal)));
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
    this.showPicture();
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
      this.showPicture();
      this.showCompared();
    } catch (error) {
      if (error.name !== 'AbortError') toastProblem(error);
    }
  }

  held({ pin, profiles, waiting, all }) {
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
              waiting,
              { caption: 'What waits' },
            ),
            'What waits',
          ),
        ),
      may('admin') && element('button', { onclick: () => this.askRelease(all) }, 'Release …'),
    );
  }

  askRelease(all) {
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
        this.again();
      },
    });
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

  showPicture() {
    if (!this.generations.length) {
      fill(this.picture);
      this.picture.hidden = true;
      return;
    }
    const added = this.generations.reduce((sum, one) => sum + one.added.length, 0);
    const removed = this.generations.reduce((sum, one) => sum + one.removed.length, 0);
    const all = count(this.generations.length, 'generation');
    const sentence = `${all}: ${number(added)} addresses came, ${number(removed)} went`;
    this.canvas = element('canvas', { role: 'img', 'aria-label': `${sentence}. The table below has the figures.` });
    this.canvas.addEventListener('click', (event) => {
      const generation = this.barAt(event.offsetX);
      if (generation)
        this.choose(
          event.shiftKey ? { from: generation.number } : { from: generation.number - 1 || 1, to: generation.number },
        );
    });
    this.canvas.addEventListener('pointermove', (event) => {
      const one = this.barAt(event.offsetX);
      this.canvas.title = one
        ? `Generation ${one.number}, ${exact(one.created)}: ${one.added.length} came, ${one.removed.length} went`
        : '';
    });
    fill(
      this.picture,
      element(
        'div.card-head',
        element('h2', 'What came and went'),
        element(
          'div.legend',
          element('span', element('span.swatch.came'), 'came'),
          element('span', element('span.swatch.went'), 'went'),
        ),
        element('span.hint', sentence),
      ),
      element('div.picture', this.canvas),
    );
    this.paint();
  }

  get drawn() {
    return this.generations.slice(0, Math.max(1, Math.floor(this.canvas.clientWidth / BAR_PX)));
  }

  barAt(x) {
    const at = Math.floor((this.canvas.clientWidth - x) / BAR_PX);
    return this.drawn[at];
  }

  // The newest at the right. Square roots, so that the first generation, in which all came, leaves the others to be
  // seen.
  paint() {
    if (!this.canvas?.clientWidth) return;
    const ratio = devicePixelRatio || 1,
      width = this.canvas.clientWidth;
    this.canvas.width = width * ratio;
    this.canvas.height = PICTURE_PX * ratio;
    const pen = this.canvas.getContext('2d');
    pen.scale(ratio, ratio);
    const most = Math.sqrt(Math.max(1, ...this.drawn.flatMap((one) => [one.added.length, one.removed.length])));
    const middle = PICTURE_PX / 2,
      tall = middle - 4;
    const { from, to } = this.parameters ? this.chosen() : {};
    this.drawn.forEach((one, index) => {
      const x = width - (index + 1) * BAR_PX;
      if (one.number <= to && one.number > from) {
        pen.fillStyle = colour('shade');
        pen.fillRect(x, 0, BAR_PX, PICTURE_PX);
      }
      const bar = (many, name, up) => {
        if (!many) return;
        const height = Math.max(2, (Math.sqrt(many) / most) * tall);
        pen.fillStyle = colour(name);
        pen.fillRect(x + 1, up ? middle - height : middle, BAR_PX - 2, height);
      };
      bar(one.added.length, 'came', true);
      bar(one.removed.length, 'went', false);
    });
    pen.fillStyle = colour('line-strong');
    pen.fillRect(0, middle - 0.5, width, 1);
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
    this.paint();
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

// The history: a search as a person does it. What is searched stands in the page's address.
import { call } from '../api.js';
import { countStrip } from '../count_strip.js';
import { digHint } from '../dig_hint.js';
import { announce, element, fill, mono } from '../element.js';
import { count, number } from '../figures.js';
import { FoundRows } from '../found_rows.js';
import { historyDetail } from '../history_detail.js';
import { exportMenu } from '../history_export.js';
import { HistoryGrid } from '../history_grid.js';
import { choice, empty, historyLink } from '../parts.js';
import { go, routeTo } from '../route.js';
import { searchBox } from '../search_box.js';
import { AGES, KEYS, parseSearch, searchText } from '../search_text.js';
import { TailRows } from '../tail_rows.js';
import { exact, momentOf, now } from '../times.js';

const BUCKETS = 1000; // pieces of time that are counted

let seen = {}; // clients and names for completion, fetched once
async function learnSeen() {
  if (seen.asked) return;
  seen = { asked: true };
  try {
    const { tops } = await call('history-top', { by: 'client,name', since: '24h', limit: 200 });
    seen.client = tops[0].groups.map((group) => group.client);
    seen.name = tops[1].groups.map((group) => group.name);
  } catch {
    // Then there is less to complete.
  }
}

export function show(main, route) {
  const view = new HistoryView(main);
  view.search(route);
  return view;
}

class HistoryView {
  constructor(main) {
    this.rows = null;
    this.counting = null;
    this.detail = null;
    this.search_box = searchBox({
      onsearch: (text) => {
        const { conditions, notes } = parseSearch(text);
        this.said = notes;
        this.goTo(conditions);
      },
      known: () => {
        learnSeen();
        return seen;
      },
    });
    this.chips = element('div.chips');
    this.found = element('span.found');
    this.progress = element('span.progress.hint');
    this.controls = element('div.controls');
    this.notes = element('div.notes', { role: 'status' });
    this.strip = countStrip((from, to) =>
      this.goTo({ ...this.conditions, since: new Date(from).toISOString(), until: new Date(to).toISOString() }),
    );
    this.export = exportMenu(() => ({ ...this.searched(), order: '' }));
    this.grid = new HistoryGrid({
      row: (index) => this.rows?.row(index),
      filter: (key, value) => this.goTo({ ...this.conditions, [key]: value }),
      open: (index) => this.open(index),
      sight: (first, last) => this.rows?.look?.(first, last),
    });
    this.nothing = element('div.nothing', { hidden: true });
    this.place = element('div.grid-place', this.grid.box, this.nothing);
    this.onkey = (event) => {
      if (event.key === 'Escape' && this.detail && !event.defaultPrevented && !document.querySelector('dialog[open]'))
        this.close();
      else if ((event.key === 'j' || event.key === 'k') && event.target === document.body) this.grid.box.focus();
    };
    document.addEventListener('keydown', this.onkey);
    main.append(
      element('h1.unseen', 'History'),
      this.search_box.box,
      element('div.row.wrap.between', this.chips, this.controls),
      this.notes,
      element(
        'div.row.between.found-line',
        element('div.row.wrap.found-progress', this.found, this.progress),
        this.export,
      ),
      this.strip.box,
      this.place,
    );
  }

  leave() {
    this.rows?.leave();
    this.counting?.abort();
    this.grid.leave();
    this.strip.leave();
    this.close();
    document.removeEventListener('keydown', this.onkey);
  }

  update(route) {
    this.search(route);
  }

  goTo(conditions, order = this.order, live = this.live) {
    const hash = routeTo('history', { ...conditions, order: order === 'oldest' ? order : '', live: live ? '1' : '' });
    if (hash === location.hash) this.search({ parameters: { ...conditions, order, live } });
    else go(hash);
  }

  // What the API is asked: ages have become times, so that pages, count and export are of the same.
  searched() {
    const { since, until, ...rest } = this.conditions;
    const moment = (text) => {
      const ms = momentOf(text, this.asked);
      return Number.isNaN(ms)
        ? text
        : Number.isNaN(Date.parse(text)) || /^\d+\w+$/.test(text)
          ? new Date(ms).toISOString()
          : text;
    };
    return {
      ...rest,
      since: since && moment(since),
      until: until ? moment(until) : new Date(this.asked).toISOString(),
      order: this.order,
    };
  }

  search(route) {
    const { order, live, ...given } = route.parameters;
    this.conditions = Object.fromEntries(Object.entries(given).filter(([key, value]) => KEYS[key] && value));
    this.order = order === 'oldest' ? 'oldest' : 'newest';
    this.live = Boolean(live);
    this.asked = now();
    this.rows?.leave();
    this.rows = null;
    this.counting?.abort();
    this.counting = null;
    this.close();
    this.search_box.show(searchText(this.conditions));
    this.showControls();
    fill(
      this.notes,
      (this.said ?? []).map((note) => element('p.hint', note)),
    );
    this.said = [];
    this.nothing.hidden = true;
    this.count = null;
    this.strip.show(null);
    this.strip.box.hidden = this.live;
    this.export.hidden = this.live;
    this.grid.restart();
    this.grid.show(0, false);
    fill(this.found);
    fill(this.progress);
    if (this.live) this.follow();
    else this.find();
  }

  find() {
    const parameters = this.searched();
    let isCounted = false;
    const rows = new FoundRows(
      ({ cursor, bound, limit }, signal) =>
        call(
          'history',
          { ...parameters, ...(bound && { [this.order === 'newest' ? 'until' : 'since']: bound }), cursor, limit },
          signal,
        ),
      {
        changed: () => {
          if (this.rows !== rows) return;
          this.grid.show(rows.total, rows.ended !== null || rows.counted !== null);
          this.showFound();
          // What is looked at comes first.
          if (!isCounted) {
            isCounted = true;
            this.countAll(parameters, rows);
          }
        },
        progress: (state) => {
          if (this.rows === rows) this.showProgress(state);
        },
      },
    );
    this.rows = rows;
    rows.look(0, 50);
  }

  // How many there are, and when; so that the list can be gone to at any place. Nobody waits for it.
  async countAll(parameters, rows) {
    const counting = new AbortController();
    this.counting = counting;
    this.count = 'counting';
    this.showFound();
    try {
      let from = parameters.since && Date.parse(parameters.since);
      if (!from) {
        const { history } = await call('status', {}, counting.signal);
        from = Date.parse(history.oldest ?? new Date(this.asked).toISOString());
      }
      const to = Math.max(Date.parse(parameters.until), from + 1000);
      const width = Math.max(1, Math.ceil((to - from) / BUCKETS / 1000));
      const top = await call(
        'history-top',
        { ...parameters, order: '', by: 'time', width: `${width}s`, limit: 5000 },
        counting.signal,
      );
      const groups = top.groups.map((group) => [Date.parse(group.time), group.queries]).sort((a, b) => a[0] - b[0]);
      if (this.counting !== counting) return;
      this.count = top.queries;
      this.lost = top.lost;
      rows.setCount(top.queries, this.buckets(groups, width * 1000));
      this.strip.show({ from, to, step: width * 1000, groups, total: top.queries });
    } catch (error) {
      if (this.counting !== counting) return;
      this.count = error.name === 'AbortError' ? 'stopped' : 'failed';
    }
    this.showFound();
  }

  buckets(groups, width) {
    const places = [];
    let index = 0;
    for (const [time, queries] of this.order === 'newest' ? groups.toReversed() : groups) {
      // Up to where the search goes, or from where: that bucket's own side.
      if (index) places.push({ index, bound: new Date(this.order === 'newest' ? time + width : time).toISOString() });
      index += queries;
    }
    return places;
  }

  follow() {
    const { since, until, ...conditions } = this.conditions;
    const rows = new TailRows((after, signal) => call('history-tail', { ...conditions, after }, signal), {
      changed: (came) => {
        if (this.rows !== rows) return;
        this.grid.list.shift(came);
        this.grid.show(rows.total, true);
        this.showFound();
      },
      progress: (state) => {
        if (this.rows === rows) this.showProgress(state);
      },
    });
    this.rows = rows;
    this.showFound();
    this.showProgress({ busy: true });
  }

  showControls() {
    const conditions = Object.entries(this.conditions);
    fill(
      this.chips,
      conditions.map(([key, value]) =>
        element(
          'span.chip',
          element('span.chip-key', key),
          mono(value),
          element(
            'button',
            { 'aria-label': `Without ${key} ${value}`, onclick: () => this.goTo({ ...this.conditions, [key]: '' }) },
            '×',
          ),
        ),
      ),
      conditions.length > 1 && element('button.plain', { onclick: () => this.goTo({}) }, 'Clear all'),
      !conditions.length && element('span.hint', 'All queries. A click on a value searches for it alone.'),
    );
    const to = (changes, order = this.order, live = this.live) =>
      routeTo('history', {
        ...this.conditions,
        ...changes,
        order: order === 'oldest' ? order : '',
        live: live ? '1' : '',
      });
    fill(
      this.controls,
      !this.live &&
        choice('Time', [['', 'All'], ...AGES.map((age) => [age, age])], this.conditions.since ?? '', (since) =>
          to({ since, until: '' }),
        ),
      !this.live &&
        choice(
          'Order',
          [
            ['newest', 'Newest first'],
            ['oldest', 'Oldest first'],
          ],
          this.order,
          (order) => to({}, order),
        ),
      element(
        'a.button.toggle',
        { href: to({}, this.order, !this.live), 'aria-current': this.live ? 'true' : null },
        this.live ? 'Stop following' : 'Live',
      ),
    );
  }

  showFound() {
    const rows = this.rows;
    if (!rows) return;
    if (this.live) {
      fill(this.found, `${count(rows.total, 'query', 'queries')} so far`);
      this.showNothing(rows.total === 0 ? 'Nothing yet. Queries show up here as they come.' : '');
      return;
    }
    const isAll = rows.ended !== null;
    const known = typeof this.count === 'number' ? this.count : isAll ? rows.ended : null;
    const text = known !== null ? `${number(known)} found` : rows.pages.length ? `${number(rows.known)} and more` : '';
    const lost = this.lost && typeof this.count === 'number' ? ` · ${number(this.lost)} lost` : '';
    fill(
      this.found,
      element('strong', text),
      lost,
      this.count === 'counting' &&
        known === null && [
          element('span.hint', ' counting … '),
          element('button.plain', { onclick: () => this.counting.abort() }, 'Do not count'),
        ],
    );
    if (known !== null && this.announced !== text) announce(text);
    this.announced = text;
    this.showNothing(isAll && rows.ended === 0 ? 'nothing' : '');
  }

  showNothing(what) {
    this.nothing.hidden = !what;
    if (!what) return;
    const since = this.conditions.since;
    if (what !== 'nothing') fill(this.nothing, empty(what));
    else if (Object.keys(this.conditions).length) {
      fill(
        this.nothing,
        empty(
          'No query is like that.',
          since && element('p', historyLink({ ...this.conditions, since: '', until: '' }, 'Search all of the time')),
          element('p', historyLink({}, 'Show all queries')),
        ),
      );
    } else {
      fill(
        this.nothing,
        empty(
          'No query has been recorded yet.',
          element('p', 'Point a client’s DNS here, or ask yourself:'),
          digHint(),
        ),
      );
    }
  }

  showProgress({ busy, reached, damage, error, stopped, missed }) {
    if (this.live) {
      fill(
        this.progress,
        error ? `No answer: ${error.message}` : element('span.pulse', 'following'),
        missed ? ` · ${number(missed)} skipped, there were too many` : '',
      );
      return;
    }
    fill(
      this.progress,
      busy && (reached ? `searched ${this.order === 'newest' ? 'back' : 'on'} to ${exact(reached)} ` : 'searching … '),
      busy && element('button.plain', { onclick: () => this.rows.stop() }, 'Stop'),
      stopped && !busy && ['stopped ', element('button.plain', { onclick: () => this.rows.resume() }, 'Go on')],
    );
    const notes = [...this.notes.querySelectorAll('.hint')];
    fill(
      this.notes,
      notes,
      error &&
        element(
          'p.problem',
          error.message,
          ' ',
          element('button.plain', { onclick: () => this.rows.resume() }, 'Try again'),
        ),
      damage && element('p.warning', `Some of the history could not be read, and is missing here: ${damage}`),
    );
  }

  open(index) {
    const row = this.rows?.row(index);
    if (!row) return;
    this.detail?.remove();
    this.detail = historyDetail(row, {
      onclose: () => {
        this.close();
        this.grid.box.focus();
      },
      onfilter: (key, value) => this.goTo({ ...this.conditions, [key]: value }),
    });
    this.place.append(this.detail);
    this.grid.setOpened(index);
  }

  close() {
    if (!this.detail) return;
    this.detail.remove();
    this.detail = null;
    this.grid.setOpened(-1);
  }
}

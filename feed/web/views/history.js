// The history: a search as a person does it. What is searched stands in the page's address.
import { countStrip } from '../count_strip.js';
import { element, fill } from '../element.js';
import { conditionChips, historyRoute, searchControls } from '../history_controls.js';
import { countFound, placesOf } from '../history_count.js';
import { historyDetail } from '../history_detail.js';
import { exportMenu } from '../history_export.js';
import { HistoryFindings } from '../history_findings.js';
import { HistoryGrid } from '../history_grid.js';
import { findRows, followRows, searchedFor } from '../history_rows.js';
import { seenInHistory } from '../history_seen.js';
import { go } from '../route.js';
import { searchBox } from '../search_box.js';
import { KEYS, parseSearch, searchText } from '../search_text.js';
import { now } from '../times.js';

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
        this.remarks = notes;
        this.goTo(conditions);
      },
      known: seenInHistory,
    });
    this.chips = element('div.chips');
    this.controls = element('div.controls');
    this.findings = new HistoryFindings({
      stop: () => this.rows.stop(),
      resume: () => this.rows.resume(),
      uncount: () => this.counting.abort(),
    });
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
    this.place = element('div.grid-place', this.grid.box, this.findings.nothing);
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
      this.findings.notes,
      element(
        'div.row.between.found-line',
        element('div.row.wrap.found-progress', this.findings.found, this.findings.progress),
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

  goTo(conditions) {
    const hash = historyRoute(conditions, this.order, this.live);
    if (hash === location.hash) this.search({ parameters: { ...conditions, order: this.order, live: this.live } });
    else go(hash);
  }

  searched() {
    return searchedFor(this.conditions, this.order, this.asked);
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
    fill(
      this.chips,
      conditionChips(this.conditions, (conditions) => this.goTo(conditions)),
    );
    fill(this.controls, searchControls(this.conditions, this.order, this.live));
    this.findings.restart(this.remarks ?? []);
    this.remarks = [];
    this.counted = null;
    this.strip.show(null);
    this.strip.box.hidden = this.live;
    this.export.hidden = this.live;
    this.grid.restart();
    this.grid.show(0, false);
    if (this.live) this.follow();
    else this.find();
  }

  find() {
    const parameters = this.searched();
    const rows = findRows(parameters, {
      changed: () => {
        if (this.rows !== rows) return;
        this.grid.show(rows.total, rows.ended !== null || rows.counted !== null);
        // What is looked at comes first.
        if (!this.counting) this.count(parameters, rows);
        this.showFound();
      },
      progress: (state) => {
        if (this.rows === rows) this.findings.showProgress(state, this.order);
      },
    });
    this.rows = rows;
    rows.look(0, 50);
  }

  // Nobody waits for it.
  async count(parameters, rows) {
    const counting = new AbortController();
    this.counting = counting;
    try {
      const counted = await countFound(parameters, this.asked, counting.signal);
      if (this.counting !== counting) return;
      this.counted = counted;
      rows.setCount(counted.total, placesOf(counted, this.order));
      this.strip.show(counted);
    } catch {
      // Somebody stopped it, or it could not be had: then the list is as long as it is known.
      if (this.counting !== counting) return;
      counting.abort();
    }
    this.showFound();
  }

  showFound() {
    const { ended, pages, known } = this.rows;
    this.findings.showFound({
      total: this.counted?.total ?? ended,
      least: pages.length ? known : null,
      lost: this.counted?.lost,
      isCounting: this.counting && !this.counting.signal.aborted && !this.counted,
    });
    this.findings.showNothing(ended === 0, this.conditions);
  }

  follow() {
    const rows = followRows(this.conditions, {
      changed: (came) => {
        if (this.rows !== rows) return;
        this.grid.list.shift(came);
        this.grid.show(rows.total, true);
        this.findings.showFollowed(rows.total);
      },
      progress: (state) => {
        if (this.rows === rows) this.findings.showFollowing(state);
      },
    });
    this.rows = rows;
    this.findings.showFollowed(0);
    this.findings.showFollowing({});
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

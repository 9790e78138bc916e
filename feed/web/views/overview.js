// What is going on: what is wrong first, then figures that tick, charts over time, and who and what is behind them.
import { call } from '../api.js';
import { may } from '../caller.js';
import { digHint } from '../dig_hint.js';
import { element, fill, foreign } from '../element.js';
import { firstHeard, listen } from '../live.js';
import { choice, empty, heading, load, notice } from '../parts.js';
import { routeTo } from '../route.js';
import { loadCharts } from '../time_chart.js';
import { fittingRange, queriesOf, RANGES, USUAL_RANGE, wholeTimeline } from '../timeline.js';
import { now } from '../times.js';
import { OverviewCharts } from './overview_charts.js';
import { heldByCause, RANKED, ranking, subscriberList, unseenList, upstreamList } from './overview_lists.js';
import { OverviewTiles } from './overview_tiles.js';

const POINTS = 240;
const LISTS_MS = 15_000,
  LISTS_SHARE = 20, // times as long as they take, at least
  FIRST_MS = 500;

function card(title, more, place) {
  // Where there is no room for its table, it scrolls.
  place.tabIndex = 0;
  place.setAttribute('role', 'group');
  place.setAttribute('aria-label', title);
  return element('section.card', { 'aria-label': title }, element('div.card-head', element('h2', title), more), place);
}

export async function show(main, route) {
  // What is wrong stands at the top: if it is heard of soon, nothing has to move for it.
  await firstHeard(FIRST_MS);
  const view = new Overview(main);
  // Beside what they are to show; whoever draws says if they cannot be had.
  loadCharts().catch(() => {});
  view.update(route);
  return view;
}

class Overview {
  constructor(main) {
    this.stopped = new AbortController();
    this.alerts = element('div.alerts', { 'aria-live': 'polite' });
    this.ranges = element('div');
    this.tiles = new OverviewTiles();
    this.charts = new OverviewCharts();
    this.lists = Object.fromEntries(
      ['clients', 'names', 'held', 'subscribers', 'upstreams', 'unseen'].map((name) => [
        name,
        element('div.list-place', { 'aria-busy': 'true' }),
      ]),
    );
    this.first = element('div');
    main.append(
      heading('Overview', this.ranges),
      this.alerts,
      this.first,
      this.tiles.box,
      ...this.charts.boxes,
      element(
        'div.lists',
        card('Clients with most queries', null, this.lists.clients),
        card('Blocked names asked for most', null, this.lists.names),
        card(
          'Held back, and why',
          element('a', { href: routeTo('addresses', { state: 'held' }) }, 'All'),
          this.lists.held,
        ),
        card('Least complete names', null, this.lists.unseen),
        may('feed') && card('Subscribers', element('a', { href: '#/feeds' }, 'All'), this.lists.subscribers),
        card('Upstream', null, this.lists.upstreams),
      ),
    );
    this.unlisten = listen((status) => this.tick(status));
  }

  leave() {
    this.stopped.abort();
    this.unlisten();
    clearTimeout(this.timer);
    clearTimeout(this.again);
    this.charts.leave();
  }

  update(route) {
    const { range } = route.parameters;
    this.chosen = RANGES.some(([name]) => name === range) ? range : null;
    this.showRange(this.chosen ?? (this.oldest ? fittingRange(this.oldest, now()) : null));
    this.loadTimeline();
    if (this.range) this.loadLists();
  }

  showRange(range) {
    this.range = range;
    fill(
      this.ranges,
      choice('Range', RANGES, range, (one) => routeTo('overview', { range: one })),
    );
  }

  // Where nobody has chosen, the usual range tells how far back there is something, and so which one fits.
  async loadTimeline() {
    clearTimeout(this.again);
    const mine = (this.timelineTurn = (this.timelineTurn ?? 0) + 1);
    const asked = this.range ?? USUAL_RANGE;
    let seconds = 10;
    try {
      const timeline = await call('timeline', { since: asked, points: POINTS }, this.stopped.signal);
      if (mine !== this.timelineTurn) return;
      if (!this.chosen) {
        this.oldest ??= Date.parse(timeline.points[0]?.time ?? timeline.now);
        if (this.fit(fittingRange(this.oldest, Date.parse(timeline.now))) !== asked) return this.loadTimeline();
      }
      seconds = Math.min(Math.max(timeline.step, 5), 60);
      await this.draw(wholeTimeline(timeline, asked), timeline.step);
    } catch (error) {
      if (error.name === 'AbortError' || mine !== this.timelineTurn) return;
      this.timelineProblem = error.message;
      this.showAlerts();
      if (!this.range) this.fit(USUAL_RANGE);
    }
    if (mine !== this.timelineTurn) return;
    this.again = setTimeout(() => this.loadTimeline(), seconds * 1000);
  }

  fit(range) {
    if (range !== this.range) {
      this.showRange(range);
      this.loadLists();
    }
    return range;
  }

  async draw(points, step) {
    this.timelineProblem = null;
    const [, rangeText] = RANGES.find(([name]) => name === this.range);
    this.tiles.showTimeline(points, rangeText);
    await this.charts.show(points, step, rangeText);
  }

  tick(status) {
    if (!status) {
      this.away = true;
      this.showAlerts();
      return;
    }
    this.away = false;
    this.tiles.showStatus(status);
    this.problems = status.problems ?? {};
    this.warnings = status.warnings ?? {};
    this.isFirst = queriesOf(status) === 0 && !(status.history?.records > 0);
    this.showAlerts();
  }

  showAlerts() {
    const key = JSON.stringify([this.away, this.problems, this.warnings, this.timelineProblem, this.isFirst]);
    if (key === this.alertsKey) return;
    this.alertsKey = key;
    const list = (kind, all) =>
      Object.entries(all ?? {}).map(([part, sentence]) =>
        notice(kind, element('strong', foreign(part)), element('p', foreign(sentence))),
      );
    fill(
      this.alerts,
      this.away &&
        notice(
          'problem',
          element('strong', 'no answer'),
          element('p', 'The daemon is not heard of. What is shown here is from before.'),
        ),
      list('problem', this.problems),
      list('warning', this.warnings),
      this.timelineProblem && notice('problem', element('p', this.timelineProblem)),
    );
    fill(
      this.first,
      this.isFirst &&
        empty(
          'Nobody has asked anything yet.',
          element('p', 'Point a client’s DNS here, or ask yourself:'),
          digHint(),
          element('p', 'Then give a firewall its feed: ', element('a', { href: '#/feeds' }, 'Feeds'), '.'),
        ),
    );
  }

  // Again and again; more seldom where it is much work for the server, as 30 days of a long history are.
  async loadLists() {
    clearTimeout(this.timer);
    const begun = performance.now(),
      mine = (this.turn = (this.turn ?? 0) + 1);
    await Promise.all(this.lookUpLists());
    if (this.stopped.signal.aborted || mine !== this.turn) return;
    this.timer = setTimeout(() => this.loadLists(), Math.max(LISTS_MS, LISTS_SHARE * (performance.now() - begun)));
  }

  lookUpLists() {
    const { signal } = this.stopped,
      since = this.range;
    return [
      load(this.lists.clients, async () => {
        const top = await call('history/top', { by: 'client', since, limit: RANKED }, signal);
        return ranking(top.groups, 'client', { since });
      }),
      load(this.lists.names, async () => {
        const top = await call('history/top', { by: 'name', verdict: 'sinkhole', since, limit: RANKED }, signal);
        return ranking(top.groups, 'name', { since, verdict: 'sinkhole' });
      }),
      load(this.lists.held, async () => heldByCause(await call('ips', { state: 'held', limit: 10000 }, signal))),
      may('feed') && load(this.lists.subscribers, async () => subscriberList(await call('subscribers', {}, signal))),
      load(this.lists.upstreams, async () => upstreamList(await call('upstreams', {}, signal))),
      load(this.lists.unseen, async () => {
        const { profiles, targets } = await call('estimates', {}, signal);
        this.tiles.showEstimate(profiles);
        return unseenList(targets);
      }),
    ];
  }
}

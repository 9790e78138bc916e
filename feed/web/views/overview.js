// What is going on: what is wrong first, then figures that tick, charts over time, and who and what is behind them.
import { call } from '../api.js';
import { may } from '../caller.js';
import { digHint } from '../dig_hint.js';
import { element, fill, foreign } from '../element.js';
import { count, latency, number, percent, rate, shortLatency, shortNumber } from '../figures.js';
import { firstHeard, listen } from '../live.js';
import { choice, empty, heading, load, notice, VERDICTS } from '../parts.js';
import { routeTo } from '../route.js';
import { loadCharts, timeChart } from '../time_chart.js';
import { fittingRange, hitRatio, queriesOf, RANGES, sums, USUAL_RANGE, wholeTimeline } from '../timeline.js';
import { now } from '../times.js';
import { heldByCause, RANKED, ranking, subscriberList, unseenList, upstreamList } from './overview_lists.js';

const POINTS = 240;
const LISTS_MS = 15_000,
  LISTS_SHARE = 20, // times as long as they take, at least
  FIRST_MS = 500;

function tile(title, note) {
  const figure = element('div.tile-figure', '–');
  const below = element('div.tile-note', note ?? '\u00a0');
  return {
    box: element('div.tile', element('div.tile-title', title), figure, below),
    set(text, noteText) {
      if (figure.textContent !== text) figure.textContent = text;
      if (noteText !== undefined && below.textContent !== noteText) below.textContent = noteText || '\u00a0';
    },
  };
}

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
    this.tiles = {
      queries: tile('Queries'),
      sunk: tile('Sinkholed'),
      hits: tile('From the cache'),
      latency: tile('Latency, p50'),
      published: tile('Published'),
      unseen: tile('Addresses seen'),
      subscribers: tile('Subscribers'),
      history: tile('History'),
    };
    this.charts = {
      queries: timeChart('Queries by verdict', {
        kind: 'bar',
        height: 'tall',
        format: shortNumber,
        series: VERDICTS.toReversed()
          .map((name) => ({ title: name, colour: name, value: (point) => point.queries[name] }))
          .reverse(),
      }),
      hits: timeChart('Answered from the cache', {
        format: (value) => `${Math.round(value)} %`,
        most: 100,
        series: [{ title: 'Hit ratio', colour: 'accent', value: hitRatio }],
      }),
      latency: timeChart('Latency', {
        format: latency,
        axis: shortLatency,
        scale: 'logarithmic',
        series: [
          ['p50', 'line-1'],
          ['p95', 'line-2'],
          ['p99', 'line-3'],
        ].map(([name, colour]) => ({ title: name, colour, value: (point) => point.latency_us?.[name] })),
      }),
    };
    this.publishedPlace = element('div.contents');
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
      element(
        'div.tiles',
        Object.values(this.tiles).map((one) => one.box),
      ),
      this.charts.queries.box,
      element('div.charts', this.charts.latency.box, this.charts.hits.box, this.publishedPlace),
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
    this.makePublished([]);
    this.unlisten = listen((status) => this.tick(status));
  }

  leave() {
    this.stopped.abort();
    this.unlisten();
    clearTimeout(this.timer);
    clearTimeout(this.again);
    for (const chart of Object.values(this.charts)) chart.leave();
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
    const sum = sums(points);
    const total = queriesOf(sum);
    const rangeText = (this.rangeText = RANGES.find(([name]) => name === this.range)[1]);
    this.total = total;
    this.tiles.queries.set(number(total), `in ${rangeText}${this.nowRate ?? ''}`);
    this.tiles.sunk.set(percent(sum.queries.sinkhole, total), count(sum.queries.sinkhole, 'query', 'queries'));
    this.tiles.hits.set(
      percent(sum.cache_hits, sum.cache_hits + sum.upstream_questions),
      `${count(sum.upstream_failures, 'failure')} upstream`,
    );
    const withLatency = points.filter((point) => point.latency_us);
    const newest = withLatency.at(-1)?.latency_us;
    this.tiles.latency.set(
      latency(newest?.p50),
      newest ? `p95 ${shortLatency(newest.p95)}, p99 ${shortLatency(newest.p99)}` : 'no queries',
    );
    const feeds = [...new Set(points.flatMap((point) => Object.keys(point.published ?? {})))].sort();
    this.makePublished(feeds);
    const last = points.findLast((point) => !point.missing);
    await Promise.all([
      this.charts.queries.show(
        points,
        step,
        `${number(total)} queries in ${rangeText}, of which ` +
          VERDICTS.map((name) => `${number(sum.queries[name])} ${name}`).join(', '),
      ),
      this.charts.latency.show(
        points,
        step,
        newest ? `Newest: half within ${latency(newest.p50)}, 99 % within ${latency(newest.p99)}` : 'No queries',
      ),
      this.charts.hits.show(
        points,
        step,
        `${percent(sum.cache_hits, sum.cache_hits + sum.upstream_questions)} in ${rangeText}`,
      ),
      this.charts.published?.show(
        points,
        step,
        feeds.map((feed) => `${feed}: ${number(last?.published?.[feed] ?? 0)}`).join(', '),
      ),
    ]);
  }

  // Its lines are the profiles, which are known with the first points.
  makePublished(feeds) {
    const key = feeds.join(' ');
    if (this.publishedKey === key) return;
    this.publishedKey = key;
    this.charts.published?.leave();
    this.charts.published = timeChart('Published addresses', {
      format: shortNumber,
      series: (feeds.length ? feeds : ['–']).map((feed, index) => ({
        title: feed,
        colour: `line-${(index % 3) + 1}`,
        value: (point) => point.published?.[feed],
      })),
    });
    fill(this.publishedPlace, this.charts.published.box);
  }

  tick(status) {
    if (!status) {
      this.away = true;
      this.showAlerts();
      return;
    }
    this.away = false;
    const total = Object.values(status.queries).reduce((sum, one) => sum + one, 0);
    const at = Date.parse(status.now);
    if (this.lastTick && at > this.lastTick.at && total >= this.lastTick.total) {
      const came = total - this.lastTick.total;
      this.nowRate = `, ${rate((came * 1000) / (at - this.lastTick.at))}/s now`;
      if (this.total !== undefined) {
        this.total += came;
        this.tiles.queries.set(number(this.total), `in ${this.rangeText}${this.nowRate}`);
      }
    }
    this.lastTick = { at, total };
    const published = Object.values(status.published ?? {}).reduce((sum, one) => sum + one, 0);
    this.tiles.published.set(number(published), `generation ${number(status.generation)}`);
    const { subscribers, behind, late } = status.subscribers ?? {};
    if (subscribers !== undefined) {
      this.tiles.subscribers.set(
        number(subscribers),
        late
          ? `${number(late)} late`
          : behind
            ? `${number(behind)} behind`
            : subscribers
              ? 'all up to date'
              : 'none yet',
      );
    }
    const records = status.history?.records ?? 0;
    this.tiles.history.set(
      records < 10_000_000 ? number(records) : shortNumber(records),
      status.history?.lost ? `${number(status.history.lost)} lost` : records === 1 ? 'record' : 'records',
    );
    this.problems = status.problems ?? {};
    this.warnings = status.warnings ?? {};
    this.isFirst = total === 0 && !(status.history?.records > 0);
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
        const top = await call('history-top', { by: 'client', since, limit: RANKED }, signal);
        return ranking(top.groups, 'client', { since });
      }),
      load(this.lists.names, async () => {
        const top = await call('history-top', { by: 'name', verdict: 'sinkhole', since, limit: RANKED }, signal);
        return ranking(top.groups, 'name', { since, verdict: 'sinkhole' });
      }),
      load(this.lists.held, async () => heldByCause(await call('ips', { state: 'held', limit: 10000 }, signal))),
      may('feed') && load(this.lists.subscribers, async () => subscriberList(await call('subscribers', {}, signal))),
      load(this.lists.upstreams, async () => upstreamList(await call('upstreams', {}, signal))),
      load(this.lists.unseen, async () => {
        const { profiles, targets } = await call('estimates', {}, signal);
        this.showEstimate(profiles);
        return unseenList(targets);
      }),
    ];
  }

  showEstimate(profiles) {
    const pools = Object.values(profiles);
    if (!pools.length) {
      this.tiles.unseen.set('–', 'no estimate yet');
      return;
    }
    const add = (key) => pools.reduce((sum, pool) => sum + Math.round(pool[key]), 0);
    const seen = add('seen'),
      low = add('low'),
      high = add('high');
    const isAll = pools.every((pool) => pool.complete) || high <= seen;
    this.tiles.unseen.set(
      number(seen),
      isAll ? 'all there are, it seems' : `of about ${number(add('estimated'))} (${number(low)} to ${number(high)})`,
    );
  }
}

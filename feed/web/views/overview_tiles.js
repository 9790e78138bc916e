// The figures at the top of the overview: sums of the time that is shown, and what ticks each second.
import { element } from '../element.js';
import { count, latency, number, percent, rate, shortLatency, shortNumber } from '../figures.js';
import { queriesOf, sums } from '../timeline.js';

function tile(title) {
  const figure = element('div.tile-figure', '–');
  const below = element('div.tile-note', '\u00a0');
  return {
    box: element('div.tile', element('div.tile-title', title), figure, below),
    set(text, noteText) {
      if (figure.textContent !== text) figure.textContent = text;
      if (noteText !== undefined && below.textContent !== noteText) below.textContent = noteText || '\u00a0';
    },
  };
}

export class OverviewTiles {
  constructor() {
    this.queries = tile('Queries');
    this.sunk = tile('Sinkholed');
    this.hits = tile('From the cache');
    this.latency = tile('Latency, p50');
    this.published = tile('Published');
    this.unseen = tile('Addresses seen');
    this.subscribers = tile('Subscribers');
    this.history = tile('History');
    this.box = element(
      'div.tiles',
      [
        this.queries,
        this.sunk,
        this.hits,
        this.latency,
        this.published,
        this.unseen,
        this.subscribers,
        this.history,
      ].map((one) => one.box),
    );
  }

  showTimeline(points, rangeText) {
    const sum = sums(points);
    const total = queriesOf(sum);
    this.rangeText = rangeText;
    this.total = total;
    this.queries.set(number(total), `in ${rangeText}${this.nowRate ?? ''}`);
    this.sunk.set(percent(sum.queries.sinkhole, total), count(sum.queries.sinkhole, 'query', 'queries'));
    this.hits.set(
      percent(sum.cache_hits, sum.cache_hits + sum.upstream_questions),
      `${count(sum.upstream_failures, 'failure')} upstream`,
    );
    const newest = points.findLast((point) => point.latency_us)?.latency_us;
    this.latency.set(
      latency(newest?.p50),
      newest ? `p95 ${shortLatency(newest.p95)}, p99 ${shortLatency(newest.p99)}` : 'no queries',
    );
  }

  // The state of now; what came since the one before is added to the sum.
  showStatus(status) {
    const total = queriesOf(status);
    const at = Date.parse(status.now);
    if (this.lastTick && at > this.lastTick.at && total >= this.lastTick.total) {
      const came = total - this.lastTick.total;
      this.nowRate = `, ${rate((came * 1000) / (at - this.lastTick.at))}/s now`;
      if (this.total !== undefined) {
        this.total += came;
        this.queries.set(number(this.total), `in ${this.rangeText}${this.nowRate}`);
      }
    }
    this.lastTick = { at, total };
    const published = Object.values(status.published ?? {}).reduce((sum, one) => sum + one, 0);
    this.published.set(number(published), `generation ${number(status.generation)}`);
    const { subscribers, behind, late } = status.subscribers ?? {};
    if (subscribers !== undefined) {
      this.subscribers.set(
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
    this.history.set(
      records < 10_000_000 ? number(records) : shortNumber(records),
      status.history?.lost ? `${number(status.history.lost)} lost` : records === 1 ? 'record' : 'records',
    );
  }

  showEstimate(profiles) {
    const pools = Object.values(profiles);
    if (!pools.length) {
      this.unseen.set('–', 'no estimate yet');
      return;
    }
    const add = (key) => pools.reduce((sum, pool) => sum + Math.round(pool[key]), 0);
    const seen = add('seen'),
      low = add('low'),
      high = add('high');
    const isAll = pools.every((pool) => pool.complete) || high <= seen;
    this.unseen.set(
      number(seen),
      isAll ? 'all there are, it seems' : `of about ${number(add('estimated'))} (${number(low)} to ${number(high)})`,
    );
  }
}

// The overview's charts, all of the same time.
import { element, fill } from '../element.js';
import { latency, number, percent, shortLatency, shortNumber } from '../figures.js';
import { VERDICTS } from '../parts.js';
import { timeChart } from '../time_chart.js';
import { hitRatio, queriesOf, sums } from '../timeline.js';

export class OverviewCharts {
  constructor() {
    this.queries = timeChart('Queries by verdict', {
      kind: 'bar',
      height: 'tall',
      format: shortNumber,
      series: VERDICTS.map((name) => ({ title: name, colour: name, value: (point) => point.queries[name] })),
    });
    this.hits = timeChart('Answered from the cache', {
      format: (value) => `${Math.round(value)} %`,
      most: 100,
      series: [{ title: 'Hit ratio', colour: 'accent', value: hitRatio }],
    });
    this.latency = timeChart('Latency', {
      format: latency,
      axis: shortLatency,
      scale: 'logarithmic',
      series: [
        ['p50', 'line-1'],
        ['p95', 'line-2'],
        ['p99', 'line-3'],
      ].map(([name, colour]) => ({ title: name, colour, value: (point) => point.latency_us?.[name] })),
    });
    this.place = element('div.contents');
    this.makePublished([]);
    this.boxes = [this.queries.box, element('div.charts', this.latency.box, this.hits.box, this.place)];
  }

  leave() {
    for (const chart of [this.queries, this.hits, this.latency, this.published]) chart.leave();
  }

  async show(points, step, rangeText) {
    const sum = sums(points);
    const newest = points.findLast((point) => point.latency_us)?.latency_us;
    const feeds = [...new Set(points.flatMap((point) => Object.keys(point.published ?? {})))].sort();
    this.makePublished(feeds);
    const last = points.findLast((point) => !point.missing);
    await Promise.all([
      this.queries.show(
        points,
        step,
        `${number(queriesOf(sum))} queries in ${rangeText}, of which ` +
          VERDICTS.map((name) => `${number(sum.queries[name])} ${name}`).join(', '),
      ),
      this.latency.show(
        points,
        step,
        newest ? `Newest: half within ${latency(newest.p50)}, 99 % within ${latency(newest.p99)}` : 'No queries',
      ),
      this.hits.show(
        points,
        step,
        `${percent(sum.cache_hits, sum.cache_hits + sum.upstream_questions)} in ${rangeText}`,
      ),
      this.published.show(
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
    this.published?.leave();
    this.published = timeChart('Published addresses', {
      format: shortNumber,
      series: (feeds.length ? feeds : ['–']).map((feed, index) => ({
        title: feed,
        colour: `line-${(index % 3) + 1}`,
        value: (point) => point.published?.[feed],
      })),
    });
    fill(this.place, this.published.box);
  }
}

// The timeline as the charts want it: one point for each step of the whole range, also of those in which the daemon did
// not run, so that a gap is seen as one.

export const RANGES = [
  ['1h', '1 hour'],
  ['6h', '6 hours'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
];
// What an overview begins with, where nobody has chosen.
export const USUAL_RANGE = '24h';
const SECONDS = { '1h': 3600, '6h': 6 * 3600, '24h': 86400, '7d': 7 * 86400, '30d': 30 * 86400 };

// The shortest that goes back to `oldest`, and not beyond the usual one. Both in ms.
export function fittingRange(oldest, now) {
  const usual = RANGES.findIndex(([name]) => name === USUAL_RANGE);
  const fits = RANGES.slice(0, usual).find(([name]) => now - oldest <= SECONDS[name] * 1000);
  return fits?.[0] ?? USUAL_RANGE;
}

export function wholeTimeline({ now, step, points }, range) {
  const byTime = new Map(points.map((point) => [Math.floor(Date.parse(point.time) / 1000 / step), point]));
  const last = Math.max(Math.floor(Date.parse(now) / 1000 / step), ...byTime.keys());
  const first = last - Math.round(SECONDS[range] / step) + 1;
  const whole = [];
  for (let at = first; at <= last; at++) {
    const point = byTime.get(at);
    whole.push(point ? { ...point, time: at * step * 1000 } : { time: at * step * 1000, missing: true });
  }
  return whole;
}

export const queriesOf = (point) => Object.values(point.queries).reduce((sum, one) => sum + one, 0);

// Of what the clients asked, the part that was answered from the cache; what the policy answered is not counted.
export function hitRatio(point) {
  const asked = point.cache_hits + point.upstream_questions;
  return asked ? (100 * point.cache_hits) / asked : undefined;
}

// Sums over all points.
export function sums(points) {
  const sum = {
    queries: { pass: 0, sinkhole: 0, refuse: 0, local: 0 },
    cache_hits: 0,
    upstream_questions: 0,
    upstream_failures: 0,
    dropped_packets: 0,
    history_lost: 0,
  };
  for (const point of points) {
    if (point.missing) continue;
    for (const key of Object.keys(sum)) {
      if (key !== 'queries') sum[key] += point[key] ?? 0;
      else for (const verdict of Object.keys(sum.queries)) sum.queries[verdict] += point.queries[verdict] ?? 0;
    }
  }
  return sum;
}

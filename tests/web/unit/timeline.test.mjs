import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittingRange, hitRatio, sums, wholeTimeline } from '../../../feed/web/timeline.js';

const point = (time, pass) => ({
  time,
  queries: { pass, sinkhole: 1, refuse: 0, local: 0 },
  cache_hits: 3,
  upstream_questions: 1,
  upstream_failures: 0,
  dropped_packets: 0,
  history_lost: 0,
});

test('steps in which the daemon did not run are there, and are missing', () => {
  const whole = wholeTimeline(
    {
      now: '2026-11-26T12:00:30Z',
      step: 60,
      points: [point('2026-11-26T11:58:00Z', 5), point('2026-11-26T12:00:00Z', 7)],
    },
    '1h',
  );
  assert.equal(whole.length, 60);
  assert.deepEqual(
    whole.slice(-3).map((one) => one.missing ?? one.queries.pass),
    [5, true, 7],
  );
  assert.equal(sums(whole).queries.pass, 12);
});

test('a hit ratio of nothing is none', () => {
  assert.equal(hitRatio(point('2026-11-26T12:00:00Z', 1)), 75);
  assert.equal(hitRatio({ cache_hits: 0, upstream_questions: 0 }), undefined);
});

test('the range where nobody has chosen goes back as far as there is something, a day at most', () => {
  const at = Date.parse('2026-11-26T12:00:00Z');
  const fits = (minutes) => fittingRange(at - minutes * 60_000, at);
  assert.deepEqual([0, 1, 60, 61, 360, 361, 1440, 100_000].map(fits), [
    '1h',
    '1h',
    '1h',
    '6h',
    '6h',
    '24h',
    '24h',
    '24h',
  ]);
});

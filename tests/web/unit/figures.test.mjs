import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, count, latency, number, percent, rate, shortLatency, shortNumber } from '../../../feed/web/figures.js';

test('numbers are grouped, large ones short where room is', () => {
  assert.equal(number(1204331), '1,204,331');
  assert.equal(number(undefined), '–');
  assert.equal(shortNumber(999), '999');
  assert.equal(shortNumber(1204331), '1.2M');
});

test('latencies have a unit that fits', () => {
  assert.equal(latency(0), '< 1 µs');
  assert.equal(latency(999), '999 µs');
  assert.equal(latency(1234), '1.23 ms');
  assert.equal(latency(123456), '123 ms');
  assert.equal(latency(2_500_000), '2.50 s');
  assert.equal(shortLatency(23456), '23 ms');
  assert.equal(shortLatency(1000), '1 ms');
});

test('parts, sizes, rates, counts', () => {
  assert.equal(percent(1, 8), '12.5 %');
  assert.equal(percent(0, 0), '–');
  assert.equal(bytes(500), '500 B');
  assert.equal(bytes(1536), '1.5 KiB');
  assert.equal(rate(0), '0');
  assert.equal(rate(1.26), '1.3');
  assert.equal(count(1, 'query', 'queries'), '1 query');
  assert.equal(count(2000, 'address', 'addresses'), '2,000 addresses');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisTime, columnTime, durationOf, exact, momentOf, relative, span } from '../../../feed/web/times.js';

const at = Date.parse('2026-11-26T12:00:00Z');

test('spans are said in one unit', () => {
  assert.equal(span(400), '400 ms');
  assert.equal(span(59_999), '59 s');
  assert.equal(span(119 * 60_000), '119 min');
  assert.equal(span(47 * 3_600_000), '47 h');
  assert.equal(span(3 * 86_400_000), '3 d');
});

test('relative times go both ways', () => {
  assert.equal(relative(at - 5000, at), '5 s ago');
  assert.equal(relative(at + 5000, at), 'in 5 s');
  assert.equal(relative(at - 500, at), 'now');
});

test('ages and dates are moments', () => {
  assert.equal(momentOf('2h', at), at - 7_200_000);
  assert.equal(momentOf('2026-11-26T10:00:00Z', at), at - 7_200_000);
  assert.ok(Number.isNaN(momentOf('yesterday', at)));
  assert.equal(durationOf('1500ms'), 1500);
  assert.ok(Number.isNaN(durationOf('5 minutes')));
});

test('a column has the day only where it is another', () => {
  assert.match(columnTime('2026-11-26T11:59:58.123456Z', at), /^\d\d:\d\d:58\.123$/);
  assert.match(columnTime('2026-11-20T11:59:58.123456Z', at), /^11-20 \d\d:\d\d:58\.123$/);
});

test('exact times are of the clock here', () => assert.match(exact(at), /^2026-11-2\d \d\d:\d\d:00$/));

test('an axis shows days where they begin', () => {
  const midnight = new Date(2026, 10, 26).getTime();
  assert.equal(axisTime(midnight), '11-26');
  assert.equal(axisTime(midnight + 3 * 3_600_000), '03:00');
});

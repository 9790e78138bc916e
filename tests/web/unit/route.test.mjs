import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoute, routeTo } from '../../../feed/web/route.js';

test('an empty address is the overview', () => assert.equal(parseRoute('').view, 'overview'));

test('filters are kept, empty ones are not', () => {
  const hash = routeTo('history', { client: '10.0.0.0/8', name: '*.a b&c', since: '' });
  assert.ok(hash.startsWith('#/history?client=10.0.0.0/8&'));
  assert.deepEqual(parseRoute(hash).parameters, { client: '10.0.0.0/8', name: '*.a b&c' });
});

test('any subject comes through', () => {
  for (const subject of ['2001:db8::7', 'a/b?c#d', '\\226.example', '100%']) {
    assert.deepEqual(parseRoute(routeTo('why', {}, subject)), { view: 'why', subject, parameters: {} });
  }
});

test('half a surrogate pair is no error', () =>
  assert.equal(parseRoute(routeTo('why', {}, 'a\ud800')).subject, 'a\ufffd'));

test('what somebody wrote by hand does not break it', () => assert.equal(parseRoute('#/why/100%').subject, '100%'));

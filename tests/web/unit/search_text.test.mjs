import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completions, isAddress, meaningOf, parseSearch, searchText } from '../../../feed/web/search_text.js';

const conditions = (text) => parseSearch(text).conditions;

test('keys and values become conditions', () => {
  assert.deepEqual(conditions('client:10.0.0.0/8 name:*.google.com type:aaaa verdict:sinkhole since:24h'), {
    client: '10.0.0.0/8',
    name: '*.google.com',
    type: 'AAAA',
    verdict: 'sinkhole',
    since: '24h',
  });
});

test('an address of our own networks is a client, any other was an answer', () => {
  assert.deepEqual(meaningOf('10.1.2.3'), ['client', '10.1.2.3']);
  assert.deepEqual(meaningOf('172.31.0.1'), ['client', '172.31.0.1']);
  assert.deepEqual(meaningOf('172.32.0.1'), ['answer', '172.32.0.1']);
  assert.deepEqual(meaningOf('fd00::1'), ['client', 'fd00::1']);
  assert.deepEqual(meaningOf('2607:f8b0::5'), ['answer', '2607:f8b0::5']);
  assert.deepEqual(meaningOf('74.125.0.0/16'), ['client', '74.125.0.0/16']);
});

test('any other word is a part of a name, and a pattern stays one', () => {
  assert.deepEqual(conditions('google'), { name: '*google*' });
  assert.deepEqual(conditions('*.google.com'), { name: '*.google.com' });
  assert.deepEqual(conditions('1.2.3'), { name: '*1.2.3*' });
  assert.deepEqual(conditions('999.1.1.1'), { name: '*999.1.1.1*' });
});

test('addresses with colons are no keys', () => {
  assert.deepEqual(conditions('2001:db8::7'), { answer: '2001:db8::7' });
  assert.deepEqual(conditions('answer:2001:db8::7'), { answer: '2001:db8::7' });
  assert.ok(isAddress('::1') && !isAddress('talk:') && !isAddress('a.b.c.d'));
});

test('quotes keep spaces, and are written again', () => {
  assert.deepEqual(conditions('since:"2026-11-26 10:00:00Z" until:1h'), { since: '2026-11-26 10:00:00Z', until: '1h' });
  assert.equal(searchText({ since: '2026-11-26 10:00:00Z' }), 'since:"2026-11-26 10:00:00Z"');
});

test('what is written is read again as the same', () => {
  const all = {
    client: '10.0.0.7',
    name: '*\\032x*',
    type: 'TYPE65',
    verdict: 'pass',
    rcode: 'NXDOMAIN',
    answer: '1.2.3.4',
    since: '7d',
    until: '1h',
  };
  assert.deepEqual(conditions(searchText(all)), all);
});

test('a key that is none, and a second value, are told of', () => {
  const { conditions: read, notes } = parseSearch('host:x verdict:pass verdict:local');
  assert.deepEqual(read, { name: '*host:x*', verdict: 'local' });
  assert.equal(notes.length, 2);
});

test('an empty value is no condition', () => assert.deepEqual(conditions('client: name:'), {}));

test('keys are completed, then values, then what a word may mean', () => {
  const offered = (text, known) => completions(text, text.length, known).offers.map((offer) => offer.insert);
  assert.deepEqual(offered('ver'), ['verdict:']);
  assert.deepEqual(offered('verdict:si'), ['verdict:sinkhole ']);
  assert.deepEqual(offered('client:10', { client: ['10.0.0.1', '192.168.10.1'] }), [
    'client:10.0.0.1 ',
    'client:192.168.10.1 ',
  ]);
  assert.deepEqual(offered('google.com'), ['name:*google.com* ', 'name:google.com ', 'name:*.google.com ']);
  assert.deepEqual(offered('8.8.8.8'), ['answer:8.8.8.8 ', 'client:8.8.8.8 ']);
});

test('completion is of the word at the caret', () => {
  const { start, end, offers } = completions('type:A verd name:x', 11);
  assert.deepEqual([start, end], [7, 11]);
  assert.equal(offers[0].insert, 'verdict:');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

// The page's modules look for the tab's token when they are loaded.
globalThis.sessionStorage = { getItem: () => null };
const { digCommand } = await import('../../../feed/web/dig_hint.js');

test('the usual port is left out', () => {
  assert.equal(digCommand('dns.example', ['0.0.0.0:53', '[::]:53']), 'dig @dns.example talk.google.com');
});

test('another port is named', () => {
  assert.equal(digCommand('192.0.2.1', ['0.0.0.0:5353']), 'dig @192.0.2.1 -p 5353 talk.google.com');
  assert.equal(digCommand('[::1]', ['[::1]:5353']), 'dig @::1 -p 5353 talk.google.com');
});

test('of several ports it is the one at the address of the page, else the one at all addresses', () => {
  const listen = ['127.0.0.1:5300', '192.0.2.1:5301', '0.0.0.0:53'];
  assert.equal(digCommand('192.0.2.1', listen), 'dig @192.0.2.1 -p 5301 talk.google.com');
  assert.equal(digCommand('localhost', listen), 'dig @localhost talk.google.com');
  assert.equal(digCommand('localhost', listen.slice(0, 2)), 'dig @localhost -p 5300 talk.google.com');
});

test('where nothing is known of it, nothing is said', () => {
  assert.equal(digCommand('localhost', []), 'dig @localhost talk.google.com');
});

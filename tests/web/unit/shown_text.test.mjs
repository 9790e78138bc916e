import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownText } from '../../../feed/web/shown_text.js';

test('what can be seen stays', () => {
  for (const text of ['talk.google.com', '<script>alert(1)</script>', 'bücher.example', '例え.jp', '👍', '\\032'])
    assert.equal(shownText(text), text);
});

test('controls are escapes', () => assert.equal(shownText('a\u0000b\u001b[31m\u0085'), 'a\\x00b\\x1b[31m\\x85'));

test('what turns the direction, or has no width, is an escape', () => {
  for (const code of [0x202a, 0x202e, 0x2066, 0x2069, 0x200e, 0x200f, 0x061c, 0x200b, 0xfeff, 0x2028, 0xe0041]) {
    assert.equal(shownText(`a${String.fromCodePoint(code)}b`), code > 0xff ? `a\\u{${code.toString(16)}}b` : '');
  }
});

test('half a surrogate pair is an escape', () => {
  assert.equal(shownText('\ud800x'), '\\u{d800}x');
  assert.equal(shownText('x\udc00'), 'x\\u{dc00}');
});

test('nothing is nothing', () => {
  assert.equal(shownText(undefined), '');
  assert.equal(shownText(null), '');
});

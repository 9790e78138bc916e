import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FoundRows } from '../../../feed/web/found_rows.js';

// A history of `length` rows, one a second, newest first, as the API would page it.
function history(length, { unfinished = () => false, gaps = [] } = {}) {
  const calls = [];
  const row = (index) => ({
    kind: gaps.includes(index) ? 'gap' : 'query',
    time: String(length - index),
    name: `row ${index}`,
    client: 'c',
    port: 1,
    type: 'A',
  });
  const fetchPage = async ({ cursor, bound, limit }) => {
    calls.push({ cursor, bound, limit });
    const from = cursor !== undefined ? Number(cursor) : bound !== undefined ? length - Number(bound) + 1 : 0;
    if (unfinished(calls.length)) return { records: [], more: true, next: String(from), reached: 'then' };
    const to = Math.min(length, from + limit);
    const records = [];
    for (let index = from; index < to; index++) records.push(row(index));
    return { records, more: to < length, ...(to < length && { next: String(to) }) };
  };
  return { fetchPage, calls };
}

const idle = async (rows) => {
  do await new Promise((resolve) => setImmediate(resolve));
  while (rows.isBusy);
};

const make = ({ fetchPage }) => new FoundRows(fetchPage, { changed: () => {}, progress: () => {} });

test('rows are fetched as they come into sight, and some ahead', async () => {
  const source = history(10_000);
  const rows = make(source);
  rows.look(0, 40);
  await idle(rows);
  assert.equal(rows.row(0).name, 'row 0');
  assert.equal(rows.row(39).name, 'row 39');
  assert.ok(source.calls.length <= 4, `${source.calls.length} calls`);
  rows.look(1400, 1440);
  await idle(rows);
  assert.equal(rows.row(1439).name, 'row 1439');
});

test('the end is known when it is reached', async () => {
  const rows = make(history(700));
  rows.look(0, 40);
  await idle(rows);
  assert.equal(rows.ended, 700);
  assert.equal(rows.total, 700);
  assert.equal(rows.row(699).name, 'row 699');
  assert.equal(rows.row(700), undefined);
});

test('nothing found is an end too', async () => {
  const rows = make(history(0));
  rows.look(0, 40);
  await idle(rows);
  assert.equal(rows.ended, 0);
  assert.equal(rows.total, 0);
});

test('with a count by time any place is gone to at once', async () => {
  const source = history(1_000_000);
  const rows = make(source);
  rows.look(0, 40);
  await idle(rows);
  const buckets = [];
  for (let index = 1000; index < 1_000_000; index += 1000)
    buckets.push({ index, bound: String(1_000_000 - index + 1) });
  rows.setCount(1_000_000, buckets);
  assert.equal(rows.total, 1_000_000);
  const before = source.calls.length;
  rows.look(712_345, 712_385);
  await idle(rows);
  assert.equal(rows.row(712_345).name, 'row 712345');
  assert.ok(source.calls.length - before <= 6);
  rows.look(999_960, 1_000_000);
  await idle(rows);
  assert.equal(rows.row(999_999).name, 'row 999999');
  assert.equal(rows.ended, 1_000_000);
});

test('without a count a far place is walked to', async () => {
  const rows = make(history(20_000));
  rows.look(0, 40);
  await idle(rows);
  rows.look(15_000, 15_040);
  await idle(rows);
  assert.equal(rows.row(15_020).name, 'row 15020');
});

test('what is far away is dropped, and fetched again', async () => {
  const rows = make(history(200_000));
  for (let first = 0; first < 100_000; first += 500) {
    rows.look(first, first + 40);
    await idle(rows);
  }
  const kept = rows.pages.reduce((sum, page) => sum + page.rows.length, 0);
  assert.ok(kept <= 35_000, `${kept} rows are kept`);
  assert.equal(rows.row(10), undefined);
  rows.look(0, 40);
  await idle(rows);
  assert.equal(rows.row(10).name, 'row 10');
});

test('a place that the count had wrong is put right by what comes before it', async () => {
  const source = history(5000);
  const rows = make(source);
  rows.look(0, 40);
  await idle(rows);
  // Three rows off, as lost records make it.
  rows.setCount(4997, [{ index: 2997, bound: String(5000 - 3000 + 1) }]);
  rows.look(3000, 3040);
  await idle(rows);
  for (let first = 0; first < 5000; first += 400) {
    rows.look(first, first + 40);
    await idle(rows);
  }
  const names = [];
  for (let index = 0; index < rows.total; index++) names.push(rows.row(index)?.name);
  assert.equal(new Set(names).size, 5000);
  assert.equal(rows.ended, 5000);
});

test('a page that is not finished is gone on with, and tells how far it is', async () => {
  const source = history(100, { unfinished: (call) => call <= 3 });
  const reached = [];
  const rows = new FoundRows(source.fetchPage, { changed: () => {}, progress: (state) => reached.push(state.reached) });
  rows.look(0, 40);
  await idle(rows);
  assert.equal(rows.row(99).name, 'row 99');
  assert.ok(reached.includes('then'));
});

test('an error stops it until somebody tries again', async () => {
  let broken = true;
  const source = history(100);
  const rows = new FoundRows(
    async (from, signal) => {
      if (broken) throw new Error('no');
      return source.fetchPage(from, signal);
    },
    { changed: () => {}, progress: () => {} },
  );
  rows.look(0, 40);
  await idle(rows);
  assert.equal(rows.error.message, 'no');
  broken = false;
  rows.resume();
  await idle(rows);
  assert.equal(rows.row(0).name, 'row 0');
});

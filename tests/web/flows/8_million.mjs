// A long history is scrolled through, by the wheel and by the bar: few rows in the page, each the right one. How
// smooth it is is told, not asserted: other things run on the machine.
import assert from 'node:assert/strict';
import { api, openPage, until } from '../browser.mjs';

const MOST_ROWS = 110;
const WHEELS = 120;

const shown = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.line')]
      .filter((line) => !line.hidden)
      .map((line) => ({
        index: Number(line.dataset.index),
        pending: line.classList.contains('pending'),
        top: line.getBoundingClientRect().top,
        time: line.querySelector('.c-time').textContent,
      }))
      .sort((a, b) => a.index - b.index),
  );

const settled = (page) =>
  until('the rows in sight', async () => {
    const lines = await shown(page);
    return lines.length > 0 && lines.every((line) => !line.pending);
  });

// One below the other without a gap, the times in order.
function checkOrder(lines, height) {
  for (let at = 1; at < lines.length; at++) {
    assert.equal(lines[at].index, lines[at - 1].index + 1);
    assert.ok(Math.abs(lines[at].top - lines[at - 1].top - height) < 1);
    if (lines[at].time.length === lines[at - 1].time.length)
      assert.ok(lines[at].time <= lines[at - 1].time, `${lines[at - 1].time}, then ${lines[at].time}`);
  }
}

export default {
  'from the first row to the last': async ({ browser, base }) => {
    const page = await openPage(browser);
    await page.goto(`${base}/#/history`);
    await page.locator('.found strong', { hasText: /found$/ }).waitFor();
    const total = Number((await page.locator('.found strong').textContent()).replace(/\D/g, ''));
    await settled(page);
    const height = await page.evaluate(() => document.querySelector('.line:not([hidden])').offsetHeight);
    const { records } = await api(base, 'history?limit=1&order=oldest');

    // Frames, while the wheel turns.
    const box = await page.locator('.grid').boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.evaluate(() => {
      window.frames_ms = [];
      let last = performance.now();
      const frame = (now) => {
        window.frames_ms.push(now - last);
        last = now;
        window.framing = requestAnimationFrame(frame);
      };
      window.framing = requestAnimationFrame(frame);
    });
    let rows = 0;
    for (let turn = 0; turn < WHEELS; turn++) {
      await page.mouse.wheel(0, 400);
      if (turn % 20 === 0) rows = Math.max(rows, (await shown(page)).length);
    }
    const frames = await page.evaluate(() => {
      cancelAnimationFrame(window.framing);
      return window.frames_ms.slice(1).sort((a, b) => a - b);
    });
    await settled(page);
    checkOrder(await shown(page), height);

    // Jumps of the bar.
    const jumps = [];
    for (const part of [0.5, 0.123, 0.9, 0.31]) {
      const begun = performance.now();
      await page.locator('.grid').evaluate((grid, to) => {
        grid.scrollTop = to * (grid.scrollHeight - grid.clientHeight);
      }, part);
      await until('the jump', async () => {
        const lines = await shown(page);
        return Math.abs(lines[0].index / total - part) < 0.02 || total < 2000;
      });
      await settled(page);
      jumps.push(Math.round(performance.now() - begun));
      const lines = await shown(page);
      rows = Math.max(rows, lines.length);
      checkOrder(lines, height);
    }

    // To the very end: the oldest there is stands last.
    await page.locator('.grid').focus();
    await page.keyboard.press('End');
    await until(
      'the last row',
      async () => (await shown(page)).at(-1).index === total - 1 || total !== (await shown(page)).at(-1).index + 1,
    );
    await settled(page);
    const last = (await shown(page)).at(-1);
    assert.ok(
      last.time.endsWith(new Date(records[0].time).toISOString().slice(17, 23)),
      `${last.time} is not ${records[0].time}`,
    );
    await page.keyboard.press('Home');
    await until('the first row', async () => (await shown(page))[0].index === 0);
    assert.ok(rows <= MOST_ROWS, `${rows} rows are in the page`);
    const longest = frames.at(-1);
    await page.done();
    return {
      total,
      rows_in_page: rows,
      frames: frames.length,
      frame_p50_ms: Number(frames[frames.length >> 1].toFixed(1)),
      frame_p95_ms: Number(frames[Math.floor(frames.length * 0.95)].toFixed(1)),
      longest_frame_ms: Number(longest.toFixed(1)),
      jumps_ms: jumps,
    };
  },
};

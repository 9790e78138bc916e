// A daemon that nobody has asked anything yet; what comes first, and what the page weighs.
import assert from 'node:assert/strict';
import { api, ask, openPage, openView, until } from '../browser.mjs';

const MOST_FIRST_BYTES = 150_000, // of a cold load
  MOST_ALL_BYTES = 200_000;
const LOADS = Number(process.env.SINKFEED_LOADS ?? 3);
// What browsers take from another machine over plain HTTP.
const GZIP = { 'Accept-Encoding': 'gzip' };
const VIEWS = ['', 'history', 'addresses', 'why/talk.google.com', 'generations', 'feeds', 'integrity', 'tokens'];

// What came over the line for the page's files, packed as the server packs them, without the heads of the answers; and
// what of it was there when the view was.
const weight = (page) =>
  until('the charts', () =>
    page.evaluate(() => {
      const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].filter(
        ({ name }) => !new URL(name).pathname.startsWith('/api/'),
      );
      if (!files.some(({ name }) => name.endsWith('/chart.js'))) return null;
      const sum = (list) => list.reduce((bytes, one) => bytes + one.encodedBodySize, 0);
      return {
        before: sum(files.filter((one) => one.responseEnd <= (window.interactive_ms ?? 0))),
        bytes: sum(files),
        files: files.length,
      };
    }),
  );

// When the view is there is noted in the page itself.
const noteInteractive = (page) =>
  page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('.tiles')) return;
      observer.disconnect();
      window.interactive_ms = performance.now();
    }).observe(document, { childList: true, subtree: true });
  });

export default {
  'an empty page says what to do next': async ({ browser, base, dns }) => {
    const { history } = await api(base, 'status');
    if (history.records) return { skipped: 'this daemon has been asked already' };
    const page = await openPage(browser);
    await page.goto(`${base}/`);
    await page.getByText('Nobody has asked anything yet.').waitFor();
    const port = /:(\d+)$/.exec(dns)[1];
    await page.getByText(new RegExp(`^dig @\\S+${port === '53' ? '' : ` -p ${port}`} talk\\.google\\.com$`)).waitFor();
    // There is nothing of before: the charts are of the time that there is.
    const chosen = page.getByRole('group', { name: 'Range' }).locator('[aria-current]');
    assert.equal(await chosen.textContent(), '1 hour');
    await page.goto(`${base}/#/?range=7d`);
    await until('what was chosen', async () => (await chosen.textContent()) === '7 days');
    await page.goto(`${base}/#/`);
    await until('what fits', async () => (await chosen.textContent()) === '1 hour');
    for (const [view, sentence] of [
      ['history', 'No query has been recorded yet.'],
      ['integrity', 'Nobody has decided anything yet.'],
      ['tokens', 'There is no token.'],
    ]) {
      await page.goto(`${base}/#/${view}`);
      await page.getByText(sentence).waitFor();
    }
    await page.done();
  },

  'the first question shows up by itself': async ({ browser, base, dns }) => {
    const page = await openPage(browser);
    await page.goto(`${base}/#/history?live=1`);
    await page.locator('.pulse').waitFor();
    await ask(dns, 'talk.google.com');
    await page.locator('.line', { hasText: 'talk.google.com' }).first().waitFor();
    await page.goto(`${base}/`);
    await page.getByText('Nobody has asked anything yet.').waitFor({ state: 'detached' });
    await page.done();
  },

  'a cold load is small, and soon to be used': async ({ browser, base }) => {
    const page = await openPage(browser, { headers: GZIP });
    await noteInteractive(page);
    await page.addInitScript(() => {
      window.shifts = 0;
      new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) {
          if (!shift.hadRecentInput) window.shifts += shift.value;
          for (const { node } of shift.sources)
            window.shifted = `${window.shifted ?? ''} ${node?.className ?? node?.nodeName}`;
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(`${base}/`);
    await page.locator('section.card canvas').first().waitFor();
    await openView(page, base, '');
    const { before, bytes, files } = await weight(page);
    assert.ok(bytes < MOST_FIRST_BYTES, `${bytes} bytes`);
    const layout_shift = await page.evaluate(() => Number(window.shifts.toFixed(4)));
    assert.ok(layout_shift < 0.05, `the layout jumps by ${layout_shift}: ${await page.evaluate(() => window.shifted)}`);
    const shifted = await page.evaluate(() => window.shifted);
    await page.done();
    return { bytes_until_interactive: before, bytes, files, layout_shift, shifted };
  },

  'how soon it is to be used': async ({ browser, base }) => {
    const paints = [],
      interactives = [];
    for (let load = 0; load < LOADS; load++) {
      const page = await openPage(browser);
      await noteInteractive(page);
      await page.goto(`${base}/`);
      await until('the view', () => page.evaluate(() => window.interactive_ms));
      interactives.push(await page.evaluate(() => Math.round(window.interactive_ms)));
      paints.push(
        await page.evaluate(() =>
          Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0),
        ),
      );
      await page.done();
    }
    const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
    return { loads: LOADS, first_paint_ms: median(paints), interactive_ms: median(interactives), all_ms: interactives };
  },

  'all views together are small': async ({ browser, base }) => {
    const page = await openPage(browser, { headers: GZIP });
    for (const view of VIEWS) await openView(page, base, view);
    const { bytes, files } = await weight(page);
    assert.ok(bytes < MOST_ALL_BYTES, `${bytes} bytes`);
    await page.done();
    return { bytes, files };
  },
};

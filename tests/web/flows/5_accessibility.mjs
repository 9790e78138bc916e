// axe finds nothing in any view, in light, in dark, at the width of a phone; and what is wide scrolls within its own
// place.
import assert from 'node:assert/strict';
import { api, ask, axeFindings, NARROWEST, openPage, openView, PHONE, until, WIDE } from '../browser.mjs';

const NONE = [];

async function views(base) {
  const { entries } = await api(base, 'ips?limit=1');
  return [
    '',
    'history',
    'addresses',
    'history?verdict=sinkhole&since=24h',
    `why/${entries[0]?.address ?? '192.0.2.1'}`,
    'addresses?state=held',
    'why/talk.google.com',
    'generations',
    'why/127.0.0.1',
    'feeds',
    'integrity',
    'feeds?format=nft',
    'tokens',
    'nothing-of-that-name',
  ];
}

// rules: of axe, all if left out; none: widths alone are looked at.
const everyView =
  (size, scheme, rules) =>
  async ({ browser, base }) => {
    const page = await openPage(browser, { size, scheme });
    const found = [];
    for (const view of await views(base)) {
      await openView(page, base, view);
      if (rules !== NONE) found.push(...(await axeFindings(page, rules)).map((line) => `#/${view} ${line}`));
      const tooWide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (tooWide > 0) found.push(`#/${view} is ${tooWide} px wider than the window`);
      // The browser of the tests draws no scroll bars: what is kept free for one would be a gap.
      const gap = await page.evaluate(() => innerWidth - document.querySelector('.top').offsetWidth);
      if (gap) found.push(`#/${view} leaves ${gap} px beside the header`);
    }
    assert.deepEqual(found, []);
    await page.done();
  };

export default {
  'every view, light': everyView(WIDE, 'light'),
  // The dark has other colours, and nothing else.
  'every view, dark': everyView(WIDE, 'dark', ['color-contrast']),
  'every view, at the width of a phone': everyView(PHONE, 'light'),
  'every view at 360 px': everyView(NARROWEST, 'dark', NONE),

  'details, dialogs and completions too': async ({ browser, base }) => {
    const page = await openPage(browser);
    const found = [];
    const look = async (what) => found.push(...(await axeFindings(page)).map((line) => `${what} ${line}`));
    await page.goto(`${base}/#/history`);
    await page.locator('.line:not(.pending) .c-time').first().click();
    await page.locator('aside.drawer').waitFor();
    await look('details');
    await page.keyboard.press('Escape');
    await page.locator('#search').fill('type:');
    await page.getByRole('option').first().waitFor();
    await look('completions');
    await page.goto(`${base}/#/addresses`);
    await page
      .getByRole('checkbox', { name: /Select \d/ })
      .first()
      .check();
    await look('the choice of decisions');
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await look('a decision');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await look('help');
    assert.deepEqual(found, []);
    await page.done();
  },

  'charts follow the theme': async ({ browser, base, dns }) => {
    await ask(dns, 'talk.google.com');
    // That a canvas is read again and again is advised against.
    const page = await openPage(browser, { expects: (text) => text.includes('getImageData') });
    await openView(page, base, '');
    // Whether the bars of what is sinkholed are painted as their swatch is coloured; and how that is.
    const painted = () =>
      page.evaluate(() => {
        const colour = getComputedStyle(document.querySelector('.swatch.sinkhole')).backgroundColor;
        const canvas = document.querySelector('section[aria-label="Queries by verdict"] canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const wanted = colour.match(/\d+/g).map(Number);
        for (let at = 0; at < data.length; at += 4)
          if (data[at + 3] === 255 && wanted.every((part, index) => data[at + index] === part)) return colour;
        return null;
      });
    const light = await until('bars in the light', painted);
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await until('bars in the dark of the system', async () => {
      const colour = await painted();
      return colour !== light && colour;
    });
    await page.getByRole('button', { name: /^Theme/ }).click();
    await until('bars in the light that was chosen', async () => (await painted()) === light);
    await page.getByRole('button', { name: /^Theme/ }).click();
    await until('bars in the dark that was chosen', async () => (await painted()) === dark);
    await page.done();
  },

  'keys go to views, and the theme is remembered': async ({ browser, base }) => {
    const page = await openPage(browser);
    await page.goto(`${base}/`);
    await page.locator('.tiles').waitFor();
    for (const [key, view] of [
      ['h', 'history'],
      ['a', 'addresses'],
      ['g', 'generations'],
      ['f', 'feeds'],
      ['i', 'integrity'],
      ['s', 'tokens'],
      ['o', 'overview'],
    ]) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.locator(`main.view-${view}`).waitFor();
    }
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByRole('button', { name: /^Theme/ }).click();
    await page.getByRole('button', { name: /^Theme/ }).click();
    assert.notEqual(await ground(), light);
    const dark = await ground();
    await page.reload();
    assert.equal(await ground(), dark);
    await page.getByRole('button', { name: 'Exact times' }).click();
    await page.goto(`${base}/#/integrity`);
    await page
      .locator('time.ago', { hasText: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/ })
      .first()
      .waitFor();
    await page.done();
  },
};

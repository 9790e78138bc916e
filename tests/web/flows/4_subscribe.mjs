// A firewall is given its URL, fetches, and the light turns green.
import assert from 'node:assert/strict';
import { api, openPage, PHONE, until, WIDE } from '../browser.mjs';

const subscribe =
  (size, scheme, product, format) =>
  async ({ browser, base }) => {
    const page = await openPage(browser, { size, scheme });
    await page.goto(`${base}/#/feeds`);
    await page.getByLabel('Search for a product').fill(product);
    await page.getByRole('radio', { name: new RegExp(`\\.${format}$`) }).check();
    await page.locator('.light.waiting').waitFor();
    const url = await page.locator('.url code').first().textContent();
    assert.ok(url.endsWith(`/feed/google-talk.${format}`), url);
    await until('the first lines', async () => /\d/.test(await page.locator('.preview').textContent()));
    // The look at the first lines is no fetch of a firewall.
    assert.equal(await page.locator('.light.green').count(), 0);
    const browserItself = await page.evaluate(() => navigator.userAgent);
    const { subscribers } = await api(base, 'subscribers');
    assert.ok(subscribers.every((one) => one.user_agent !== browserItself));
    const answer = await fetch(`${base}${new URL(url).pathname}`, {
      headers: { 'User-Agent': 'a firewall of the flows' },
    });
    await answer.text();
    assert.equal(answer.status, 200);
    await page.locator('.light.green').waitFor();
    await page.getByText('has fetched it').first().waitFor();
    await page
      .getByRole('table', { name: 'Subscribers' })
      .locator('tr', { hasText: `google-talk.${format}` })
      .first()
      .waitFor();
    await page.done();
  };

export default {
  'the light turns green at the first fetch': subscribe(WIDE, 'light', 'forti', 'fortigate'),
  'the same at the width of a phone, in the dark': subscribe(PHONE, 'dark', 'pfsense', 'pfsense'),

  'a family and networks are in the URL': async ({ browser, base }) => {
    const page = await openPage(browser);
    await page.goto(`${base}/#/feeds?format=txt`);
    await page.getByLabel('Family', { exact: true }).selectOption('4');
    await page.getByLabel('Aggregation', { exact: true }).selectOption('lossless');
    await until('both', async () =>
      (await page.locator('.url code').first().textContent()).endsWith('.txt?family=4&aggregation=lossless'),
    );
    await page.done();
  },
};

// From another machine: a token is asked for, kept for the tab, shown with each call; what it does not allow is not
// offered. SINKFEED_TOKENS: a token of each scope, as JSON; for a browser on the daemon's own machine there is nothing
// to see here.
import assert from 'node:assert/strict';
import { openPage, until } from '../browser.mjs';

const TOKENS = JSON.parse(process.env.SINKFEED_TOKENS ?? '{}');
const expects = (text) => text.includes('401');

async function signedIn(browser, scope) {
  const page = await openPage(browser, { expects });
  await page.addInitScript((token) => sessionStorage.setItem('token', token), TOKENS[scope]);
  return page;
}

const seen = async (page) => (await page.locator('nav a:visible').allTextContents()).join();

const flows = {
  'a token signs in, and is kept for the tab': async ({ browser, base }) => {
    const page = await openPage(browser, { expects });
    await page.goto(`${base}/#/history`);
    await page.getByText('other machines show a token').waitFor();
    await page.getByText('sinkfeed token create NAME --scope read').waitFor();
    await page.getByLabel('Token').fill('sf_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('this token is not known here').waitFor();
    await page.getByLabel('Token').fill(TOKENS.read);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.line:not(.pending) .c-name').first().waitFor();
    // The state comes over a stream, which shows the token too.
    await page.locator('.state.well, .state.warning').waitFor();
    let refused = 0;
    page.on('response', (answer) => {
      if (answer.status() === 401) refused++;
    });
    await page.reload();
    await page.locator('.line:not(.pending) .c-name').first().waitFor();
    assert.equal(refused, 0);
    await page.getByText('Export').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'JSON lines' }).click(),
    ]);
    const text = await new Response(await download.createReadStream()).text();
    assert.ok(JSON.parse(text.split('\n')[0]).name, text.slice(0, 200));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    await page.done();
  },

  'who may only read is offered nothing else': async ({ browser, base }) => {
    const page = await signedIn(browser, 'read');
    await page.goto(`${base}/#/addresses`);
    await page.locator('tbody tr').first().waitFor();
    assert.equal(await page.getByRole('checkbox').count(), 0);
    assert.equal(await seen(page), 'Overview,History,Addresses,Generations,Feeds,Integrity');
    await page.goto(`${base}/#/integrity`);
    await page.getByRole('button', { name: 'Verify now' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Erase …' }).count(), 0);
    await page.goto(`${base}/#/generations`);
    await page.getByRole('table', { name: 'Generations' }).locator('tbody tr').first().waitFor();
    assert.equal(await page.getByRole('button', { name: /Roll back/ }).count(), 0);
    await page.goto(`${base}/#/`);
    await until('the lists', () =>
      page.evaluate(() => document.querySelector('.tiles') && !document.querySelector('main [aria-busy=true]')),
    );
    await page.goto(`${base}/#/tokens`);
    await page.getByText('This token may not see that.').waitFor();
    await page.done();
  },

  'who may only fetch feeds sees feeds': async ({ browser, base }) => {
    const page = await signedIn(browser, 'feed');
    await page.goto(`${base}/`);
    await page.locator('main.view-generations').waitFor();
    await page.goto(`${base}/#/feeds?format=txt`);
    await page.locator('.url code').first().waitFor();
    await until('two views', async () => (await seen(page)) === 'Generations,Feeds');
    await page.done();
  },

  'who may only report is told so': async ({ browser, base }) => {
    const page = await signedIn(browser, 'observe');
    await page.goto(`${base}/`);
    await page.getByText('This token may not see that.').waitFor();
    assert.equal(await seen(page), '');
    await page.done();
  },

  'an administrator decides, but makes no tokens': async ({ browser, base }) => {
    const page = await signedIn(browser, 'admin');
    await page.goto(`${base}/#/tokens`);
    await page.getByText('Tokens are made and revoked on the server itself').waitFor();
    await page.getByRole('table', { name: 'Tokens' }).locator('tr', { hasText: 'page-admin' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /New token|Revoke|New secret/ }).count(), 0);
    await page.goto(`${base}/#/addresses?state=published`);
    await page.locator('tbody tr').first().getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('from another machine');
    await page.getByRole('dialog').getByRole('button', { name: 'Hold' }).click();
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.locator('.toast', { hasText: 'Undone' }).waitFor();
    // On record as the token.
    await page.goto(`${base}/#/integrity`);
    await page.getByText('token page-admin').first().waitFor();
    await page.done();
  },
};

export default Object.fromEntries(
  Object.entries(flows).map(([name, flow]) => [
    name,
    TOKENS.read ? flow : () => ({ skipped: 'this is the machine itself' }),
  ]),
);

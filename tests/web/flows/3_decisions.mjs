// An address is held and leaves the feed; the decision is taken back and it returns.
import assert from 'node:assert/strict';
import { api, ask, openPage, PHONE, until, WIDE } from '../browser.mjs';

const inFeed = async (base, address) => {
  const answer = await fetch(`${base}/feed/google-talk.txt`);
  return (await answer.text()).split('\n').includes(address);
};

async function published(base, dns) {
  await ask(dns, 'talk.google.com');
  return until('an address that is published', async () => {
    const { entries } = await api(base, 'ips?state=published&limit=50');
    return entries.length > 1 && entries.at(-1).address;
  });
}

const holdAndUndo =
  (size, scheme) =>
  async ({ browser, base, dns }) => {
    const address = await published(base, dns);
    await until('it is in the feed', () => inFeed(base, address));
    const page = await openPage(browser, { size, scheme });
    await page.goto(`${base}/#/addresses?network=${address}`);
    const row = page.locator('tbody tr', { hasText: address });
    await row.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('will leave the feeds at once').waitFor();
    await dialog.getByLabel('For', { exact: true }).selectOption('2h');
    await dialog.getByText('for 2 hours').waitFor();
    // Without a reason nothing is done.
    await dialog.getByRole('button', { name: 'Hold' }).click();
    assert.ok(await dialog.isVisible());
    await dialog.getByLabel('Reason').fill('a test holds it');
    await dialog.getByRole('button', { name: 'Hold' }).click();
    await row.locator('.ledger-state.held').waitFor();
    await until('it has left the feed', async () => !(await inFeed(base, address)));
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await row.locator('.ledger-state.published').waitFor();
    await until('it is back in the feed', () => inFeed(base, address));

    await page.goto(`${base}/#/why/${address}`);
    await page.getByText('a test holds it', { exact: true }).first().waitFor();
    await page.goto(`${base}/#/integrity`);
    await page.getByText('ips/hold').first().waitFor();
    await page.done();
  };

export default {
  'hold an address, see it leave the feed, undo': holdAndUndo(WIDE, 'light'),
  'the same at the width of a phone, in the dark': holdAndUndo(PHONE, 'dark'),

  'generations show what came and went': async ({ browser, base }) => {
    const page = await openPage(browser);
    await page.goto(`${base}/#/generations`);
    await page.getByRole('table', { name: 'Generations' }).locator('tbody tr').first().waitFor();
    await page.locator('.diff-place:not([aria-busy])').waitFor();
    const first = await page.locator('select[aria-label="From generation"]').inputValue();
    await page.locator('select[aria-label="From generation"]').selectOption({ index: 2 });
    await until('another comparison', () => page.url().includes('from=') && !page.url().includes(`from=${first}&`));
    await page.done();
  },

  'the feeds go back to a generation, and are released': async ({ browser, base }) => {
    const page = await openPage(browser);
    await page.goto(`${base}/#/generations`);
    const rows = page.getByRole('table', { name: 'Generations' }).locator('tbody tr');
    await rows.first().waitFor();
    const { generations } = await api(base, 'generations?limit=50');
    const { number, published } = generations.at(-1),
      before = generations[0].published;
    await page.getByRole('button', { name: `Roll back to generation ${number}`, exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(`as they were in generation ${number}`).waitFor();
    await dialog.getByLabel('Reason').fill('a test goes back');
    await dialog.getByRole('button', { name: 'Roll back' }).click();
    await page.locator('.toast', { hasText: `The feeds are as in generation ${number}` }).waitFor();
    const held = page.locator('.notice', { hasText: `The feeds are those of generation ${number}` });
    await held.getByText('a test goes back').waitFor();
    const entries = async () => (await api(base, 'generations?limit=1')).generations[0].published;
    assert.equal(await entries(), published);

    await held.getByRole('button', { name: 'Release …' }).click();
    await dialog.getByLabel('Reason').fill('a test goes on');
    await dialog.getByRole('button', { name: 'Release' }).click();
    await page.locator('.toast', { hasText: 'The feeds are released' }).waitFor();
    await held.waitFor({ state: 'detached' });
    assert.ok((await entries()) >= before);
    assert.equal((await api(base, 'waiting')).pin, undefined);
    await page.done();
  },

  'the chain is verified': async ({ browser, base }) => {
    const page = await openPage(browser);
    await page.goto(`${base}/#/integrity`);
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('All of it is as it was written.').first().waitFor();
    await page.done();
  },

  'a time is held from being deleted, and released': async ({ browser, base }) => {
    const page = await openPage(browser);
    await page.goto(`${base}/#/integrity`);
    await page.getByRole('button', { name: 'Hold …' }).click();
    await page.getByRole('dialog').getByLabel('From').fill('1h');
    await page.getByRole('dialog').getByLabel('Reason').fill('a test of holds');
    await page.getByRole('dialog').getByRole('button', { name: 'Hold' }).click();
    const held = page.getByRole('table', { name: 'Holds' }).locator('tr', { hasText: 'a test of holds' });
    await held
      .first()
      .getByRole('button', { name: /Release hold/ })
      .click();
    await page.getByRole('dialog').getByLabel('Reason').fill('done');
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await held.first().waitFor({ state: 'detached' });
    await page.done();
  },

  'a token is made, shown once, given a new secret, and revoked': async ({ browser, base }) => {
    const page = await openPage(browser);
    await page.goto(`${base}/#/tokens`);
    await page.getByRole('button', { name: 'New token …' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('flow-test');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    const secret = page.getByRole('dialog').locator('.url code');
    await page.getByText('This is shown once').waitFor();
    const first = await secret.textContent();
    const isTaken = async (token) =>
      (await fetch(`${base}/api/v1/whoami`, { headers: { Authorization: `Bearer ${token}` } })).ok;
    assert.ok(await isTaken(first));
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'New secret for flow-test' }).click();
    await page.getByLabel('The one before is good for').fill('1h');
    await page.getByRole('button', { name: 'Make one' }).click();
    await page.getByText('This is shown once').waitFor();
    const second = await secret.textContent();
    assert.notEqual(first, second);
    assert.ok((await isTaken(first)) && (await isTaken(second)));
    await page.keyboard.press('Escape');
    await page.getByRole('table', { name: 'Tokens' }).locator('tr', { hasText: 'good until' }).waitFor();
    await page.getByRole('button', { name: 'Revoke flow-test' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Revoke flow-test' }).waitFor({ state: 'detached' });
    assert.ok(!(await isTaken(first)) && !(await isTaken(second)));
    await page.done();
  },
};

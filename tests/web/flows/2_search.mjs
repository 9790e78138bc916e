// The search of the history as a person does it.
import assert from 'node:assert/strict';
import { ask, openPage, PHONE, until, WIDE } from '../browser.mjs';

const CLIENTS = ['127.0.0.71', '127.0.0.72'];

async function fill(dns) {
  for (const from of CLIENTS) {
    for (const [name, type] of [
      ['talk.google.com', 1],
      ['talk.google.com', 28],
      ['www.example.com', 1],
      ['mail.example.com', 28],
    ])
      await ask(dns, name, { type, from });
  }
}

const names = (page) => page.locator('.line:not([hidden]):not(.pending) .c-name').allTextContents();
const clients = (page) => page.locator('.line:not([hidden]):not(.pending) .c-client').allTextContents();

async function search(page, base) {
  await page.goto(`${base}/#/history`);
  await page.locator('.line:not(.pending) .c-name').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('client:127.0.0.71');
  await page.keyboard.press('Enter');
  await until('one client alone', async () => {
    const found = await clients(page);
    return found.length && found.every((client) => client === CLIENTS[0]);
  });
  assert.match(page.url(), /#\/history\?client=127\.0\.0\.71$/);
}

export default Object.fromEntries(
  [
    [WIDE, 'light'],
    [PHONE, 'dark'],
  ]
    .flatMap(([size, scheme]) => {
      const where = `${size.width} px, ${scheme}`;
      return [
        [
          `a search, a click adds a filter, its chip takes it away (${where})`,
          async ({ browser, base, dns }) => {
            await fill(dns);
            const page = await openPage(browser, { size, scheme });
            await search(page, base);
            await page
              .locator('.line:not([hidden]) .c-name', { hasText: /^talk\.google\.com$/ })
              .first()
              .click();
            await until('one name alone', async () => {
              const found = await names(page);
              return found.length && found.every((name) => name === 'talk.google.com');
            });
            assert.match(
              page.url(),
              /client=127\.0\.0\.71&name=talk\.google\.com$|name=talk\.google\.com&client=127\.0\.0\.71$/,
            );
            await page.getByRole('button', { name: 'Without name talk.google.com' }).click();
            await until('other names again', async () =>
              (await names(page)).some((name) => name === 'www.example.com'),
            );
            await page.goBack();
            await until('the search before', async () =>
              (await names(page)).every((name) => name === 'talk.google.com'),
            );
            await page.done();
          },
        ],
      ];
    })
    .concat([
      [
        'everything of a query is in its details, by keyboard alone',
        async ({ browser, base, dns }) => {
          await fill(dns);
          const page = await openPage(browser);
          await page.goto(`${base}/#/history?name=talk.google.com`);
          await page.locator('.line:not(.pending) .c-name').first().waitFor();
          await page.keyboard.press('j');
          await page.keyboard.press('j');
          await page.keyboard.press('o');
          const detail = page.locator('aside.drawer');
          await detail.waitFor();
          for (const title of [
            'Time',
            'Client',
            'Name',
            'Type',
            'Verdict',
            'Rule',
            'Code',
            'Answers',
            'From',
            'Latency',
          ]) {
            assert.ok(await detail.locator('dt', { hasText: new RegExp(`^${title}$`) }).count(), title);
          }
          await detail.getByRole('button', { name: 'Copy name' }).waitFor();
          await page.keyboard.press('Escape');
          await detail.waitFor({ state: 'detached' });
          await page.keyboard.press('ArrowRight');
          await page.keyboard.press('Enter');
          await until('a filter by keyboard', () => /client=127/.test(page.url()));
          await page.done();
        },
      ],
      [
        'keys and values are completed',
        async ({ browser, base }) => {
          const page = await openPage(browser);
          await page.goto(`${base}/#/history`);
          await page.locator('#search').fill('ver');
          await page.getByRole('option', { name: /^verdict:/ }).waitFor();
          await page.keyboard.press('ArrowDown');
          await page.keyboard.press('Enter');
          await page.getByRole('option', { name: 'verdict:sinkhole' }).waitFor();
          await page.keyboard.press('ArrowDown');
          await page.keyboard.press('ArrowDown');
          await page.keyboard.press('Enter');
          assert.equal(await page.locator('#search').inputValue(), 'verdict:sinkhole ');
          await page.keyboard.press('Enter');
          await until('the search', () => /verdict=sinkhole/.test(page.url()));
          await page.done();
        },
      ],
      [
        'what is wrong in a search is said',
        async ({ browser, base }) => {
          const page = await openPage(browser, { expects: (text) => text.includes('400') });
          await page.goto(`${base}/#/history?verdict=nonsense`);
          await page.getByText('is no verdict').waitFor();
          await page.done();
        },
      ],
      [
        'lost records, damage and progress are shown, and a search can be stopped',
        async ({ browser, base }) => {
          const page = await openPage(browser);
          const row = {
            kind: 'query',
            time: '2026-11-26T10:00:00.000001Z',
            client: '10.0.0.7',
            port: 1024,
            transport: 'udp',
            name: 'found.example',
            type: 'A',
            verdict: 'pass',
            rule: '',
            rcode: 'NOERROR',
            answers: [],
            origin: 'cache',
            latency_us: 9,
          };
          let waiting = 0;
          await page.route('**/api/v1/history?*', async (route) => {
            const { searchParams } = new URL(route.request().url());
            if (!searchParams.get('cursor')) {
              return route.fulfill({
                json: {
                  records: [row, { kind: 'gap', time: row.time, lost: 1234 }],
                  more: true,
                  next: '1.1',
                  reached: '2026-11-25T10:00:00Z',
                  damage: 'block 7 cannot be read',
                },
              });
            }
            // Never answered: the search takes for ever.
            waiting++;
          });
          await page.route('**/api/v1/history/top?*', () => {});
          await page.goto(`${base}/#/history?name=found.example`);
          await page.getByText('1,234 queries are missing here').waitFor();
          await page.getByText('block 7 cannot be read').waitFor();
          await page.getByText('searched back to').waitFor();
          await page.getByRole('button', { name: 'Do not count' }).click();
          await page.getByRole('button', { name: 'Do not count' }).waitFor({ state: 'detached' });
          await page.getByRole('button', { name: 'Stop', exact: true }).click();
          await page.getByRole('button', { name: 'Go on' }).click();
          await until('it goes on', () => waiting > 1);
          await page.done();
        },
      ],
      [
        'the export is of what is searched',
        async ({ browser, base, dns }) => {
          await fill(dns);
          const page = await openPage(browser);
          await page.goto(`${base}/#/history?client=127.0.0.72&type=AAAA`);
          await page.locator('.line:not(.pending) .c-name').first().waitFor();
          await page.getByText('Export').click();
          const [download] = await Promise.all([
            page.waitForEvent('download'),
            page.getByRole('link', { name: 'JSON lines' }).click(),
          ]);
          const text = await new Response(await download.createReadStream()).text();
          const rows = text
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line));
          assert.ok(rows.length > 0);
          for (const row of rows.filter((one) => one.kind !== 'gap')) {
            assert.equal(row.client, '127.0.0.72');
            assert.equal(row.type, 'AAAA');
          }
          await page.done();
        },
      ],
    ]),
);

// What is asked when somebody presses a button: what a client is told now, whether settings are right, and what comes after the first part
// of a list. Answers are made here where a daemon's would
// be others each time.
import assert from 'node:assert/strict';
import { axeFindings, openPage, PHONE, until, WIDE } from '../browser.mjs';

// answer(parameters): what the call gives; {status, body} if it is a problem. Returns the questions that came.
async function stub(page, name, answer) {
  const asked = [];
  await page.route(
    (url) => url.pathname === `/api/v1/${name}`,
    (route) => {
      const parameters = Object.fromEntries(new URL(route.request().url()).searchParams);
      asked.push(parameters);
      const { status = 200, body, ...value } = answer(parameters);
      return route.fulfill({ status, json: body ?? value });
    },
  );
  return asked;
}

// A list of three parts of two, by `cursor`: row(index) makes one.
const inParts =
  (key, row, more = {}) =>
  ({ cursor = '0' }) => {
    const first = Number(cursor);
    return { ...more, [key]: [row(first), row(first + 1)], ...(first < 4 && { next: String(first + 2) }) };
  };

// Presses the button until there is nothing more to come.
async function loadAll(section, table, text, counts) {
  const rows = section.getByRole('table', { name: table }).locator('tbody tr');
  for (const [index, count] of counts.entries()) {
    await until(`${count} rows`, async () => (await rows.count()) === count);
    const button = section.getByRole('button', { name: text });
    if (index === counts.length - 1) return button.waitFor({ state: 'detached' });
    await section.getByText(`${count.toLocaleString('en-US')} shown, there is more`).waitFor();
    await button.click();
  }
}

const told =
  (size, scheme) =>
  async ({ browser, base }) => {
    const page = await openPage(browser, { size, scheme, expects: (text) => text.includes('503') });
    const asked = await stub(page, 'query', ({ name, type }) =>
      type === 'SRV'
        ? { status: 503, body: { title: 'Unavailable', status: 503, detail: 'no answer from 127.0.0.1:53' } }
        : {
            name,
            type,
            server: '127.0.0.1:53',
            rcode: 'NOERROR',
            why: 'blocked: google-talk: <b>suffix</b> talk.google.com',
            extended_error: '15 google-talk\u202e',
            milliseconds: 0.4321,
            answers: type === 'A' ? ['talk.google.com. 60 IN A 192.0.2.1'] : [],
          },
    );
    await page.goto(`${base}/#/why/talk.google.com`);
    const section = page.getByRole('region', { name: 'What a client is told now' });
    const ask = section.getByRole('button', { name: 'Ask' });
    await ask.waitFor();
    assert.deepEqual(asked, []);
    await ask.click();
    await section.getByText('talk.google.com. 60 IN A 192.0.2.1').waitFor();
    await section.getByText('blocked: google-talk: <b>suffix</b> talk.google.com').waitFor();
    await section.getByText('15 google-talk\\u{202e}').waitFor();
    await section.getByText('in 0.4 ms').waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await section.getByLabel('Type').selectOption('HTTPS');
    await ask.click();
    await section.getByText('none', { exact: true }).waitFor();
    await section.getByLabel('Type').selectOption('SRV');
    await ask.click();
    await section.getByText('no answer from 127.0.0.1:53').waitFor();
    assert.deepEqual(
      asked.map(({ name, type }) => `${name} ${type}`),
      ['A', 'HTTPS', 'SRV'].map((type) => `talk.google.com ${type}`),
    );
    await page.done();
  };

export default {
  'what a client is told now': told(WIDE, 'light'),
  'the same at the width of a phone, in the dark': told(PHONE, 'dark'),

  'settings are checked, and what a reload would change is said': async ({ browser, base }) => {
    const page = await openPage(browser);
    const settings = '/etc/sinkfeed/sinkfeed.toml';
    const answers = [
      { settings, right: true, profiles: ['google-talk'], changed: ['dns.listen', 'http.allow'] },
      { settings, right: true, profiles: ['google-talk'], changed: [] },
      { settings, right: false, problem: `${settings}: line 3: there is no setting "dsn"` },
    ];
    await stub(page, 'check', () => answers.shift());
    await page.goto(`${base}/#/tokens`);
    const check = page.getByRole('button', { name: 'Check settings' });
    await check.click();
    await page.getByText('A reload would change dns.listen, http.allow.').waitFor();
    await check.click();
    await page.getByText('A reload would change nothing.').waitFor();
    await check.click();
    await page.locator('p.problem', { hasText: 'They are not right: /etc/sinkfeed/sinkfeed.toml: line 3' }).waitFor();
    await page.done();
  },

  'decisions and actions go on to older ones': async ({ browser, base }) => {
    const page = await openPage(browser);
    const time = '2026-11-26T12:00:00Z';
    await stub(
      page,
      'decisions',
      inParts('decisions', (index) => ({
        time,
        what: 'hold',
        address: `192.0.2.${index}`,
        by: 'root',
        reason: 'a test',
      })),
    );
    const asked = await stub(page, 'history/links', ({ kind, limit, before = '251' }) => {
      const links = Array.from({ length: Math.min(Number(limit), Number(before) - 1) }, (_, index) => ({
        number: Number(before) - 1 - index,
        time,
        kind: kind ?? 'action',
        hash: 'ab'.repeat(32),
        text: '{"who":"root","action":"ips/hold"}',
      }));
      return { length: 250, node: 'cd'.repeat(32), links };
    });
    await page.goto(`${base}/#/integrity`);
    const section = (name) => page.getByRole('region', { name });
    await loadAll(section('Decided of addresses and feeds'), 'Decisions', 'Show older', [2, 4, 6]);
    await loadAll(section('Who did what'), 'Actions', 'Show older', [100, 200, 250]);
    assert.deepEqual(
      asked.filter(({ kind }) => kind === 'action').map(({ before }) => before),
      [undefined, '151', '51'],
    );
    assert.deepEqual(await axeFindings(page), []);
    await page.done();
  },

  'what waits is there in full': async ({ browser, base }) => {
    const page = await openPage(browser);
    const change = (index) => ({
      change: 'comes',
      address: `192.0.2.${index}`,
      profile: 'google-talk',
      reason: 'too many at once',
    });
    const more = { all: 6, profiles: [{ profile: 'google-talk', coming: 6, going: 0 }] };
    await stub(page, 'waiting', inParts('waiting', change, more));
    await page.goto(`${base}/#/generations`);
    await page.getByText('6 changes wait for a person').waitFor();
    await page.getByText('What waits', { exact: true }).first().click();
    await loadAll(page.locator('main details').first(), 'What waits', 'Show more', [2, 4, 6]);
    await page.done();
  },

  'firewalls are shown a thousand at a time, and the light sees all of them': async ({ browser, base }) => {
    const page = await openPage(browser);
    let polls = 0;
    const subscriber = (index) => ({
      address: `10.0.${index >> 8}.${index & 255}`,
      who: '',
      feed: 'google-talk.txt',
      user_agent: 'curl',
      holds: 1,
      behind: false,
      behind_generations: 0,
      behind_seconds: 0,
      late: 'no',
      last_seen: '2026-11-26T12:00:00Z',
      interval_seconds: 60,
      polls: 1,
      ok: 1,
      not_modified: 0,
      other: 0,
      bytes: 100,
    });
    await stub(page, 'subscribers', ({ cursor = '0' }) => {
      const first = Number(cursor),
        length = Math.min(1000, 2500 - first);
      const subscribers = Array.from({ length }, (_, index) => subscriber(first + index));
      if (first + length === 2500) subscribers.at(-1).polls += polls++; // has fetched again
      return { subscribers, ...(first + length < 2500 && { next: String(first + length) }) };
    });
    await page.goto(`${base}/#/feeds`);
    await page.getByText('1,000 firewalls and more').waitFor();
    await loadAll(page.getByRole('region', { name: 'Subscribers' }), 'Subscribers', 'Show more', [1000, 2000, 2500]);
    await page.goto(`${base}/#/feeds?format=txt`);
    await page.locator('.light.green', { hasText: '10.0.9.195 has fetched it' }).waitFor();
    await page.done();
  },
};

// What is asked when somebody presses a button: what a client is told now, whether settings are right. Answers are made here where a daemon's would
// be others each time.
import assert from 'node:assert/strict';
import { axeFindings, openPage, PHONE, WIDE } from '../browser.mjs';

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
};

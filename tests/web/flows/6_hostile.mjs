// What others choose stays text, whatever it is, in every cell of every view.
import assert from 'node:assert/strict';
import { openPage, openView, PHONE, WIDE } from '../browser.mjs';

const TEXTS = [
  '<script>window.hurt=1</script>',
  '<img src=x onerror="window.hurt=1">',
  '\u202egnp.exe',
  'a\u0000b\u001b[31m\u0007',
  '\ud800half',
  'x'.repeat(255),
  '"><svg onload=window.hurt=1>',
  '\u2066\u2067isolated',
  '\u200b\ufeff',
  '&lt;b&gt;',
  "javascript:window.hurt=1//'",
  '\u0e49'.repeat(60),
];
// What the page goes by rather than shows.
const MEANT = new Set([
  'kind',
  'state',
  'sharing',
  'freshness',
  'late',
  'change',
  'list',
  'verdict',
  'format',
  'cause',
  'scopes',
  'how',
  'next',
  'cursor',
  'more',
  'hash',
]);

function withHostileTexts(value) {
  let next = 0;
  const walk = (one, key) => {
    if (MEANT.has(key)) return one;
    if (typeof one === 'string') return /^\d{4}-\d\d-\d\dT/.test(one) ? one : TEXTS[next++ % TEXTS.length];
    if (Array.isArray(one)) return one.map((item) => walk(item, key));
    if (one && typeof one === 'object')
      return Object.fromEntries(Object.entries(one).map(([name, item]) => [name, walk(item, name)]));
    return one;
  };
  return walk(value, '');
}

const everyView =
  (size) =>
  async ({ browser, base }) => {
    // A feed of such a name is none that the daemon has.
    const page = await openPage(browser, { size, expects: (text) => /40[04]/.test(text) });
    await page.route('**/api/v1/**', async (route) => {
      if (/whoami|\/live|timeline/.test(route.request().url())) return route.continue();
      const answer = await route.fetch();
      // As JSON, half a surrogate pair travels as an escape.
      return route.fulfill({ response: answer, body: JSON.stringify(withHostileTexts(await answer.json())) });
    });
    for (const view of [
      '',
      'history',
      'addresses',
      'why/talk.google.com',
      'generations',
      'why/192.0.2.7',
      'feeds',
      'integrity',
      'tokens',
    ]) {
      await openView(page, base, view);
      const { hurt, unseen, made, problems, tooWide } = await page.evaluate(() => ({
        hurt: window.hurt,
        unseen: /[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069\u200b\ufeff]/.test(document.body.innerText),
        made: document.querySelectorAll('main script, main img, main svg').length,
        problems: [...document.querySelectorAll('main .notice.problem, main p.problem')]
          .map((one) => one.textContent)
          .join(),
        tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      }));
      assert.equal(hurt, undefined, view);
      assert.equal(unseen, false, `#/${view} shows characters that cannot be seen`);
      assert.equal(made, 0, view);
      // Two generations of a feed that is none cannot be compared.
      if (view !== 'generations') assert.equal(problems, '', view);
      assert.ok(tooWide <= 0, `#/${view} is ${tooWide} px wider than the window`);
    }
    await page.goto(`${base}/#/history`);
    await page.locator('.line:not(.pending) .c-time').first().click();
    await page.locator('aside.drawer').waitFor();
    assert.equal(await page.evaluate(() => window.hurt), undefined);
    await page.done();
  };

export default { 'in every view': everyView(WIDE), 'at the width of a phone': everyView(PHONE) };

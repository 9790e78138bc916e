// What all flows share: Debian's Chromium, a page that may not complain, axe, questions to the daemon's DNS.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// Where `npm install playwright-core axe-core` was done.
const require = createRequire(`${process.env.SINKFEED_NPM ?? process.cwd()}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const WIDE = { width: 1440, height: 900 },
  PHONE = { width: 390, height: 844 },
  NARROWEST = { width: 360, height: 640 };

// So long that no flow goes by how fast the machine is.
const PATIENCE_S = 60;

export async function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
}

// A page whose errors, and violations of its Content-Security-Policy, are kept: `check()` fails if there were any.
// `expects(text)`: errors that the flow makes itself.
export async function openPage(browser, { size = WIDE, scheme = 'light', expects = () => false, headers } = {}) {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: scheme,
    hasTouch: size !== WIDE,
    reducedMotion: 'reduce',
    extraHTTPHeaders: headers,
  });
  context.setDefaultTimeout(PATIENCE_S * 1000);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error.stack)));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  page.check = () =>
    assert.deepEqual(
      complaints.filter((text) => !expects(text)),
      [],
    );
  page.done = async () => {
    page.check();
    // What the page asks at its end is of no matter.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  };
  return page;
}

// Waits for what the function gives to be true; it is asked in Node.
export async function until(what, condition, seconds = PATIENCE_S) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come true within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Goes to a view within the page as it is, or loads the page with it, and waits until all of it is there. One view after
// another of the same kind cannot be told from the one before.
export async function openView(page, base, view) {
  await page.goto(`${base}/#/${view}`);
  const kind = view.split(/[/?]/)[0] || 'overview';
  await until(`#/${view}`, () =>
    page.evaluate((name) => {
      const main = document.querySelector('main');
      const isIt =
        main.classList.contains(`view-${name}`) || (!main.className && main.textContent.includes('no such page'));
      return isIt && main.querySelector('h1') && !main.querySelector('[aria-busy=true]');
    }, kind),
  );
}

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// Everything that axe finds, as lines; by evaluating it in the page, because the page's policy lets in no other script.
export async function axeFindings(page, runOnly = STANDARDS) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (only) => axe.run(document, { runOnly: only, resultTypes: ['violations'] }),
    runOnly,
  );
  return violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll('\n', ' ')}`),
  );
}

function question(name, type) {
  const labels = Buffer.isBuffer(name)
    ? name
    : Buffer.concat(
        name.split('.').map((label) => Buffer.concat([Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)])),
      );
  const head = Buffer.from([Math.random() * 256, Math.random() * 256, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, labels, Buffer.from([0, type >> 8, type & 255, 0, 1])]);
}

// Asks, and resolves when it is answered; from 127.0.0.1, or another address of this machine. `at`: HOST:PORT.
export function ask(at, name, { type = 1, from = '127.0.0.1' } = {}) {
  const [, host, port] = /^(.*):(\d+)$/.exec(at);
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    const timer = setTimeout(() => {
      socket.close();
      reject(new Error(`${at} does not answer`));
    }, 5000);
    socket.on('message', (answer) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    });
    socket.bind(0, from, () => socket.send(question(name, type), Number(port), host));
  });
}

export async function api(base, call, body) {
  const answer = await fetch(
    `${base}/api/v1/${call}`,
    body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) },
  );
  const value = await answer.json();
  assert.ok(answer.ok, `${call}: ${JSON.stringify(value)}`);
  return value;
}

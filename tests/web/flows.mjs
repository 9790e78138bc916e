// The page as people use it, in a browser, against a running daemon. README.md says what it needs.
//   node flows.mjs BASE DNS [TOPIC[:WORDS]…]
// DNS: HOST:PORT of the same daemon. A topic is a file in flows/; with words, those of its flows that have them in
// their name.
import { readdirSync } from 'node:fs';
import { openBrowser } from './browser.mjs';

const [base, dns, ...wanted] = process.argv.slice(2);
if (!base || !dns) {
  console.error('flows.mjs BASE DNS [TOPIC[:WORDS]…], like http://127.0.0.1:8053 127.0.0.1:53');
  process.exit(2);
}
const folder = new URL('flows/', import.meta.url);
const topics = wanted.length
  ? wanted
  : readdirSync(folder)
      .filter((file) => file.endsWith('.mjs'))
      .map((file) => file.replace('.mjs', ''))
      .sort();
const browser = await openBrowser();
let failed = 0;
for (const wish of topics) {
  const [topic, words = ''] = wish.split(':');
  const { default: flows } = await import(new URL(`${topic}.mjs`, folder));
  for (const [name, flow] of Object.entries(flows).filter(([one]) => one.includes(words))) {
    const begun = performance.now();
    try {
      const figures = await flow({ browser, base, dns });
      const told = figures ? ' ' + JSON.stringify(figures) : '';
      console.log(`ok   ${topic}: ${name} (${Math.round(performance.now() - begun)} ms)${told}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${topic}: ${name}\n${error.stack}`);
    }
  }
}
await browser.close();
process.exit(failed ? 1 : 0);

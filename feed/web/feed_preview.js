// The first lines of a feed, as a firewall would get them.
import { request } from './api.js';
import { element } from './element.js';
import { shownText } from './shown_text.js';

const LINES = 14,
  MOST_CHARACTERS = 20_000,
  LINE_CHARACTERS = 400;

// `signal`: ends it.
export function feedPreview(path, signal) {
  const place = element('pre.preview', {
    tabindex: '0',
    role: 'group',
    'aria-label': 'First lines',
    'aria-busy': 'true',
  });
  load(place, path, signal);
  return place;
}

async function load(place, path, signal) {
  try {
    // The server does not take a look for a subscriber.
    const answer = await request(path, { signal, preview: true });
    const type = answer.headers.get('Content-Type') ?? '';
    place.textContent = (/gzip|octet/.test(type) ? '(an archive)' : await firstLines(answer)) || '(empty)';
  } catch (error) {
    if (error.name !== 'AbortError') place.textContent = shownText(error.message);
  }
  place.removeAttribute('aria-busy');
}

async function firstLines(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (text.split('\n').length <= LINES && text.length < MOST_CHARACTERS) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  reader.cancel().catch(() => {});
  const all = text.split('\n');
  const shown = all.slice(0, LINES).map((line) => shownText(line.replaceAll('\t', '    ').slice(0, LINE_CHARACTERS)));
  return shown.join('\n') + (all.length > LINES ? '\n…' : '');
}

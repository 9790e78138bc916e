// A list that the server gives in parts: what has come so far, whether there is more, and a button that fetches it.
import { announce, element, fill } from './element.js';
import { number } from './figures.js';
import { toastProblem } from './toast.js';

// The line below a list; nothing if there is no more.
export const moreLine = (shown, onmore, text = 'Show more') =>
  element(
    'div.row.center.more',
    element('span.hint', `${number(shown)} shown, there is more`),
    element('button', { onclick: onmore }, text),
  );

// fetchPart(from): {rows, next}, from the beginning if it gets nothing; next: where it goes on, if it does. draw(rows):
// all that there are, as an element.
export async function paged(fetchPart, draw, text) {
  const rows = [];
  const place = element('div.contents'),
    below = element('div.contents');

  async function take(from) {
    const { rows: more, next } = await fetchPart(from);
    rows.push(...more);
    fill(place, draw(rows));
    fill(below, next && moreLine(rows.length, () => takeMore(next), text));
  }

  async function takeMore(from) {
    const button = below.querySelector('button');
    button.disabled = true;
    try {
      await take(from);
    } catch (error) {
      toastProblem(error);
      button.disabled = false;
      return;
    }
    announce(`${number(rows.length)} shown`);
    // The button that was pressed is gone.
    (below.querySelector('button') ?? place.querySelector('[tabindex="0"]'))?.focus();
  }

  await take();
  return [place, below];
}

// What is searched, as a file: all of it, as the server streams it.
import { hasToken, queryString, request } from './api.js';
import { element } from './element.js';
import { toast, toastProblem } from './toast.js';

const FORMATS = [
  ['csv', 'CSV'],
  ['jsonl', 'JSON lines'],
  ['dnstap', 'dnstap'],
];
const ENDINGS = { csv: 'csv', jsonl: 'jsonl', dnstap: 'dnstap' };

// A link cannot show a token: then the page fetches the file, and hands it over.
async function save(href, file) {
  toast(`Fetching ${file} …`);
  const answer = await request(href);
  const url = URL.createObjectURL(await answer.blob());
  element('a', { href: url, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// parameters(): of the search as it is.
export function exportMenu(parameters) {
  const menu = element('details.menu');
  const links = FORMATS.map(([format, title]) => {
    const file = `history.${ENDINGS[format]}`;
    const link = element('a', { href: '#', download: file }, title);
    link.addEventListener('click', (event) => {
      link.href = '/api/v1/history/export' + queryString({ ...parameters(), format });
      menu.open = false;
      if (!hasToken()) return;
      event.preventDefault();
      save(link.href, file).catch(toastProblem);
    });
    return element('li', link);
  });
  menu.append(element('summary', 'Export'), element('ul', links));
  menu.addEventListener('focusout', (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
  return menu;
}

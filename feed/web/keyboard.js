// Keys: `/` to the search, `g` and a letter to a view, `j` `k` Enter within a table, `?` for help.
import { go } from './route.js';

const VIEWS = {
  o: ['#/', 'Overview'],
  h: ['#/history', 'History'],
  a: ['#/addresses', 'Addresses'],
  g: ['#/generations', 'Generations'],
  f: ['#/feeds', 'Feeds'],
  i: ['#/integrity', 'Integrity'],
  s: ['#/tokens', 'Server'],
};
const PAUSE_MS = 2000;

let isGoing = -Infinity; // when `g` was pressed

const isTyping = (target) =>
  target instanceof Element && target.matches('input:not([type=checkbox], [type=radio]), textarea, select');

export async function showHelp() {
  (await import('./keyboard_help.js')).showHelp(VIEWS);
}

function moveInTable(event) {
  const step = event.key === 'j' ? 1 : -1;
  // Tables that are drawn piece by piece move by themselves.
  const table = document.querySelector('main table.rows');
  if (!table) return;
  const rows = [...table.querySelectorAll('tbody tr[tabindex]')];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement?.closest('tr'));
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  for (const row of rows) row.tabIndex = row === next ? 0 : -1;
  next.focus();
  event.preventDefault();
}

export function startKeyboard() {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === 'Escape' && isTyping(event.target) && !event.target.closest('dialog')) {
      event.target.blur();
      return;
    }
    if (isTyping(event.target) || event.target.closest?.('dialog')) return;
    if (event.timeStamp - isGoing < PAUSE_MS && VIEWS[event.key]) {
      isGoing = -Infinity;
      go(VIEWS[event.key][0]);
      event.preventDefault();
    } else if (event.key === 'g') {
      isGoing = event.timeStamp;
    } else if (event.key === '/') {
      const field = document.querySelector('main input[type=search]');
      event.preventDefault();
      if (field) {
        field.focus();
        field.setSelectionRange(field.value.length, field.value.length);
      } else {
        go('#/history');
      }
    } else if (event.key === '?') {
      event.preventDefault();
      showHelp();
    } else if (event.key === 'j' || event.key === 'k') {
      moveInTable(event);
    } else if (event.key === 'Enter' && event.target.matches?.('tr[data-href]')) {
      go(event.target.dataset.href);
    }
  });
}

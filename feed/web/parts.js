// Pieces that several views show the same way: verdicts, states, addresses and names with their links, tables, notes.
import { element, fill, foreign } from './element.js';
import { routeTo } from './route.js';

export const VERDICTS = ['pass', 'sinkhole', 'refuse', 'local'];

export const verdict = (name) => element('span', { class: `verdict ${VERDICTS.includes(name) ? name : ''}` }, name);

export const state = (name) => element('span', { class: `ledger-state ${name}` }, name);

// An address or a name, leading to all that is known of it.
export function why(subject, text = subject) {
  return element('a.mono', { href: routeTo('why', {}, subject) }, foreign(text));
}

export function historyLink(parameters, ...content) {
  return element('a', { href: routeTo('history', parameters) }, ...content);
}

// Something to read first: kind is "problem", "warning", "note".
export function notice(kind, ...content) {
  return element('div', { class: `notice ${kind}` }, ...content);
}

export function failed(error) {
  return notice('problem', element('p', error.message));
}

// What stands where there is nothing: what it would be, and what to do.
export function empty(title, ...content) {
  return element('div.empty', element('p.empty-title', title), ...content);
}

export function command(text) {
  return element('code.command', text);
}

// columns: [{title, or name if it needs none that is seen, class, cell(row)}]; rows get `href(row)` to open with
// Enter or a click beside a link.
export function table(columns, rows, { caption, href } = {}) {
  const body = rows.map((row, index) => {
    const target = href?.(row);
    const line = element(
      'tr',
      { tabindex: target ? (index ? '-1' : '0') : null, 'data-href': target },
      columns.map((column) => element('td', { class: column.class }, column.cell(row))),
    );
    return line;
  });
  return element(
    'table',
    { class: href ? 'rows' : null },
    caption && element('caption.unseen', caption),
    element(
      'thead',
      element(
        'tr',
        columns.map((column) =>
          element(
            'th',
            { scope: 'col', class: column.class },
            column.title || element('span.unseen', column.name ?? 'Actions'),
          ),
        ),
      ),
    ),
    element('tbody', body),
  );
}

// The last column of a table, a button in each row, for whoever may: button(row) gives {text, label, onclick}, and other
// attributes; or nothing, where there is none.
export function buttonColumn(isAllowed, ...buttons) {
  if (!isAllowed) return [];
  const made = ({ text, label, ...attributes }) =>
    element('button.plain', { 'aria-label': label, ...attributes }, text);
  const cell = (row) =>
    element(
      'span.row.end',
      buttons.map((button) => button(row)).map((one) => one && made(one)),
    );
  return [{ title: '', cell }];
}

// A table wider than its place scrolls within it, by keyboard too.
export function scrolled(content, label) {
  return element('div.scrolled', { tabindex: '0', role: 'group', 'aria-label': label }, content);
}

// A choice of a few, as links so that each can be opened beside: options [[value, text]].
export function choice(label, options, chosen, href) {
  return element(
    'div.choice',
    { role: 'group', 'aria-label': label },
    options.map(([value, text]) =>
      element('a', { href: href(value), 'aria-current': value === chosen ? 'true' : null, 'data-title': text }, text),
    ),
  );
}

export function select(options, chosen, onchange, label) {
  const field = element(
    'select',
    { 'aria-label': label, onchange: () => onchange(field.value) },
    options.map(([value, text]) => element('option', { value, selected: value === chosen }, text)),
  );
  return field;
}

export const heading = (text, ...beside) => element('div.heading', element('h1', text), ...beside);

// Keeps a section's place until its content is there, and says so if it does not come.
export async function load(section, loading) {
  try {
    fill(section, await loading());
  } catch (error) {
    if (error.name !== 'AbortError') fill(section, failed(error));
  }
  section.removeAttribute('aria-busy');
}

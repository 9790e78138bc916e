// The search box of the history: a field with completion of keys and values (WAI-ARIA combobox pattern).
import { element, fill, foreign } from './element.js';
import { completions } from './search_text.js';

// onsearch(text): somebody wants that searched. known(): {client: [], name: []} that were seen, for completion; may
// be late.
export function searchBox({ onsearch, known }) {
  const list = element('ul', { id: 'completions', role: 'listbox', 'aria-label': 'Completions', hidden: true });
  const field = element('input', {
    type: 'search',
    id: 'search',
    role: 'combobox',
    'aria-expanded': 'false',
    'aria-controls': 'completions',
    'aria-autocomplete': 'list',
    'aria-label': 'Search the history',
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'off',
    placeholder: 'a name, an address, or client:10.0.0.0/8 name:*.google.com since:24h',
  });
  let offered = { offers: [] };
  let chosen = -1;

  function close() {
    list.hidden = true;
    chosen = -1;
    field.setAttribute('aria-expanded', 'false');
    field.removeAttribute('aria-activedescendant');
  }

  function choose(index) {
    chosen = index;
    [...list.children].forEach((item, at) => item.setAttribute('aria-selected', String(at === index)));
    if (index >= 0) field.setAttribute('aria-activedescendant', `completion-${index}`);
    else field.removeAttribute('aria-activedescendant');
  }

  function take(index) {
    const { start, end } = offered,
      { insert } = offered.offers[index];
    field.value = field.value.slice(0, start) + insert + field.value.slice(end).trimStart();
    const caret = start + insert.length;
    field.setSelectionRange(caret, caret);
    offer();
  }

  function offer() {
    offered = completions(field.value, field.selectionStart ?? field.value.length, known());
    fill(
      list,
      offered.offers.map(({ insert, note }, index) =>
        element(
          'li',
          {
            role: 'option',
            id: `completion-${index}`,
            'aria-selected': 'false',
            // Before the field loses the focus.
            onpointerdown: (event) => {
              event.preventDefault();
              take(index);
            },
          },
          foreign(insert.trim(), { class: 'mono' }),
          element('span.hint', note),
        ),
      ),
    );
    chosen = -1;
    field.removeAttribute('aria-activedescendant');
    list.hidden = !offered.offers.length;
    field.setAttribute('aria-expanded', String(!list.hidden));
  }

  field.addEventListener('input', offer);
  field.addEventListener('focus', () => {
    // The next condition is typed behind those that there are.
    if (field.value && !field.value.endsWith(' ')) field.value += ' ';
    offer();
  });
  field.addEventListener('blur', close);
  field.addEventListener('keydown', (event) => {
    const count = offered.offers.length;
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && count) {
      event.preventDefault();
      if (list.hidden) offer();
      choose((chosen + (event.key === 'ArrowDown' ? 1 : chosen < 0 ? 0 : -1) + count) % count);
    } else if (event.key === 'Tab' && chosen >= 0) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (chosen >= 0) {
        take(chosen);
      } else {
        close();
        onsearch(field.value);
      }
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  const box = element(
    'form.search',
    {
      role: 'search',
      onsubmit: (event) => {
        event.preventDefault();
        close();
        onsearch(field.value);
      },
    },
    field,
    list,
    element('button', { type: 'submit', class: 'main' }, 'Search'),
  );
  return {
    box,
    show(text) {
      if (document.activeElement !== field || !field.value.trim()) field.value = text;
      else field.value = text ? `${text} ` : '';
      if (document.activeElement === field) close();
    },
  };
}

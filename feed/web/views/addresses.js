// The ledger: every address that was ever seen, its state and the reason, and what a person decides of it.
import { call } from '../api.js';
import { may } from '../caller.js';
import { decide, DECISIONS } from '../decisions.js';
import { digHint } from '../dig_hint.js';
import { announce, element, fill } from '../element.js';
import { count, number } from '../figures.js';
import { empty, failed, heading, select } from '../parts.js';
import { go, replace, routeTo } from '../route.js';
import { isAddress } from '../search_text.js';
import { addressRow, addressTable } from './address_table.js';

const PAGE = 200;
const TYPING_MS = 250;

const FILTERS = {
  state: [
    'State',
    [
      ['', 'any state'],
      ['published', 'published'],
      ['held', 'held'],
      ['allowed', 'allowed'],
      ['expired', 'expired'],
    ],
  ],
  sharing: [
    'Sharing',
    [
      ['', 'shared or not'],
      ['shared', 'shared'],
      ['exclusive', 'exclusive'],
    ],
  ],
  fresh: [
    'Seen',
    [
      ['', 'whenever seen'],
      ['hot', 'hot: within a day'],
      ['warm', 'warm: within a week'],
      ['cold', 'cold: longer ago'],
    ],
  ],
  family: [
    'Family',
    [
      ['', 'IPv4 and IPv6'],
      ['4', 'IPv4'],
      ['6', 'IPv6'],
    ],
  ],
};

const keyOf = (entry) => `${entry.profile} ${entry.address}`;

export function show(main, route) {
  const view = new Addresses(main);
  view.update(route);
  return view;
}

class Addresses {
  constructor(main) {
    this.selected = new Map(); // by keyOf()
    this.filters = element('div.row.wrap');
    this.text = element('input', {
      type: 'search',
      'aria-label': 'Search by name or network',
      placeholder: 'name, address or network',
      spellcheck: 'false',
      autocomplete: 'off',
      class: 'mono',
    });
    this.text.addEventListener('input', () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.typed(), TYPING_MS);
    });
    this.text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.typed();
    });
    this.found = element('span.found', { role: 'status' });
    this.body = element('tbody');
    this.all = element('input', {
      type: 'checkbox',
      'aria-label': 'Select all that are shown',
      onchange: () => this.selectAll(),
    });
    this.table = addressTable(may('admin') && this.all, this.body);
    this.place = element('div.scrolled', { tabindex: '0', role: 'group', 'aria-label': 'Addresses' }, this.table);
    this.more = element('div.row.center');
    this.acts = element('div.acts', { hidden: true, role: 'toolbar', 'aria-label': 'Decide' });
    this.onkey = (event) => {
      const row = event.target.closest?.('tr');
      if (event.key === 'x' && row && this.body.contains(row) && event.target === row) {
        const box = row.querySelector('input');
        if (box) box.click();
      }
    };
    document.addEventListener('keydown', this.onkey);
    main.append(
      heading('Addresses', this.found),
      element('div.row.wrap.filters-line', this.text, this.filters),
      this.place,
      this.more,
      this.acts,
    );
    this.loadProfiles();
  }

  leave() {
    this.loading?.abort();
    clearTimeout(this.typing);
    document.removeEventListener('keydown', this.onkey);
  }

  async loadProfiles() {
    try {
      const { profiles } = await call('status');
      this.profiles = Object.keys(profiles);
      if (this.parameters) this.showFilters();
    } catch {
      // Then there is no choice of profiles.
    }
  }

  update(route) {
    this.parameters = route.parameters;
    const text = this.parameters.network ?? this.parameters.name ?? '';
    if (document.activeElement !== this.text) this.text.value = text;
    this.showFilters();
    this.select(new Map());
    this.load();
  }

  to(changes) {
    return routeTo('addresses', { ...this.parameters, ...changes });
  }

  typed() {
    clearTimeout(this.typing);
    const text = this.text.value.trim();
    const isNetwork = isAddress(text);
    const hash = this.to({ name: isNetwork ? '' : text, network: isNetwork ? text : '' });
    if (hash === location.hash) return;
    replace(hash);
    this.parameters = { ...this.parameters, name: isNetwork ? '' : text, network: isNetwork ? text : '' };
    this.select(new Map());
    this.load();
  }

  showFilters() {
    const focused = document.activeElement?.closest?.('select')?.getAttribute('aria-label');
    fill(
      this.filters,
      (this.profiles?.length ?? 0) > 1 &&
        select(
          [['', 'all profiles'], ...this.profiles.map((name) => [name, name])],
          this.parameters.profile ?? '',
          (profile) => go(this.to({ profile })),
          'Profile',
        ),
      Object.entries(FILTERS).map(([key, [label, options]]) =>
        select(options, this.parameters[key] ?? '', (value) => go(this.to({ [key]: value })), label),
      ),
      Object.values(this.parameters).some(Boolean) && element('a.button', { href: '#/addresses' }, 'Clear'),
    );
    if (focused) this.filters.querySelector(`select[aria-label="${focused}"]`)?.focus();
  }

  async load(cursor = '') {
    this.loading?.abort();
    const loading = new AbortController();
    this.loading = loading;
    const { profile, state: wanted, sharing, fresh, family, name, network } = this.parameters;
    this.place.setAttribute('aria-busy', 'true');
    try {
      const page = await call(
        'ips',
        { profile, state: wanted, sharing, fresh, family, name, network, limit: PAGE, cursor },
        loading.signal,
      );
      if (!cursor) {
        this.body.replaceChildren();
        this.shown = [];
      }
      this.generation = page.generation;
      this.add(page.entries, page.next);
    } catch (error) {
      if (error.name !== 'AbortError') fill(this.more, failed(error));
    }
    if (this.loading === loading) this.place.removeAttribute('aria-busy');
  }

  add(entries, next) {
    const isFirst = !this.shown.length;
    this.shown.push(...entries);
    this.body.append(...entries.map((entry, index) => this.row(entry, isFirst && index === 0)));
    const text = `${number(this.shown.length)}${next ? ' and more' : ''} · generation ${number(this.generation)}`;
    this.found.textContent = text;
    this.place.hidden = !this.shown.length;
    fill(
      this.more,
      next && element('button', { onclick: () => this.load(next) }, `Show ${number(PAGE)} more`),
      !this.shown.length && this.nothing(),
    );
  }

  nothing() {
    if (Object.values(this.parameters).some(Boolean)) {
      return empty(
        'No address is like that.',
        element('p', element('a', { href: '#/addresses' }, 'Show all addresses')),
      );
    }
    return empty(
      'No address has been seen yet.',
      element('p', 'They come as soon as a client asks for a blocked name, and the name is resolved for real:'),
      digHint(),
    );
  }

  row(entry, isFirst) {
    const key = keyOf(entry);
    return addressRow(entry, {
      key,
      isFirst,
      isSelected: this.selected.has(key),
      withProfile: (this.profiles?.length ?? 0) > 1,
      onselect: (isSelected) => {
        const selected = new Map(this.selected);
        if (isSelected) selected.set(key, entry);
        else selected.delete(key);
        this.select(selected);
      },
    });
  }

  selectAll() {
    this.select(new Map(this.all.checked ? this.shown.map((entry) => [keyOf(entry), entry]) : []));
  }

  select(selected) {
    this.selected = selected;
    for (const row of this.body.rows) {
      const isSelected = selected.has(row.dataset.key);
      row.classList.toggle('selected', isSelected);
      const box = row.querySelector('input');
      if (box) box.checked = isSelected;
    }
    this.all.checked = Boolean(selected.size) && selected.size === this.shown?.length;
    this.all.indeterminate = Boolean(selected.size) && !this.all.checked;
    this.acts.hidden = !selected.size;
    if (!selected.size) return;
    const entries = [...selected.values()];
    const then = () => {
      this.select(new Map());
      this.load();
    };
    fill(
      this.acts,
      element('strong', `${number(selected.size)} selected`),
      Object.entries(DECISIONS)
        .filter(([what]) => what !== 'undo' || entries.some((entry) => entry.decision))
        .map(([what, { title }]) =>
          element(
            'button',
            { class: what === 'forget' ? 'danger' : null, onclick: () => decide(what, entries, then) },
            title,
          ),
        ),
      element('button.plain', { onclick: () => this.select(new Map()) }, 'Clear'),
    );
    announce(count(selected.size, 'address selected', 'addresses selected'));
  }
}

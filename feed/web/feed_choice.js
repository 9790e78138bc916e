// The choice of a feed and of the firewall that is to fetch it. Products are searched for as people name them.
import { element, fill, foreign } from './element.js';
import { count, number } from './figures.js';
import { select } from './parts.js';
import { go } from './route.js';

const SHARED = {
  include: ', also those that other names need.',
  hold: ', none that other names need.',
};

export class FeedChoice {
  constructor() {
    this.box = element('div.feed-choices');
    this.wanted = '';
  }

  // feeds, formats: all that there are; feed, format: the chosen ones (format may be null); to(changes): where a choice
  // leads.
  show({ feeds, formats, feed, format, to }) {
    const list = element('div.formats', { role: 'radiogroup', 'aria-label': 'Firewall', tabindex: '-1' });
    const search = element('input', {
      type: 'search',
      'aria-label': 'Search for a product',
      placeholder: 'FortiGate, nftables, pfSense …',
      autocomplete: 'off',
      value: this.wanted,
    });
    const draw = () => fill(list, formatLines(formats, this.wanted, format, to));
    search.addEventListener('input', () => {
      this.wanted = search.value;
      draw();
    });
    draw();
    const before = this.box.querySelector('.formats')?.scrollTop ?? 0;
    const isFocused = document.activeElement?.matches?.('.formats input');
    fill(
      this.box,
      element('h2', 'Feed'),
      element(
        'div.row.wrap',
        feeds.length > 1
          ? select(
              feeds.map((one) => [one.name, one.name]),
              feed.name,
              (name) => go(to({ feed: name })),
              'Feed',
            )
          : element('strong', foreign(feed.name)),
      ),
      element(
        'p.hint',
        foreign(feed.title),
        `: ${count(feed.entries, 'entry', 'entries')}`,
        SHARED[feed.shared] ?? ', on the messenger’s own ports alone where other names need them.',
        feed.left_out ? ` ${number(feed.left_out)} left out by its limit.` : '',
      ),
      element('h2', 'Firewall'),
      search,
      list,
    );
    list.scrollTop = before;
    if (isFocused) list.querySelector('input:checked')?.focus();
  }
}

function formatLines(formats, wanted, chosen, to) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = formats.filter((one) =>
    words.every((word) => `${one.products} ${one.format}`.toLowerCase().includes(word)),
  );
  if (!fits.length) {
    return element(
      'p.hint',
      'None has that name. ',
      element('a', { href: to({ format: 'txt' }) }, 'A plain list'),
      ' is read by most.',
    );
  }
  // By product, as people look for it; first the list that nearly everything reads.
  fits.sort((a, b) => (b.format === 'txt') - (a.format === 'txt') || a.products.localeCompare(b.products));
  return fits.map((one) =>
    element(
      'label.format',
      element('input', {
        type: 'radio',
        name: 'format',
        value: one.format,
        checked: one === chosen,
        onchange: () => go(to({ format: one.format })),
      }),
      foreign(one.products),
      element('span.hint.mono', `.${one.format}`),
    ),
  );
}

// How a firewall gets its list: which feed, which product, the URL, what to do there, and a light that turns green
// when it has fetched; and the firewalls that do.
import { act, call, request } from '../api.js';
import { copyButton } from '../copy.js';
import { announce, element, fill, foreign } from '../element.js';
import { count, number } from '../figures.js';
import { empty, failed, heading, notice, select } from '../parts.js';
import { go, routeTo } from '../route.js';
import { shownText } from '../shown_text.js';
import { toast, toastProblem } from '../toast.js';
import { subscriberTable } from './subscriber_table.js';

const POLL_MS = 2000;
const PREVIEW_LINES = 14;
const LOOPBACK = /^(localhost|127\.|\[::1\])/;

export async function show(main) {
  const view = new Feeds(main);
  await view.load();
  return view;
}

class Feeds {
  constructor(main) {
    this.stopped = new AbortController();
    this.choices = element('div.feed-choices');
    this.result = element('div.feed-result');
    this.subscribers = element('section.card', { 'aria-label': 'Subscribers' });
    this.place = element('div.feed', this.choices, this.result);
    main.append(heading('Feeds'), this.place, this.subscribers);
    this.parameters = {};
  }

  leave() {
    this.stopped.abort();
    clearTimeout(this.timer);
  }

  async load() {
    try {
      const { signal } = this.stopped;
      [this.feeds, { formats: this.formats }] = await Promise.all([
        call('feeds', {}, signal),
        call('formats', {}, signal),
      ]);
    } catch (error) {
      fill(this.place, failed(error));
      return;
    }
    this.poll();
    const parts = location.hash.split('?')[1];
    this.update({ parameters: Object.fromEntries(new URLSearchParams(parts)) });
  }

  update(route) {
    if (!this.formats) return;
    this.parameters = route.parameters;
    const names = this.feeds.feeds;
    if (!names.length) {
      fill(
        this.place,
        empty(
          'There is no feed yet.',
          element(
            'p',
            'It comes with the first address: ask a blocked name, and see ',
            element('a', { href: '#/addresses' }, 'Addresses'),
            '.',
          ),
        ),
      );
      return;
    }
    this.feed = names.find((one) => one.name === this.parameters.feed) ?? names[0];
    this.format = this.formats.find((one) => one.format === this.parameters.format) ?? null;
    this.showChoices();
    this.showResult();
  }

  to(changes) {
    return routeTo('feeds', { ...this.parameters, ...changes });
  }

  showChoices() {
    const list = element('div.formats', { role: 'radiogroup', 'aria-label': 'Firewall', tabindex: '-1' });
    const wanted = this.wantedProduct ?? '';
    const search = element('input', {
      type: 'search',
      'aria-label': 'Search for a product',
      placeholder: 'FortiGate, nftables, pfSense …',
      autocomplete: 'off',
      value: wanted,
    });
    const draw = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const fits = this.formats.filter((one) =>
        words.every((word) => `${one.products} ${one.format}`.toLowerCase().includes(word)),
      );
      // By product, as people look for it; first the list that nearly everything reads.
      fits.sort((a, b) => (b.format === 'txt') - (a.format === 'txt') || a.products.localeCompare(b.products));
      fill(
        list,
        fits.length
          ? fits.map((one) =>
              element(
                'label.format',
                element('input', {
                  type: 'radio',
                  name: 'format',
                  value: one.format,
                  checked: one === this.format,
                  onchange: () => go(this.to({ format: one.format })),
                }),
                foreign(one.products),
                element('span.hint.mono', `.${one.format}`),
              ),
            )
          : element(
              'p.hint',
              'None has that name. ',
              element('a', { href: this.to({ format: 'txt' }) }, 'A plain list'),
              ' is read by most.',
            ),
      );
    };
    search.addEventListener('input', () => {
      this.wantedProduct = search.value;
      draw();
    });
    draw();
    const before = this.choices.querySelector('.formats')?.scrollTop ?? 0;
    const focused = document.activeElement?.matches?.('.formats input');
    fill(
      this.choices,
      element('h2', 'Feed'),
      element(
        'div.row.wrap',
        this.feeds.feeds.length > 1
          ? select(
              this.feeds.feeds.map((one) => [one.name, one.name]),
              this.feed.name,
              (feed) => go(this.to({ feed })),
              'Feed',
            )
          : element('strong', foreign(this.feed.name)),
      ),
      element(
        'p.hint',
        foreign(this.feed.title),
        `: ${count(this.feed.entries, 'entry', 'entries')}`,
        this.feed.shared === 'include'
          ? ', also those that other names need.'
          : this.feed.shared === 'hold'
            ? ', none that other names need.'
            : ', on the messenger’s own ports alone where other names need them.',
        this.feed.left_out ? ` ${number(this.feed.left_out)} left out by its limit.` : '',
      ),
      element('h2', 'Firewall'),
      search,
      list,
    );
    list.scrollTop = before;
    if (focused) list.querySelector('input:checked')?.focus();
  }

  get path() {
    const { family, aggregation } = this.parameters;
    const wishes = [];
    if (family && !this.format.family) wishes.push(`family=${family}`);
    if (aggregation) wishes.push(`aggregation=${aggregation}`);
    return `/feed/${this.feed.name}.${this.format.format}${wishes.length ? '?' + wishes.join('&') : ''}`;
  }

  // Where others reach it: as this page was reached, unless that is this machine's own name for itself.
  get origin() {
    if (!LOOPBACK.test(location.host)) return location.origin;
    const others = [
      ...(this.feeds.https ?? []).map((one) => `https://${one}`),
      ...(this.feeds.http ?? []).map((one) => `http://${one}`),
    ].filter((one) => !/\/\/(0\.0\.0\.0|\[::\]|127\.|\[::1\])/.test(one));
    return others[0] ?? location.origin;
  }

  showResult() {
    this.light = null;
    if (!this.format) {
      fill(
        this.result,
        empty(
          'Which firewall is it for?',
          element('p', 'Choose the product; its URL and what to do there show up here.'),
        ),
      );
      return;
    }
    const { format, feed } = this;
    const url = this.origin + this.path;
    const isScript = /\b(nft|ipset|iptables|ip6tables|pf|rsc|ps1|isa\.vbs)$/.test(format.format);
    const curl = `curl -fsS${isScript ? ` -o ${feed.name}.${format.format}` : ''} '${url}'`;
    const family = format.family
      ? element('span.hint', `IPv${format.family} only, as the product reads it`)
      : select(
          [
            ['', 'IPv4 and IPv6'],
            ['4', 'IPv4'],
            ['6', 'IPv6'],
          ],
          this.parameters.family ?? '',
          (value) => go(this.to({ family: value })),
          'Family',
        );
    const aggregation = select(
      [
        ['', 'as the feed says'],
        ['none', 'single addresses'],
        ['lossless', 'networks where all is listed'],
      ],
      this.parameters.aggregation ?? '',
      (value) => go(this.to({ aggregation: value })),
      'Aggregation',
    );
    const preview = element('pre.preview', {
      tabindex: '0',
      role: 'group',
      'aria-label': 'First lines',
      'aria-busy': 'true',
    });
    this.light = element('div.light', { role: 'status' });
    const isTooMany = format.most && feed.entries > format.most;
    fill(
      this.result,
      element('h2', foreign(format.products)),
      this.warnings(url),
      isTooMany &&
        notice(
          'warning',
          element(
            'p',
            `The smallest of these products takes ${number(format.most)} entries; `,
            `the feed has ${number(feed.entries)}.`,
          ),
        ),
      element('div.row.wrap', family, aggregation),
      element('div.url', element('code', url), copyButton(url, 'the URL', 'Copy URL')),
      this.light,
      element('h3', 'What to do'),
      this.steps(url),
      element(
        'ul.facts',
        element(
          'li',
          format.says_ports
            ? `The list names the ports itself: ${feed.ports.join(', ')}.`
            : `Let its rule name the TCP ports ${feed.ports.join(', ')}: ` +
                'addresses of large providers are shared between services.',
        ),
        format.blocks_every_port &&
          element('li', 'It cuts addresses off on every port: what other names need too is never in it.'),
      ),
      element('h3', 'From a shell'),
      element('div.url', element('code', curl), copyButton(curl, 'the command')),
      element('h3', 'First lines'),
      preview,
    );
    this.watchFrom = null;
    this.showLight();
    this.preview(preview);
  }

  warnings(url) {
    const isWithin = [...(this.feeds.http ?? []), ...(this.feeds.https ?? [])].every((one) =>
      /^(127\.|\[::1\])/.test(one),
    );
    if (isWithin) {
      return notice(
        'warning',
        element(
          'p',
          'Feeds are served on this machine alone. Set ',
          element('code', 'http.listen'),
          ' and ',
          element('code', 'http.allow'),
          ', so that the firewall may fetch.',
        ),
      );
    }
    if (LOOPBACK.test(new URL(url).host)) {
      return notice(
        'note',
        element('p', `You are on the server itself: put its name or address into the place of ${location.hostname}.`),
      );
    }
    return null;
  }

  // In the products' own words; what stands for a name or a port is filled in.
  steps(url) {
    const text = this.format.subscribe
      .replace(/\bhttp:\/\/SERVER:8053/g, this.origin)
      .replace(/\bhttps?:\/\/HOST\b/g, this.origin)
      .replace(/\bNAME(?=\b|\d)/g, this.feed.name)
      .replace(/\bPORTS\b/g, this.feed.ports.join(' '))
      .replace(/\burl URL\b/g, `url ${url}`);
    const steps = text.split(/;\s+/).map((step) => capital(step.replace(/^then /, '')));
    return element(
      'ol.steps',
      steps.map((step) => element('li', step)),
    );
  }

  async preview(place) {
    const path = this.path;
    try {
      // The server does not take a look for a subscriber.
      const answer = await request(path, { signal: this.stopped.signal, preview: true });
      const type = answer.headers.get('Content-Type') ?? '';
      const text = /gzip|octet/.test(type) ? '(an archive)' : await firstLines(answer);
      if (path === this.path) place.textContent = text || '(empty)';
    } catch (error) {
      if (error.name !== 'AbortError' && path === this.path) place.textContent = shownText(error.message);
    }
    place.removeAttribute('aria-busy');
  }

  async poll() {
    try {
      this.known = await call('subscribers', {}, this.stopped.signal);
      this.showSubscribers();
      this.showLight();
    } catch (error) {
      if (error.name === 'AbortError') return;
      if (!this.known) fill(this.subscribers, failed(error));
    }
    this.timer = setTimeout(() => this.poll(), POLL_MS);
  }

  // Green: one that had not fetched this when the choice was made, or not since, has now. Whoever opens the URL in this
  // browser is no firewall.
  showLight() {
    if (!this.light || !this.known) return;
    const file = `${this.feed.name}.${this.format.format}`;
    const fits = this.known.subscribers.filter(
      (one) => one.feed.split('?')[0] === file && one.user_agent !== navigator.userAgent,
    );
    const keyOf = (one) => `${one.address} ${one.who} ${one.feed}`;
    this.watchFrom ??= new Map(fits.map((one) => [keyOf(one), one.polls]));
    const fetched = fits.find((one) => one.polls > (this.watchFrom.get(keyOf(one)) ?? 0));
    const kind = fetched ? 'green' : 'waiting';
    const others = fits.length - (fetched && !this.watchFrom.has(keyOf(fetched)) ? 1 : 0);
    const text = fetched
      ? `${shownText(fetched.who || fetched.address)} has fetched it, ` +
        `${fetched.ok || fetched.not_modified ? `and holds generation ${number(fetched.holds)}` : 'but got no list'}.`
      : others
        ? `Waiting for another fetch … ${count(others, 'firewall')} ${others === 1 ? 'has' : 'have'} it already.`
        : 'Waiting for the first fetch …';
    if (this.light.dataset.text === text) return;
    this.light.dataset.text = text;
    this.light.className = `light ${kind}`;
    fill(this.light, element('span.lamp'), text);
    if (fetched) announce(text);
  }

  showSubscribers() {
    const list = this.known.subscribers;
    const key = JSON.stringify(list.map(({ behind_seconds: _, ...one }) => one));
    if (key === this.subscribersKey) return;
    this.subscribersKey = key;
    const focused = document.activeElement?.dataset?.forget;
    fill(
      this.subscribers,
      element('div.card-head', element('h2', 'Subscribers'), element('span.hint', count(list.length, 'firewall'))),
      list.length
        ? subscriberTable(list, (one) => this.forget(one))
        : element('p.hint', 'No firewall has fetched a feed yet.'),
    );
    if (focused)
      [...this.subscribers.querySelectorAll('button')].find((one) => one.dataset.forget === focused)?.focus();
  }

  async forget(one) {
    try {
      await act('subscribers/forget', { address: one.address, feed: one.feed });
      toast(`Forgotten: ${shownText(one.address)}. It is back when it fetches again.`);
      clearTimeout(this.timer);
      this.poll();
    } catch (error) {
      toastProblem(error);
    }
  }
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

async function firstLines(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (text.split('\n').length <= PREVIEW_LINES && text.length < 20_000) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  reader.cancel().catch(() => {});
  const lines = text
    .split('\n')
    .slice(0, PREVIEW_LINES)
    .map((line) => shownText(line.replaceAll('\t', '    ').slice(0, 400)));
  return lines.join('\n') + (text.split('\n').length > PREVIEW_LINES ? '\n…' : '');
}

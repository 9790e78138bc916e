// How a firewall gets its list: which feed and which product, what is to be done there, whether it has fetched; and the
// firewalls that do.
import { call } from '../api.js';
import { element, fill } from '../element.js';
import { FeedChoice } from '../feed_choice.js';
import { FeedLight } from '../feed_light.js';
import { feedResult, noFormat } from '../feed_result.js';
import { empty, failed, heading } from '../parts.js';
import { current, routeTo } from '../route.js';
import { SubscriberCard } from './subscriber_card.js';

const POLL_MS = 2000;

export async function show(main) {
  const view = new Feeds(main);
  await view.load();
  return view;
}

class Feeds {
  constructor(main) {
    this.stopped = new AbortController();
    this.choice = new FeedChoice();
    this.result = element('div.feed-result');
    this.place = element('div.feed', this.choice.box, this.result);
    this.subscribers = new SubscriberCard(() => this.poll());
    main.append(heading('Feeds'), this.place, this.subscribers.box);
  }

  leave() {
    this.stopped.abort();
    this.looking?.abort();
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
    this.update(current());
  }

  update({ parameters }) {
    if (!this.formats) return;
    const { feeds } = this.feeds,
      { formats } = this;
    if (!feeds.length) {
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
    const feed = feeds.find((one) => one.name === parameters.feed) ?? feeds[0];
    const format = formats.find((one) => one.format === parameters.format) ?? null;
    const to = (changes) => routeTo('feeds', { ...parameters, ...changes });
    this.choice.show({ feeds, formats, feed, format, to });
    this.looking?.abort();
    this.looking = new AbortController();
    this.light = format && new FeedLight(`${feed.name}.${format.format}`);
    if (this.known?.isMore) this.poll();
    else if (this.known) this.light?.show(this.known.subscribers);
    const { signal } = this.looking;
    fill(
      this.result,
      format ? feedResult({ feed, format, at: this.feeds, parameters, to, light: this.light.box, signal }) : noFormat(),
    );
  }

  // As many as are to be shown; all of them for the light, because who has just fetched is the last of them.
  async lookUp() {
    const subscribers = [];
    let cursor = '';
    do {
      const part = await call('subscribers', { cursor }, this.stopped.signal);
      subscribers.push(...part.subscribers);
      cursor = part.next;
    } while (cursor && (this.light || subscribers.length < this.subscribers.wanted));
    return { subscribers, isMore: Boolean(cursor) };
  }

  // Again and again: a fetch is waited for.
  async poll() {
    clearTimeout(this.timer);
    const mine = (this.turn = (this.turn ?? 0) + 1);
    try {
      const known = await this.lookUp();
      if (mine !== this.turn) return;
      this.known = known;
      this.subscribers.show(known.subscribers, known.isMore);
      if (!known.isMore) this.light?.show(known.subscribers);
    } catch (error) {
      if (error.name === 'AbortError' || mine !== this.turn) return;
      if (!this.known) this.subscribers.fail(error);
    }
    this.timer = setTimeout(() => this.poll(), POLL_MS);
  }
}

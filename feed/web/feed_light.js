// A light that turns green when a firewall has fetched what was chosen.
import { announce, element, fill } from './element.js';
import { count, number } from './figures.js';
import { shownText } from './shown_text.js';

const keyOf = (one) => `${one.address} ${one.who} ${one.feed}`;

export class FeedLight {
  // file: what is to be fetched, like google-talk.txt.
  constructor(file) {
    this.file = file;
    this.box = element('div.light', { role: 'status' });
    this.before = null; // how often each had fetched it when the choice was made
  }

  // subscribers: all that there are. Green: one that had not fetched this when the choice was made, or not since, has now. Whoever opens the URL in this
  // browser is no firewall.
  show(subscribers) {
    const fits = subscribers.filter(
      (one) => one.feed.split('?')[0] === this.file && one.user_agent !== navigator.userAgent,
    );
    this.before ??= new Map(fits.map((one) => [keyOf(one), one.polls]));
    const fetched = fits.find((one) => one.polls > (this.before.get(keyOf(one)) ?? 0));
    const others = fits.length - (fetched && !this.before.has(keyOf(fetched)) ? 1 : 0);
    const text = fetched ? fetchedText(fetched) : waitingText(others);
    if (this.box.dataset.text === text) return;
    this.box.dataset.text = text;
    this.box.className = `light ${fetched ? 'green' : 'waiting'}`;
    fill(this.box, element('span.lamp'), text);
    if (fetched) announce(text);
  }
}

const fetchedText = (one) =>
  `${shownText(one.who || one.address)} has fetched it, ` +
  `${one.ok || one.not_modified ? `and holds generation ${number(one.holds)}` : 'but got no list'}.`;

const waitingText = (others) =>
  others
    ? `Waiting for another fetch … ${count(others, 'firewall')} ${others === 1 ? 'has' : 'have'} it already.`
    : 'Waiting for the first fetch …';

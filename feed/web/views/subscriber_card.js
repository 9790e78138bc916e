// Those who fetch feeds, kept up to date while they are looked at; whoever may takes one off the list.
import { act } from '../api.js';
import { element, fill } from '../element.js';
import { count } from '../figures.js';
import { moreLine } from '../paged.js';
import { failed } from '../parts.js';
import { shownText } from '../shown_text.js';
import { toast, toastProblem } from '../toast.js';
import { subscriberTable } from './subscriber_table.js';

const PART = 1000;

export class SubscriberCard {
  // again(): they are to be fetched anew.
  constructor(again) {
    this.again = again;
    this.wanted = PART; // so many are shown at most
    this.box = element('section.card', { 'aria-label': 'Subscribers' });
  }

  // list: all that have come; isMore: there are others yet.
  show(list, isMore) {
    const shown = list.slice(0, this.wanted);
    isMore ||= shown.length < list.length;
    const key = JSON.stringify([isMore, shown.map(({ behind_seconds: _, ...one }) => one)]);
    if (key === this.key) return;
    this.key = key;
    const focused = this.box.contains(document.activeElement) && document.activeElement.dataset;
    fill(
      this.box,
      element(
        'div.card-head',
        element('h2', 'Subscribers'),
        element('span.hint', `${count(shown.length, 'firewall')}${isMore ? ' and more' : ''}`),
      ),
      shown.length
        ? subscriberTable(shown, (one) => this.forget(one))
        : element('p.hint', 'No firewall has fetched a feed yet.'),
      isMore && moreLine(shown.length, () => this.showMore()),
    );
    // It is drawn anew under whoever is at one of its buttons.
    if (!focused) return;
    const button = [...this.box.querySelectorAll('button')].find((one) => one.dataset.forget === focused.forget);
    (button ?? this.box.querySelector('[tabindex="0"]'))?.focus();
  }

  showMore() {
    this.wanted += PART;
    this.again();
  }

  fail(error) {
    fill(this.box, failed(error));
  }

  async forget(one) {
    try {
      await act('subscribers/forget', { address: one.address, feed: one.feed });
      toast(`Forgotten: ${shownText(one.address)}. It is back when it fetches again.`);
      this.again();
    } catch (error) {
      toastProblem(error);
    }
  }
}

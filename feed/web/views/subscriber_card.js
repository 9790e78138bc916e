// Those who fetch feeds, kept up to date while they are looked at; whoever may takes one off the list.
import { act } from '../api.js';
import { element, fill } from '../element.js';
import { count } from '../figures.js';
import { failed } from '../parts.js';
import { shownText } from '../shown_text.js';
import { toast, toastProblem } from '../toast.js';
import { subscriberTable } from './subscriber_table.js';

export class SubscriberCard {
  // again(): they are to be fetched anew.
  constructor(again) {
    this.again = again;
    this.box = element('section.card', { 'aria-label': 'Subscribers' });
  }

  show(list) {
    const key = JSON.stringify(list.map(({ behind_seconds: _, ...one }) => one));
    if (key === this.key) return;
    this.key = key;
    const focused = document.activeElement?.dataset?.forget;
    fill(
      this.box,
      element('div.card-head', element('h2', 'Subscribers'), element('span.hint', count(list.length, 'firewall'))),
      list.length
        ? subscriberTable(list, (one) => this.forget(one))
        : element('p.hint', 'No firewall has fetched a feed yet.'),
    );
    if (focused) [...this.box.querySelectorAll('button')].find((one) => one.dataset.forget === focused)?.focus();
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

// What is said of a search of the history: how many were found, how far it has come, what was not understood or could
// not be read, and what to do where there is nothing.
import { digHint } from './dig_hint.js';
import { announce, element, fill } from './element.js';
import { count, number } from './figures.js';
import { empty, historyLink } from './parts.js';
import { exact } from './times.js';

export class HistoryFindings {
  // stop(), resume(): the search; uncount(): the counting.
  constructor({ stop, resume, uncount }) {
    Object.assign(this, { stop, resume, uncount });
    this.found = element('span.found');
    this.progress = element('span.progress.hint');
    this.notes = element('div.notes', { role: 'status' });
    this.nothing = element('div.nothing', { hidden: true });
  }

  // remarks: on what was typed.
  restart(remarks) {
    this.remarks = remarks;
    fill(this.found);
    fill(this.progress);
    this.showNotes();
    this.nothing.hidden = true;
  }

  showNotes(...more) {
    fill(
      this.notes,
      this.remarks.map((remark) => element('p.hint', remark)),
      more,
    );
  }

  // total: null if it is not known (yet), then there are `least` at least; lost: of all of them.
  showFound({ total, least, lost, isCounting }) {
    const text = total !== null ? `${number(total)} found` : least !== null ? `${number(least)} and more` : '';
    fill(
      this.found,
      element('strong', text),
      lost ? ` · ${number(lost)} lost` : '',
      isCounting &&
        total === null && [
          element('span.hint', ' counting … '),
          element('button.plain', { onclick: this.uncount }, 'Do not count'),
        ],
    );
    if (total !== null && this.announced !== text) announce(text);
    this.announced = text;
  }

  showProgress({ busy, reached, damage, error, stopped }, order) {
    fill(
      this.progress,
      busy && (reached ? `searched ${order === 'newest' ? 'back' : 'on'} to ${exact(reached)} ` : 'searching … '),
      busy && element('button.plain', { onclick: this.stop }, 'Stop'),
      stopped && !busy && ['stopped ', element('button.plain', { onclick: this.resume }, 'Go on')],
    );
    this.showNotes(
      error && element('p.problem', error.message, ' ', element('button.plain', { onclick: this.resume }, 'Try again')),
      damage && element('p.warning', `Some of the history could not be read, and is missing here: ${damage}`),
    );
  }

  showFollowed(came) {
    fill(this.found, `${count(came, 'query', 'queries')} so far`);
    this.nothing.hidden = came > 0;
    if (!came) fill(this.nothing, empty('Nothing yet. Queries show up here as they come.'));
  }

  showFollowing({ error, missed }) {
    fill(
      this.progress,
      error ? `No answer: ${error.message}` : element('span.pulse', 'following'),
      missed ? ` · ${number(missed)} skipped, there were too many` : '',
    );
  }

  // Nothing is like the conditions.
  showNothing(isNothing, conditions) {
    this.nothing.hidden = !isNothing;
    if (!isNothing) return;
    fill(
      this.nothing,
      Object.keys(conditions).length
        ? empty(
            'No query is like that.',
            conditions.since &&
              element('p', historyLink({ ...conditions, since: '', until: '' }, 'Search all of the time')),
            element('p', historyLink({}, 'Show all queries')),
          )
        : empty(
            'No query has been recorded yet.',
            element('p', 'Point a client’s DNS here, or ask yourself:'),
            digHint(),
          ),
    );
  }
}

// Where the rows of the history come from: the pages of a search, or what clients ask from now on.
import { call } from './api.js';
import { FoundRows } from './found_rows.js';
import { TailRows } from './tail_rows.js';
import { momentOf } from './times.js';

// What the API is asked: ages have become times, so that pages, count and export are of the same. `asked`: when the
// search began, in ms.
export function searchedFor(conditions, order, asked) {
  const { since, until, ...rest } = conditions;
  const moment = (text) => {
    const ms = momentOf(text, asked);
    return Number.isNaN(ms)
      ? text
      : Number.isNaN(Date.parse(text)) || /^\d+\w+$/.test(text)
        ? new Date(ms).toISOString()
        : text;
  };
  return {
    ...rest,
    since: since && moment(since),
    until: until ? moment(until) : new Date(asked).toISOString(),
    order,
  };
}

// changed(), progress(state): as FoundRows tells it.
export function findRows(parameters, told) {
  const side = parameters.order === 'newest' ? 'until' : 'since';
  return new FoundRows(
    ({ cursor, bound, limit }, signal) =>
      call('history', { ...parameters, ...(bound && { [side]: bound }), cursor, limit }, signal),
    told,
  );
}

// Of those that fit; times say nothing here. changed(came), progress(state): as TailRows tells it.
export function followRows(conditions, told) {
  const { since: _, until: __, ...rest } = conditions;
  return new TailRows((after, signal) => call('history/tail', { ...rest, after }, signal), told);
}

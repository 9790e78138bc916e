// How many queries a search finds, and when; and where in the list that is, so that it can be gone to at any place.
import { call } from './api.js';

const BUCKETS = 1000; // pieces of time that are counted

// {total, lost, from, to, step, groups: [[time, queries]]}, oldest first; times in ms. `asked`: when the search began.
export async function countFound(parameters, asked, signal) {
  let from = parameters.since && Date.parse(parameters.since);
  if (!from) {
    const { history } = await call('status', {}, signal);
    from = Date.parse(history.oldest ?? new Date(asked).toISOString());
  }
  const to = Math.max(Date.parse(parameters.until), from + 1000);
  const width = Math.max(1, Math.ceil((to - from) / BUCKETS / 1000));
  const top = await call(
    'history/top',
    { ...parameters, order: '', by: 'time', width: `${width}s`, limit: 5000 },
    signal,
  );
  const groups = top.groups.map((group) => [Date.parse(group.time), group.queries]).sort((a, b) => a[0] - b[0]);
  return { total: top.queries, lost: top.lost, from, to, step: width * 1000, groups };
}

// [{index, bound}]: the row that a piece of time begins with, and its time.
export function placesOf({ groups, step }, order) {
  const isNewest = order === 'newest';
  const places = [];
  let index = 0;
  for (const [time, queries] of isNewest ? groups.toReversed() : groups) {
    // Up to where the search goes, or from where: that bucket's own side.
    if (index) places.push({ index, bound: new Date(isNewest ? time + step : time).toISOString() });
    index += queries;
  }
  return places;
}

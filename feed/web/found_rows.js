// What a search has found, by its place in the list, fetched page by page as it comes into sight.
//
// A page begins where a mark says: at a cursor that the page before gave, or at a time of which it is known, from a
// count by time, how many there are before it. So any place can be gone to at once, and pages far away are dropped
// and fetched again from their mark. Rows that are lost records ("gap") are not in the count: a place from a time may
// be off by a few, which what comes after it in its page sets right.

const PAGE = 500,
  LARGEST = 5000;
const AHEAD = 1000; // rows that are fetched before they are in sight
const MOST = 30_000; // rows that are kept

const isSame = (a, b) =>
  a.time === b.time && a.name === b.name && a.client === b.client && a.port === b.port && a.type === b.type;

export class FoundRows {
  // fetchPage({cursor?, bound?, limit}, signal): a page as the API gives it. changed(): something is to be drawn anew.
  // progress({busy, reached, damage, error}).
  constructor(fetchPage, { changed, progress }) {
    Object.assign(this, { fetchPage, changed, progress });
    this.pages = []; // {start, rows}, by start, none over another
    this.marks = [{ index: 0, from: {} }]; // by index
    this.counted = null; // how many there are, if that is known
    this.ended = null; // where the last page ended
    this.sight = [0, 0];
    this.stopped = new AbortController();
    this.isBusy = false;
    this.damage = '';
    this.error = null;
    this.reached = null;
  }

  leave() {
    this.stopped.abort();
  }

  // Who looks does not want to wait any longer: what is there stays, and more comes on demand.
  stop() {
    this.stopped.abort();
    this.stopped = new AbortController();
    this.isStopped = true;
    this.isBusy = false;
    this.tell();
  }

  resume() {
    this.isStopped = false;
    this.error = null;
    this.fetchMore();
  }

  get known() {
    const last = this.pages.at(-1);
    return last ? last.start + last.rows.length : 0;
  }

  // How long the list is, as far as that is known: a little longer than what is there, while there may be more.
  get total() {
    if (this.ended !== null) return this.ended;
    const far = Math.max(this.known, this.marks.at(-1).index);
    return Math.max(this.counted ?? 0, far + (this.counted === null && this.pages.length ? PAGE / 10 : 0));
  }

  // `buckets`: [{index, bound}], in order: at that place begins what is on that side of that time.
  setCount(count, buckets) {
    this.counted = count;
    for (const { index, bound } of buckets) {
      // What pages say themselves is exact.
      const at = this.marks.findIndex((mark) => mark.index >= index);
      if (at >= 0 && this.marks[at].index === index) continue;
      if (index <= this.known && this.pages.length) continue;
      this.marks.splice(at < 0 ? this.marks.length : at, 0, { index, from: { bound } });
    }
    this.changed();
  }

  pageOf(index) {
    let low = 0,
      high = this.pages.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1,
        page = this.pages[middle];
      if (index < page.start) high = middle - 1;
      else if (index >= page.start + page.rows.length) low = middle + 1;
      else return page;
    }
    return null;
  }

  row(index) {
    const page = this.pageOf(index);
    return page?.rows[index - page.start];
  }

  look(first, last) {
    this.sight = [first, last];
    if (!this.isStopped) this.fetchMore();
  }

  // The first place that is wanted and not there: in sight first, then ahead, then behind.
  missing() {
    const [first, last] = this.sight;
    const end = this.ended ?? (this.counted === null ? Infinity : Math.max(this.counted, this.known + 1));
    const seek = (from, to) => {
      for (let index = Math.max(0, from); index < Math.min(to, end);) {
        const page = this.pageOf(index);
        if (!page) return index;
        index = page.start + page.rows.length;
      }
      return -1;
    };
    for (const [from, to] of [
      [first, Math.max(last, first + 1)],
      [last, last + AHEAD],
      [first - PAGE, first],
    ]) {
      const index = seek(from, to);
      if (index >= 0) return index;
    }
    return -1;
  }

  async fetchMore() {
    if (this.isBusy || this.error) return;
    const { signal } = this.stopped;
    for (let index = this.missing(); index >= 0; index = this.missing()) {
      const mark = this.marks.findLast((one) => one.index <= index);
      const limit = Math.min(Math.max(index - mark.index + PAGE, PAGE), LARGEST);
      this.isBusy = true;
      this.tell();
      let page;
      try {
        page = await this.fetchPage({ ...mark.from, limit }, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.isBusy = false;
        this.error = error;
        this.tell();
        return;
      }
      if (signal.aborted) return;
      this.take(mark, page);
      this.changed();
    }
    this.isBusy = false;
    this.reached = null;
    this.tell();
  }

  take(mark, { records, more, next, reached, damage }) {
    if (damage) this.damage = damage;
    this.reached = reached ?? null;
    const start = mark.index;
    let rows = records;
    const after = this.pages.find((page) => page.start + page.rows.length > start && page.start >= start);
    let joins = false;
    if (after && after.start < start + rows.length) {
      joins = isSame(after.rows[0], rows[after.start - start]);
      if (joins) rows = rows.slice(0, after.start - start);
      // Then what comes after stands some places off, and so does the end that it found.
      else this.ended = null;
    }
    const end = start + rows.length;
    if (!joins) {
      this.pages = this.pages.filter((page) => page.start + page.rows.length <= start || page.start >= end);
      this.marks = this.marks.filter((one) => one.index <= start || one.index >= end);
      if (more) this.setMark(end, { cursor: next });
      else this.finish(end);
    } else if (!more && after.start + after.rows.length > start + records.length) {
      this.finish(start + records.length);
    }
    if (rows.length) {
      this.pages.push({ start, rows });
      this.pages.sort((a, b) => a.start - b.start);
    }
    this.forget();
  }

  setMark(index, from) {
    const at = this.marks.findIndex((mark) => mark.index >= index);
    if (at >= 0 && this.marks[at].index === index) {
      if (this.marks[at].from.cursor !== from.cursor) {
        // What was fetched from there began at another row.
        this.pages = this.pages.filter((page) => page.start !== index);
        this.ended = null;
      }
      this.marks[at] = { index, from };
    } else {
      this.marks.splice(at < 0 ? this.marks.length : at, 0, { index, from });
    }
  }

  finish(end) {
    this.ended = end;
    this.pages = this.pages.filter((page) => page.start < end);
    this.marks = this.marks.filter((mark) => mark.index === 0 || mark.index < end);
  }

  forget() {
    const [first] = this.sight;
    let kept = this.pages.reduce((sum, page) => sum + page.rows.length, 0);
    const far = (page) => Math.max(page.start - first, first - page.start - page.rows.length);
    while (kept > MOST && this.pages.length > 1) {
      const page = this.pages.reduce((a, b) => (far(b) > far(a) ? b : a));
      kept -= page.rows.length;
      this.pages.splice(this.pages.indexOf(page), 1);
    }
  }

  tell() {
    this.progress({
      busy: this.isBusy,
      reached: this.reached,
      damage: this.damage,
      error: this.error,
      stopped: Boolean(this.isStopped),
    });
  }
}

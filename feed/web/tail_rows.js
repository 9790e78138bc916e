// Queries as they come: the newest first, as many as a person can look at.
const PAUSE_MS = 1000,
  MOST = 5000;

export class TailRows {
  // fetchTail(after, signal): as history/tail gives it. changed(came). progress({busy, error, missed}).
  constructor(fetchTail, { changed, progress }) {
    Object.assign(this, { fetchTail, changed, progress });
    this.rows = [];
    this.missed = 0;
    this.stopped = new AbortController();
    this.run(this.stopped.signal);
  }

  leave() {
    this.stopped.abort();
  }

  get total() {
    return this.rows.length;
  }

  row(index) {
    return this.rows[index];
  }

  async run(signal) {
    let after = '';
    while (!signal.aborted) {
      let pause = PAUSE_MS;
      try {
        const { records, position, behind, missed } = await this.fetchTail(after, signal);
        after = position;
        if (missed) {
          this.missed += missed;
          records.unshift({ kind: 'gap', time: records[0]?.time ?? new Date().toISOString(), lost: missed });
        }
        if (records.length) {
          this.rows = [...records.reverse(), ...this.rows].slice(0, MOST);
          this.changed(records.length);
        }
        if (behind) pause = 0;
        this.progress({ busy: true, missed: this.missed });
      } catch (error) {
        if (signal.aborted) return;
        this.progress({ busy: true, error });
        if (error.status >= 400 && error.status < 500) return;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

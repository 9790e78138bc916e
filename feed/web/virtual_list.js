// A list of any length of which only the rows in sight, and some around them, are in the page. All rows have one
// height.
//
// Browsers cap the height of an element (at 17 to 33 million pixels). A longer list gets one of TALLEST, within which
// `offset`, the true place, is kept beside the scroll bar's: small movements move it by the pixel, jumps of the bar by
// proportion, and when it rests the bar is put where the true place says.
import { element } from './element.js';

const TALLEST = 8_000_000;
const AROUND = 12; // rows above and below what is in sight
const REST_MS = 120;

export class VirtualList {
  // viewport: the element that scrolls; head: the height of what sticks to its top. make(): an empty row. draw(row,
  // index): fills it. sight(first, last): tells which rows are wanted.
  constructor(viewport, { rowHeight, head = 0, make, draw, sight }) {
    Object.assign(this, { viewport, rowHeight, head, make, draw, sight });
    this.total = 0;
    this.offset = 0;
    this.bar = 0; // where the scroll bar was
    this.seen = 0;
    this.pool = [];
    this.space = element('div.list-space', { role: 'presentation' });
    this.layer = element('div.list-layer', { role: 'presentation' });
    this.space.append(this.layer);
    viewport.append(this.space);
    this.onscroll = () => this.scrolled();
    viewport.addEventListener('scroll', this.onscroll, { passive: true });
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(viewport);
    this.measure();
  }

  leave() {
    this.observer.disconnect();
    this.viewport.removeEventListener('scroll', this.onscroll);
    clearTimeout(this.resting);
  }

  get height() {
    return this.total * this.rowHeight;
  }

  get tall() {
    return Math.min(this.height, TALLEST);
  }

  get lowest() {
    return Math.max(0, this.height - this.seen);
  }

  measure() {
    this.seen = Math.max(0, this.viewport.clientHeight - this.head);
    this.fit();
    this.render();
  }

  setRowHeight(rowHeight) {
    if (rowHeight === this.rowHeight) return;
    const row = this.offset / this.rowHeight;
    this.rowHeight = rowHeight;
    this.setTotal(this.total);
    this.scrollToRow(row);
  }

  setTotal(total) {
    this.total = total;
    this.space.style.height = `${this.tall}px`;
    this.fit();
    this.render();
  }

  // The rows moved down by so many, because as many came at the top: who has scrolled stays where they were.
  shift(count) {
    if (this.offset > 0) this.move(this.offset + count * this.rowHeight);
  }

  fit() {
    this.offset = Math.min(Math.max(this.offset, 0), this.lowest);
    this.place();
  }

  // Puts the bar where the true place is.
  place() {
    const range = this.tall - this.seen;
    const bar = this.height <= TALLEST ? this.offset : this.lowest > 0 ? (this.offset / this.lowest) * range : 0;
    if (Math.abs(this.viewport.scrollTop - bar) >= 1) this.viewport.scrollTop = bar;
    this.bar = this.viewport.scrollTop;
  }

  move(offset) {
    this.offset = offset;
    this.fit();
    this.render();
  }

  scrolled() {
    const bar = this.viewport.scrollTop,
      moved = bar - this.bar;
    if (moved === 0) return;
    this.bar = bar;
    if (this.height <= TALLEST) {
      this.offset = bar;
    } else {
      const range = this.tall - this.seen;
      const isJump = Math.abs(moved) > this.seen * 3;
      this.offset = isJump ? (bar / range) * this.lowest : this.offset + moved;
      this.offset = Math.min(Math.max(this.offset, 0), this.lowest);
      // At an end of the bar there must be an end of the list.
      if ((bar <= 0 && this.offset > 0) || (bar >= range - 1 && this.offset < this.lowest)) {
        if (isJump) this.offset = bar <= 0 ? 0 : this.lowest;
        else this.place();
      }
      clearTimeout(this.resting);
      this.resting = setTimeout(() => {
        this.place();
        this.render();
      }, REST_MS);
    }
    this.render();
  }

  range() {
    const first = Math.max(0, Math.floor(this.offset / this.rowHeight) - AROUND);
    const last = Math.min(this.total, Math.ceil((this.offset + this.seen) / this.rowHeight) + AROUND);
    return [first, last];
  }

  // Draws what came into sight; all of it if `again`.
  render(again = false) {
    const [first, last] = this.range();
    const needed = last - first;
    while (this.pool.length < needed) {
      const row = this.make();
      row.dataset.index = '-1';
      this.pool.push(row);
      this.layer.append(row);
    }
    const size = this.pool.length;
    for (let index = first; index < first + size; index++) {
      const row = this.pool[index % size];
      const isThere = index < last;
      if (row.hidden === isThere) row.hidden = !isThere;
      if (!isThere) {
        row.dataset.index = '-1';
        continue;
      }
      if (again || row.dataset.index !== String(index) || row.dataset.height !== String(this.rowHeight)) {
        row.dataset.index = String(index);
        row.dataset.height = String(this.rowHeight);
        this.draw(row, index);
      }
      // Within what is drawn, so that no number gets too large for a browser.
      row.style.transform = `translateY(${(index - first) * this.rowHeight}px)`;
    }
    this.layer.style.transform = `translateY(${this.bar - (this.offset - first * this.rowHeight)}px)`;
    this.sight(
      Math.floor(this.offset / this.rowHeight),
      Math.min(this.total, Math.ceil((this.offset + this.seen) / this.rowHeight)),
    );
  }

  row(index) {
    return this.pool.find((row) => !row.hidden && row.dataset.index === String(index));
  }

  scrollToRow(index) {
    this.move(index * this.rowHeight);
  }

  // So that the row is in sight, moving as little as that takes.
  reveal(index) {
    const top = index * this.rowHeight;
    if (top < this.offset) this.move(top);
    else if (top + this.rowHeight > this.offset + this.seen) this.move(top + this.rowHeight - this.seen);
  }
}

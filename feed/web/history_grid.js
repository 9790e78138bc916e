// The rows of the history as a grid: drawn as they come into sight, gone through by keyboard, a cell's value becomes a
// condition with one click. The focus stays on the grid, which says what cell is meant: rows come and go beneath it.
import { element, foreign } from './element.js';
import { latency, number } from './figures.js';
import { shownText } from './shown_text.js';
import { columnTime, fullTime } from './times.js';
import { VirtualList } from './virtual_list.js';

const HEAD_PX = 30,
  ROW_PX = 28,
  NARROW_ROW_PX = 64;
const NARROW = matchMedia('(max-width: 760px)');

// key: of the condition that a click makes.
const COLUMNS = [
  { name: 'time', title: 'Time' },
  { name: 'client', title: 'Client', key: 'client', value: (row) => row.client },
  { name: 'name', title: 'Name', key: 'name', value: (row) => row.name },
  { name: 'type', title: 'Type', key: 'type', value: (row) => row.type },
  { name: 'verdict', title: 'Verdict', key: 'verdict', value: (row) => row.verdict },
  { name: 'rcode', title: 'Code', key: 'rcode', value: (row) => row.rcode },
  { name: 'answers', title: 'Answers', key: 'answer', value: (row) => addressOf(row) },
  { name: 'origin', title: 'From' },
  { name: 'latency', title: 'Latency' },
];

// The first answer that is an address; others cannot be searched for.
export function addressOf(row) {
  for (const answer of row.answers) {
    const address = answer.replace(/^(A|AAAA) /, '');
    if (/^[0-9a-f:.]+$/i.test(address) && /[:.]/.test(address)) return address;
  }
  return null;
}

export class HistoryGrid {
  // row(index): the record, or undefined while it is not there. filter(key, value). open(index). sight(first, last).
  constructor({ row, filter, open, sight }) {
    this.rowAt = row;
    this.filter = filter;
    this.open = open;
    this.at = { row: 0, column: 0 };
    this.opened = -1;
    this.box = element('div.grid', {
      role: 'grid',
      tabindex: '0',
      'aria-label': 'Queries',
      'aria-rowcount': '-1',
      id: 'history-grid',
    });
    this.box.append(
      element(
        'div.grid-head',
        { role: 'row', 'aria-rowindex': '1' },
        COLUMNS.map(({ name, title }) => element('div', { role: 'columnheader', class: `c-${name}` }, title)),
      ),
    );
    // `at` is known before anything is drawn.
    this.list = new VirtualList(this.box, {
      rowHeight: NARROW.matches ? NARROW_ROW_PX : ROW_PX,
      head: HEAD_PX,
      make: () => this.make(),
      draw: (line, index) => this.draw(line, index),
      sight,
    });
    this.onnarrow = () => this.list.setRowHeight(NARROW.matches ? NARROW_ROW_PX : ROW_PX);
    NARROW.addEventListener('change', this.onnarrow);
    this.box.addEventListener('click', (event) => this.clicked(event));
    this.box.addEventListener('keydown', (event) => this.pressed(event));
  }

  leave() {
    NARROW.removeEventListener('change', this.onnarrow);
    this.list.leave();
  }

  make() {
    const line = element('div.line', { role: 'row' });
    line.cells = COLUMNS.map(({ name, key }) => {
      const cell = element('div', { role: 'gridcell', class: `c-${name}${key ? ' filters' : ''}` });
      line.append(cell);
      return cell;
    });
    return line;
  }

  draw(line, index) {
    const row = this.rowAt(index);
    line.setAttribute('aria-rowindex', String(index + 2));
    line.classList.toggle('pending', !row);
    line.classList.toggle('gap', row?.kind === 'gap');
    line.classList.toggle('opened', index === this.opened);
    line.cells.forEach((cell, column) => {
      cell.id = `cell-${index}-${column}`;
      cell.classList.toggle('at', index === this.at.row && column === this.at.column);
    });
    const [time, client, name, type, verdict, rcode, answers, origin, took] = line.cells;
    if (!row) {
      for (const cell of line.cells) cell.textContent = '';
      return;
    }
    time.textContent = columnTime(row.time);
    time.title = fullTime(row.time);
    if (row.kind === 'gap') {
      for (const cell of line.cells.slice(1)) cell.textContent = '';
      const lost = row.lost === 1 ? '1 query is' : `${number(row.lost)} queries are`;
      name.textContent = `${lost} missing here: there was no room to record more`;
      name.title = name.textContent;
      return;
    }
    write(client, row.client);
    write(name, row.name);
    type.textContent = shownText(row.type);
    verdict.replaceChildren(
      element('span', { class: `verdict ${row.verdict}` }, row.verdict),
      row.rule ? foreign(row.rule, { class: 'rule' }) : '',
    );
    verdict.title = row.rule ? shownText(row.rule) : '';
    rcode.textContent = shownText(row.rcode);
    rcode.classList.toggle('bad', row.rcode !== 'NOERROR' && row.rcode !== 'NXDOMAIN');
    write(answers, row.answers.map((answer) => answer.replace(/^(A|AAAA) /, '')).join(', '));
    answers.classList.toggle('filters', Boolean(addressOf(row)));
    write(origin, row.upstream ?? row.origin);
    took.textContent = latency(row.latency_us);
  }

  cellOf(target) {
    const cell = target.closest?.('[role=gridcell]');
    const line = cell?.parentElement;
    if (!line || Number(line.dataset.index) < 0) return null;
    return { row: Number(line.dataset.index), column: line.cells.indexOf(cell) };
  }

  clicked(event) {
    const cell = this.cellOf(event.target);
    // Who marks text to copy it wants nothing else.
    if (!cell || String(getSelection())) return;
    this.goTo(cell.row, cell.column);
    this.use(cell.row, cell.column);
  }

  use(index, column) {
    const row = this.rowAt(index);
    if (!row) return;
    const { key, value } = COLUMNS[column];
    const text = key && row.kind === 'query' ? value(row) : null;
    if (text) this.filter(key, text);
    else if (row.kind === 'query') this.open(index);
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, column } = this.at;
    const rows = Math.max(1, Math.floor(this.list.seen / this.list.rowHeight) - 1);
    const to = {
      ArrowDown: [row + 1, column],
      j: [row + 1, column],
      ArrowUp: [row - 1, column],
      k: [row - 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      PageDown: [row + rows, column],
      PageUp: [row - rows, column],
      Home: [0, column],
      End: [this.list.total - 1, column],
    }[event.key];
    if (to) {
      event.preventDefault();
      this.goTo(...to);
      if (this.opened >= 0 && this.at.row !== this.opened && this.rowAt(this.at.row)?.kind === 'query')
        this.open(this.at.row);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      this.use(row, column);
    } else if (event.key === ' ' || event.key === 'o') {
      event.preventDefault();
      if (this.rowAt(row)?.kind === 'query') this.open(row);
    }
  }

  goTo(row, column) {
    const before = this.at.row;
    this.at = {
      row: Math.min(Math.max(row, 0), Math.max(0, this.list.total - 1)),
      column: Math.min(Math.max(column, 0), COLUMNS.length - 1),
    };
    this.list.reveal(this.at.row);
    for (const index of [before, this.at.row]) {
      const line = this.list.row(index);
      if (line) this.draw(line, index);
    }
    this.box.setAttribute('aria-activedescendant', `cell-${this.at.row}-${this.at.column}`);
  }

  setOpened(index) {
    const before = this.opened;
    this.opened = index;
    for (const one of [before, index]) {
      const line = one >= 0 && this.list.row(one);
      if (line) this.draw(line, one);
    }
  }

  // `isAll`: how many there are is known.
  show(total, isAll) {
    this.box.setAttribute('aria-rowcount', isAll ? String(total + 1) : '-1');
    if (total !== this.list.total) this.list.setTotal(total);
    this.list.render(true);
  }

  // From the top, and nothing opened.
  restart() {
    this.at = { row: 0, column: 0 };
    this.opened = -1;
    this.box.removeAttribute('aria-activedescendant');
    this.list.move(0);
  }
}

function write(cell, text) {
  const shown = shownText(text);
  const inner = cell.firstElementChild;
  if (inner) inner.textContent = shown;
  else cell.append(element('bdi', shown));
  cell.title = shown.length > 20 ? shown : '';
}

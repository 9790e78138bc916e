// What came and went with each generation, as bars up and down: the newest at the right, those between two that are
// compared marked.
import { colour } from '../colours.js';
import { element, fill } from '../element.js';
import { count, number } from '../figures.js';
import { exact } from '../times.js';

const HEIGHT_PX = 120,
  BAR_PX = 10;

export class GenerationPicture {
  // onpick(generation, isFrom): a bar was clicked; isFrom: as the one to begin with.
  constructor(onpick) {
    this.box = element('div.card', { hidden: true });
    this.canvas = element('canvas', { role: 'img' });
    this.generations = [];
    this.canvas.addEventListener('click', (event) => {
      const one = this.barAt(event.offsetX);
      if (one) onpick(one, event.shiftKey);
    });
    this.canvas.addEventListener('pointermove', (event) => {
      const one = this.barAt(event.offsetX);
      this.canvas.title = one
        ? `Generation ${one.number}, ${exact(one.created)}: ${one.added.length} came, ${one.removed.length} went`
        : '';
    });
    this.onpaint = () => this.paint();
    document.addEventListener('theme', this.onpaint);
    this.observer = new ResizeObserver(this.onpaint);
    this.observer.observe(this.box);
  }

  leave() {
    this.observer.disconnect();
    document.removeEventListener('theme', this.onpaint);
  }

  // generations: [{number, created, added, removed}], the newest first.
  show(generations) {
    this.generations = generations;
    this.box.hidden = !generations.length;
    if (!generations.length) return;
    const added = generations.reduce((sum, one) => sum + one.added.length, 0);
    const removed = generations.reduce((sum, one) => sum + one.removed.length, 0);
    const all = count(generations.length, 'generation');
    const sentence = `${all}: ${number(added)} addresses came, ${number(removed)} went`;
    this.canvas.setAttribute('aria-label', `${sentence}. The table below has the figures.`);
    fill(
      this.box,
      element(
        'div.card-head',
        element('h2', 'What came and went'),
        element(
          'div.legend',
          element('span', element('span.swatch.came'), 'came'),
          element('span', element('span.swatch.went'), 'went'),
        ),
        element('span.hint', sentence),
      ),
      element('div.picture', this.canvas),
    );
    this.paint();
  }

  // Those after `from` up to `to` are what is compared.
  mark(from, to) {
    this.marked = { from, to };
    this.paint();
  }

  get drawn() {
    return this.generations.slice(0, Math.max(1, Math.floor(this.canvas.clientWidth / BAR_PX)));
  }

  barAt(x) {
    const at = Math.floor((this.canvas.clientWidth - x) / BAR_PX);
    return this.drawn[at];
  }

  // Square roots, so that the first generation, in which all came, leaves the others to be seen.
  paint() {
    const width = this.canvas.clientWidth;
    if (!width) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = width * ratio;
    this.canvas.height = HEIGHT_PX * ratio;
    const pen = this.canvas.getContext('2d');
    pen.scale(ratio, ratio);
    const most = Math.sqrt(Math.max(1, ...this.drawn.flatMap((one) => [one.added.length, one.removed.length])));
    const middle = HEIGHT_PX / 2,
      tall = middle - 4;
    const { from, to } = this.marked ?? {};
    const shade = colour('shade'),
      came = colour('came'),
      went = colour('went');
    this.drawn.forEach((one, index) => {
      const x = width - (index + 1) * BAR_PX;
      if (one.number <= to && one.number > from) {
        pen.fillStyle = shade;
        pen.fillRect(x, 0, BAR_PX, HEIGHT_PX);
      }
      const bar = (many, fillStyle, up) => {
        if (!many) return;
        const height = Math.max(2, (Math.sqrt(many) / most) * tall);
        pen.fillStyle = fillStyle;
        pen.fillRect(x + 1, up ? middle - height : middle, BAR_PX - 2, height);
      };
      bar(one.added.length, came, true);
      bar(one.removed.length, went, false);
    });
    pen.fillStyle = colour('line-strong');
    pen.fillRect(0, middle - 0.5, width, 1);
  }
}

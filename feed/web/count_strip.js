// How many queries were found when, as a strip of bars above the list: where the list is seen at once, and a part of
// the time is taken by dragging over it.
import { element } from './element.js';
import { count } from './figures.js';
import { exact } from './times.js';

const HEIGHT_PX = 40;

// onpick(from, to): ms.
export function countStrip(onpick) {
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  const mark = element('div.strip-mark', { hidden: true });
  const said = element('span.strip-said.hint');
  const box = element('div.strip', canvas, mark, said);
  let shown = null; // {from, to, step (ms), groups: [[ms, count]], total}
  let begun = null;

  const timeAt = (x) => shown.from + (x / canvas.clientWidth) * (shown.to - shown.from);

  function paint() {
    const width = canvas.clientWidth,
      ratio = devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = HEIGHT_PX * ratio;
    const pen = canvas.getContext('2d');
    pen.scale(ratio, ratio);
    if (!shown || !width) return;
    const bars = new Float64Array(
      Math.max(1, Math.min(Math.floor(width / 3), Math.ceil((shown.to - shown.from) / shown.step))),
    );
    const wide = width / bars.length;
    for (const [time, queries] of shown.groups) {
      const bar = Math.floor(((time - shown.from) / (shown.to - shown.from)) * bars.length);
      bars[Math.min(Math.max(bar, 0), bars.length - 1)] += queries;
    }
    const most = Math.max(...bars, 1);
    pen.fillStyle = getComputedStyle(canvas).color;
    bars.forEach((queries, at) => {
      if (!queries) return;
      // What is there is seen, however little it is.
      const height = Math.max(2, (queries / most) * (HEIGHT_PX - 2));
      pen.fillRect(at * wide, HEIGHT_PX - height, Math.max(1, wide - 1), height);
    });
  }

  const observer = new ResizeObserver(paint);
  observer.observe(box);
  document.addEventListener('theme', paint);

  canvas.addEventListener('pointerdown', (event) => {
    if (!shown) return;
    begun = event.offsetX;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!shown) return;
    const x = Math.min(Math.max(event.offsetX, 0), canvas.clientWidth);
    said.textContent = exact(timeAt(x));
    if (begun === null) return;
    mark.hidden = false;
    mark.style.left = `${Math.min(begun, x)}px`;
    mark.style.width = `${Math.abs(x - begun)}px`;
    said.textContent = `${exact(timeAt(Math.min(begun, x)))} to ${exact(timeAt(Math.max(begun, x)))}`;
  });
  canvas.addEventListener('pointerleave', () => {
    if (begun === null) said.textContent = '';
  });
  canvas.addEventListener('pointerup', (event) => {
    mark.hidden = true;
    said.textContent = '';
    if (begun === null || !shown) return;
    const from = Math.min(begun, event.offsetX),
      to = Math.max(begun, event.offsetX);
    begun = null;
    if (to - from >= 4) onpick(timeAt(Math.max(from, 0)), timeAt(Math.min(to, canvas.clientWidth)));
  });

  return {
    box,
    // Nothing: it is not counted (yet).
    show(counted) {
      shown = counted && counted.to > counted.from ? counted : null;
      box.title = shown
        ? `${count(shown.total, 'query', 'queries')}; drag over a part to search in that time alone`
        : '';
      paint();
    },
    leave() {
      observer.disconnect();
      document.removeEventListener('theme', paint);
    },
  };
}

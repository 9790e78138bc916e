// Charts over time, by Chart.js, which is fetched when a view wants some. Each has its figures as a table behind a
// button: a picture alone tells nobody who cannot see it.
import { colour } from './colours.js';
import { element, fill } from './element.js';
import { scrolled } from './parts.js';
import { axisTime, exact } from './times.js';

let loading = null;

// Resolves to the library; whoever knows that charts are to come calls this early.
export function loadCharts() {
  loading ??= new Promise((resolve, reject) => {
    const script = element('script', { src: '/page/chart.js' });
    script.addEventListener('load', () => resolve(window.Chart));
    script.addEventListener('error', () => {
      loading = null;
      reject(new Error('The charts could not be fetched.'));
    });
    document.head.append(script);
  });
  return loading;
}

// Marks of the axis at round times, about eight of them.
const ROUND_S = [60, 300, 600, 900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400];

function roundStep(range, most) {
  return ROUND_S.find((step) => range / step <= most) ?? ROUND_S.at(-1);
}

// series: [{title, colour, value(point)}]; format(value), axis(value) where there is little room; kind: 'bar'
// (stacked) or 'line'; most: the end of the axis; scale: 'linear', or 'logarithmic' for what differs by powers of
// ten.
export function timeChart(
  title,
  { series, format, axis = format, kind = 'line', most, scale = 'linear', height = 'medium' },
) {
  const canvas = element('canvas', { role: 'img', 'aria-label': title });
  const place = element('div', { class: `chart ${height}` }, canvas);
  const legend = element(
    'div.legend',
    series.length > 1 &&
      series.map((one) => element('span', element('span', { class: `swatch ${one.colour}` }), one.title)),
  );
  const figures = element('div.chart-table');
  const details = element('details.figures', { ontoggle: () => showTable() }, element('summary', 'Figures'), figures);
  const box = element(
    'section.card',
    { 'aria-label': title },
    element('div.card-head', element('h2', title), legend, details),
    place,
  );
  let chart = null,
    data = { points: [], step: 60 },
    isGone = false;

  function datasets() {
    return series.map((one) => ({
      label: one.title,
      data: data.points.map((point) => (point.missing ? null : (one.value(point) ?? null))),
      backgroundColor: colour(one.colour),
      borderColor: colour(one.colour),
    }));
  }

  function options() {
    const quiet = colour('ink-2'),
      line = colour('line');
    const font = { family: getComputedStyle(document.body).fontFamily, size: 11 };
    const stacked = kind === 'bar';
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      normalized: true,
      interaction: { mode: 'index', intersect: false },
      elements: {
        line: { borderWidth: 1.5, tension: 0 },
        // A line needs two: one alone is a dot.
        point: {
          radius: ({ dataIndex: at, dataset }) => (dataset.data[at - 1] ?? dataset.data[at + 1] ?? null) === null && 2,
          hitRadius: 8,
          hoverRadius: 3,
        },
        bar: { borderWidth: 0 },
      },
      scales: {
        x: {
          stacked,
          offset: stacked,
          grid: { display: false },
          border: { color: line },
          ticks: {
            color: quiet,
            font,
            maxRotation: 0,
            autoSkip: false,
            callback: (_, index) => {
              const { points, step } = data;
              if (!points[index]) return null;
              const every = roundStep(points.length * step, canvas.clientWidth < 420 ? 4 : 8);
              const offset = new Date(points[index].time).getTimezoneOffset() * 60;
              // The step that the round time falls into, as it is by the clock here.
              const into = (Math.floor(points[index].time / 1000) - offset) % every;
              return into < step ? axisTime(points[index].time - into * 1000) : null;
            },
          },
        },
        y: {
          type: scale,
          stacked,
          beginAtZero: scale === 'linear',
          max: most,
          grid: { color: line, drawTicks: false },
          border: { display: false, dash: [2, 3] },
          // One width for all charts, so that their times stand one below the other.
          afterFit: (axis) => {
            axis.width = 56;
          },
          ticks: {
            color: quiet,
            font,
            maxTicksLimit: 5,
            precision: 0,
            padding: 6,
            callback: (value) => (scale === 'linear' || Number.isInteger(Math.log10(value)) ? axis(value) : null),
          },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          backgroundColor: colour('ink'),
          titleColor: colour('ground'),
          bodyColor: colour('ground'),
          titleFont: font,
          bodyFont: font,
          cornerRadius: 4,
          boxPadding: 4,
          itemSort: (a, b) => b.datasetIndex - a.datasetIndex,
          callbacks: {
            title: ([item]) => (item ? exact(data.points[item.dataIndex].time) : ''),
            label: (item) => ` ${item.dataset.label}: ${format(item.parsed.y)}`,
          },
        },
      },
    };
  }

  function showTable() {
    if (!details.open) return;
    // The newest first, and not more than a person reads.
    const rows = data.points
      .filter((point) => !point.missing)
      .slice(-120)
      .reverse();
    fill(
      figures,
      scrolled(
        element(
          'table',
          element('caption.unseen', title),
          element(
            'thead',
            element(
              'tr',
              element('th', { scope: 'col' }, 'From'),
              series.map((one) => element('th', { scope: 'col', class: 'figure' }, one.title)),
            ),
          ),
          element(
            'tbody',
            rows.map((point) =>
              element(
                'tr',
                element('td', exact(point.time)),
                series.map((one) =>
                  element('td.figure', one.value(point) === undefined ? '–' : format(one.value(point))),
                ),
              ),
            ),
          ),
        ),
        title,
      ),
    );
  }

  async function draw() {
    const Chart = await loadCharts();
    if (isGone || !canvas.isConnected) return;
    const isBar = kind === 'bar';
    const config = { labels: data.points.map((point) => point.time), datasets: datasets() };
    if (chart) {
      chart.data.labels = config.labels;
      config.datasets.forEach((one, index) => Object.assign(chart.data.datasets[index] ?? {}, one));
      chart.update('none');
      return;
    }
    for (const one of config.datasets)
      Object.assign(one, { barPercentage: 1, categoryPercentage: 0.9, spanGaps: false });
    chart = new Chart(canvas, { type: isBar ? 'bar' : 'line', data: config, options: options() });
  }

  const repaint = () => {
    chart?.destroy();
    chart = null;
    draw().catch(() => {});
  };
  document.addEventListener('theme', repaint);

  return {
    box,
    // summary: what the picture shows, in a sentence.
    show(points, step, summary) {
      data = { points, step };
      canvas.setAttribute('aria-label', `${title}. ${summary}`);
      showTable();
      return draw();
    },
    leave() {
      isGone = true;
      document.removeEventListener('theme', repaint);
      chart?.destroy();
    },
  };
}

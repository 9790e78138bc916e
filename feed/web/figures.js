// Numbers as people read them: grouped, in units, lined up by their column.
const GROUPED = new Intl.NumberFormat('en-US');
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

export const number = (value) => (value === undefined || value === null ? '–' : GROUPED.format(value));

// For axes and other narrow places.
export const shortNumber = (value) => (Math.abs(value) < 1000 ? GROUPED.format(value) : SHORT.format(value));

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function latency(us) {
  if (us === undefined || us === null) return '–';
  if (us < 1) return '< 1 µs';
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 10_000) return `${(us / 1000).toFixed(2)} ms`;
  if (us < 100_000) return `${(us / 1000).toFixed(1)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`;
  return `${(us / 1_000_000).toFixed(2)} s`;
}

// Where there is little room: two digits, "23 ms".
export function shortLatency(us) {
  if (us === undefined || us === null) return '–';
  const [value, unit] = us < 1000 ? [us, 'µs'] : us < 1_000_000 ? [us / 1000, 'ms'] : [us / 1_000_000, 's'];
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`;
}

export const percent = (part, whole) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '–');

export const rate = (perSecond) =>
  perSecond === 0
    ? '0'
    : perSecond >= 100
      ? number(Math.round(perSecond))
      : perSecond >= 10
        ? perSecond.toFixed(0)
        : perSecond.toFixed(1);

// count(1, 'address', 'addresses') → "1 address"
export const count = (value, one, many = one + 's') => `${number(value)} ${value === 1 ? one : many}`;

// Times: relative ("3 min ago") with the exact one on hover and focus, or exact everywhere if somebody wants that.
// They are told by the server's clock, so that a browser whose own is wrong does not show the future.
import { element } from './element.js';

const pad = (value, width = 2) => String(value).padStart(width, '0');

let ahead = 0; // the browser's clock before the server's, in ms
let isExact = false;

export const now = () => Date.now() - ahead;
// Only a difference that is not the network's.
export function setServerTime(text) {
  const difference = Date.now() - Date.parse(text);
  if (Number.isFinite(difference) && Math.abs(difference) > 2000) ahead = difference;
  else ahead = 0;
}

// A span of time: "42 s", "3 min", "5 h", "12 d".
export function span(ms) {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 1) return `${Math.round(Math.abs(ms))} ms`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export function relative(time, at = now()) {
  const ms = at - time;
  if (Math.abs(ms) < 1000) return 'now';
  return ms > 0 ? `${span(ms)} ago` : `in ${span(ms)}`;
}

const date = (t) => `${t.getFullYear()}-${pad(t.getMonth() + 1)}-${pad(t.getDate())}`;
const clock = (t) => `${pad(t.getHours())}:${pad(t.getMinutes())}:${pad(t.getSeconds())}`;

// "2026-11-26 14:03:22", by the clock of whoever looks.
export function exact(time) {
  const t = new Date(time);
  return `${date(t)} ${clock(t)}`;
}

// For a column of times: "14:03:22.518" today, "11-25 14:03:22.518" else, always at the same width.
export function columnTime(text, at = now()) {
  const t = new Date(text);
  const day = date(t) === date(new Date(at)) ? '' : `${pad(t.getMonth() + 1)}-${pad(t.getDate())} `;
  return `${day}${clock(t)}.${pad(t.getMilliseconds(), 3)}`;
}

// For a tooltip: as the server wrote it (UTC, to the microsecond), and by the clock here.
export function fullTime(text) {
  const minutes = -new Date(text).getTimezoneOffset();
  const zone = `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
  return `${exact(text)} (UTC${zone}), ${relative(Date.parse(text))}\n${text}`;
}

// At a mark of a chart's time axis: the time of day, or the day where one begins.
export function axisTime(time) {
  const t = new Date(time);
  const minutes = t.getHours() * 60 + t.getMinutes();
  return minutes ? `${pad(t.getHours())}:${pad(t.getMinutes())}` : `${pad(t.getMonth() + 1)}-${pad(t.getDate())}`;
}

const shown = (time) => (isExact ? exact(time) : relative(time));

// Focusable, so that the exact time is there without a mouse too; not where it stands within something focusable.
export function timeElement(text, isWithin = false) {
  if (!text) return element('span', '–');
  const time = element('time', {
    datetime: text,
    class: 'ago',
    title: fullTime(text),
    tabindex: isWithin ? null : '0',
  });
  time.textContent = shown(Date.parse(text));
  return time;
}

// "2 h" of a text like 2h, 15m, 7d, as the server takes them; NaN if it is none.
export function durationOf(text) {
  const found = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  return found ? Number(found[1]) * { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[found[2]] : NaN;
}

// A condition's time, which is an age or a date, as ms; NaN if it is neither.
export function momentOf(text, at = now()) {
  const age = durationOf(text);
  return Number.isNaN(age) ? Date.parse(text) : at - age;
}

function tick() {
  for (const time of document.querySelectorAll('time.ago')) {
    const text = shown(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

// Shows them exact or relative from now on.
export function showExact(exactly) {
  isExact = exactly;
  tick();
}

export function startTicking() {
  setInterval(() => {
    if (!isExact && !document.hidden) tick();
  }, 1000);
  // What the exact time says of "ago" is made when somebody looks.
  for (const event of ['pointerover', 'focusin']) {
    document.addEventListener(event, ({ target }) => {
      if (target instanceof Element && target.matches('time.ago')) target.title = fullTime(target.dateTime);
    });
  }
}

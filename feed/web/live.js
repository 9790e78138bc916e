// What the daemon says of itself each second, for whoever on the page listens. One stream for all; when it breaks off
// it is opened again, after longer and longer.
import { events } from './api.js';
import { setServerTime } from './times.js';

const FIRST_MS = 500,
  LONGEST_MS = 15_000;
// The daemon speaks each second: a stream that is silent for so long is dead, whatever TCP thinks.
const SILENT_MS = 20_000;

const listeners = new Set();
let last = null;
let running = null; // aborts it

function tell(status) {
  last = status;
  for (const listener of listeners) listener(status);
}

// Calls at once if something is known, then each second; with null when the daemon is not heard of. Returns what ends
// it.
export function listen(listener) {
  listeners.add(listener);
  if (last) listener(last);
  return () => listeners.delete(listener);
}

// Resolves when something has been heard, or after that time.
export function firstHeard(ms) {
  return new Promise((resolve) => {
    if (last) return resolve();
    const heard = () => {
      listeners.delete(heard);
      resolve();
    };
    listeners.add(heard);
    setTimeout(heard, ms);
  });
}

export function startLive() {
  if (running) return;
  running = new AbortController();
  run(running.signal);
}

export function stopLive() {
  running?.abort();
  running = null;
  last = null;
}

async function run(stopped) {
  let pause = FIRST_MS;
  let begun = await window.early.live;
  window.early.live = null;
  while (!stopped.aborted) {
    const one = new AbortController();
    const end = () => one.abort();
    stopped.addEventListener('abort', end);
    let silence = setTimeout(end, SILENT_MS);
    let isBroken = false;
    try {
      for await (const { event, data } of events('/api/v1/live', one.signal, begun)) {
        clearTimeout(silence);
        silence = setTimeout(end, SILENT_MS);
        if (event !== 'status') continue;
        const status = JSON.parse(data);
        setServerTime(status.now);
        tell(status);
        pause = FIRST_MS;
      }
    } catch (error) {
      if (error.status === 401 || error.status === 403) {
        if (running?.signal === stopped) running = null;
        return;
      }
      isBroken = true;
    } finally {
      begun = null;
      clearTimeout(silence);
      stopped.removeEventListener('abort', end);
    }
    if (stopped.aborted) return;
    // One that ends by itself, as each does after a while, is only opened again.
    if (isBroken) tell(null);
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, LONGEST_MS);
  }
}

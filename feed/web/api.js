// Calls of /api/v1/: with the token if there is one, errors as Problem with the server's own sentence.

const KEPT = 'token';

let token = null;
try {
  token = sessionStorage.getItem(KEPT);
} catch {
  // Then it is kept as long as the page.
}

class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export const hasToken = () => Boolean(token);

export function setToken(text) {
  token = text || null;
  try {
    if (token) sessionStorage.setItem(KEPT, token);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // See above.
  }
}

// Called when the server wants a token, or does not take the one it got any more.
let onRefused = () => {};
export function whenRefused(then) {
  onRefused = then;
}

export function queryString(parameters) {
  const pairs = Object.entries(parameters ?? {}).filter(
    ([, value]) => value !== undefined && value !== '' && value !== null,
  );
  return pairs.length ? '?' + new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])) : '';
}

// The answer as it is, whose status is good; for streams, exports and feeds.
// `preview`: somebody looks at a feed here, and is no firewall that would have to be kept up to date.
export async function request(path, { parameters, signal, method = 'GET', body, preview } = {}) {
  const more = {};
  if (body) more['Content-Type'] = 'application/json';
  if (preview) more['Sinkfeed-Preview'] = '1';
  let answer;
  try {
    answer = await fetch(path + queryString(parameters), {
      method,
      signal,
      cache: 'no-store',
      headers: token ? { ...more, Authorization: `Bearer ${token}` } : more,
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, 'The server does not answer. Is sinkfeed running?');
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let detail = text.replace(/^# /, '').trim();
  try {
    detail = JSON.parse(text).detail ?? detail;
  } catch {
    // Feeds and proxies answer in plain text.
  }
  if (answer.status === 401) onRefused(detail);
  throw new Problem(answer.status, detail || `The server answered with status ${answer.status}.`);
}

export async function call(name, parameters, signal) {
  return (await request(`/api/v1/${name}`, { parameters, signal })).json();
}

export async function act(name, body = {}) {
  return (await request(`/api/v1/${name}`, { method: 'POST', body })).json();
}

// The events of a text/event-stream, one after the other: {event, data}. `begun`: its answer, if it is there already.
export async function* events(path, signal, begun) {
  const answer = begun?.ok ? begun : await request(path, { signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  signal.addEventListener('abort', () => reader.cancel().catch(() => {}), { once: true });
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const one = { event: 'message', data: [] };
      for (const line of block.split('\n')) {
        const [, field, text] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (field === 'event') one.event = text;
        if (field === 'data') one.data.push(text);
      }
      if (one.data.length) yield { event: one.event, data: one.data.join('\n') };
    }
  }
}

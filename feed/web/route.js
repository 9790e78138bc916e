// The page's own addresses: #/VIEW/SUBJECT?filters. All that a view shows by is in them, so each can be passed on.

export function parseRoute(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [view, ...subject] = path.split('/');
  let decoded = subject.join('/');
  try {
    decoded = decodeURIComponent(decoded);
  } catch {
    // Written by hand: as it stands.
  }
  return { view: view || 'overview', subject: decoded, parameters: Object.fromEntries(new URLSearchParams(query)) };
}

export function routeTo(view, parameters = {}, subject = '') {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== '');
  // What is harmless in a fragment stays readable.
  const query = String(new URLSearchParams(pairs)).replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%2C', ',');
  const path = view === 'overview' ? '' : view;
  // Half a surrogate pair has no bytes that could be escaped.
  const tail =
    subject && '/' + encodeURIComponent(String(subject).replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll('%3A', ':');
  return `#/${path}${tail}${query ? '?' + query : ''}`;
}

export const current = () => parseRoute(location.hash);

export function go(hash) {
  location.hash = hash;
}

// Without a step in the browser's history: for what is typed letter by letter, or filled in.
export function replace(hash) {
  if (hash !== location.hash) history.replaceState(null, '', hash);
}

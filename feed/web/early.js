// What cannot wait until the modules are there: the theme, before anything is painted; and the first two questions to
// the server, so that their answers are there when the modules are. `early.caller`: who is calling, null if the server
// did not say; `early.live`: the stream of the state, if the caller may see it.
(() => {
  const read = (storage, key) => {
    try {
      return window[storage].getItem(key) ?? '';
    } catch {
      return ''; // Storage may be forbidden.
    }
  };
  const theme = read('localStorage', 'theme');
  // Else the system's.
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

  const token = read('sessionStorage', 'token');
  const ask = (name) =>
    fetch(`/api/v1/${name}`, { cache: 'no-store', headers: token ? { Authorization: `Bearer ${token}` } : {} });
  window.early = {};
  window.early.caller = ask('whoami')
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((caller) => {
      if (caller?.scopes.includes('read')) window.early.live = ask('live').catch(() => null);
      return caller;
    })
    .catch(() => null);
})();

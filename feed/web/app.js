// Starts the page: who is calling, which view the address names, the state in the header, theme, times, keyboard.
import { hasToken, setToken, whenRefused } from './api.js';
import { learnCaller, may, mayManageTokens } from './caller.js';
import { element, fill } from './element.js';
import { count, rate } from './figures.js';
import { showHelp, startKeyboard } from './keyboard.js';
import { listen, startLive, stopLive } from './live.js';
import { empty, failed } from './parts.js';
import { current, go, routeTo } from './route.js';
import { showExact, startTicking } from './times.js';

// Each view: show(main, route) gives {update(route), leave()}, either of which may be missing.
const VIEWS = {
  overview: { title: 'Overview', needs: 'read', load: () => import('./views/overview.js') },
  history: { title: 'History', needs: 'read', load: () => import('./views/history.js') },
  addresses: { title: 'Addresses', needs: 'read', load: () => import('./views/addresses.js') },
  why: { title: 'Why', needs: 'read', nav: 'addresses', load: () => import('./views/why.js') },
  generations: { title: 'Generations', needs: 'feed', load: () => import('./views/generations.js') },
  feeds: { title: 'Feeds', needs: 'feed', load: () => import('./views/feeds.js') },
  integrity: { title: 'Integrity', needs: 'read', load: () => import('./views/integrity.js') },
  tokens: { title: 'Server', needs: 'admin', load: () => import('./views/tokens.js') },
};

const main = document.getElementById('main');
let shown = null; // {name, subject, view}
let turn = 0; // the newest of the views that were asked for

const mayShow = (view) => may(view.needs) || (view === VIEWS.tokens && mayManageTokens());

function markNavigation(name) {
  for (const link of document.querySelectorAll('nav a')) {
    link.hidden = !mayShow(VIEWS[link.dataset.view]);
    if (link.dataset.view !== name) {
      link.removeAttribute('aria-current');
      continue;
    }
    link.setAttribute('aria-current', 'page');
    // Where there is no room for all of them.
    const { offsetLeft, offsetWidth, parentElement } = link;
    parentElement.scrollLeft = offsetLeft - parentElement.offsetLeft - (parentElement.clientWidth - offsetWidth) / 2;
  }
}

async function show() {
  if (!main.dataset.ready) return;
  // The skip link's own fragment is no view.
  if (location.hash === '#main') return main.focus();
  const route = current();
  const mine = ++turn;
  const view = VIEWS[route.view];
  if (view && shown?.name === route.view && shown.subject === route.subject && shown.view?.update) {
    shown.view.update(route);
    return;
  }
  shown?.view?.leave?.();
  shown = null;
  markNavigation(view?.nav ?? route.view);
  document.title = `${view?.title ?? 'Nothing here'} · sinkfeed`;
  if (!view) {
    main.className = '';
    fill(
      main,
      element('h1', 'Nothing here'),
      empty('There is no such page.', element('p', element('a', { href: '#/' }, 'Overview'))),
    );
    return;
  }
  if (!mayShow(view) && !route.subject && /^(#\/?)?$/.test(location.hash)) {
    const first = Object.keys(VIEWS).find((name) => !VIEWS[name].nav && mayShow(VIEWS[name]));
    if (first) return go(routeTo(first));
  }
  if (!mayShow(view)) {
    fill(
      main,
      element('h1', view.title),
      empty('This token may not see that.', element('p', `It takes one with the scope ${view.needs}.`)),
    );
    return;
  }
  try {
    const module = await view.load();
    if (mine !== turn) return;
    main.replaceChildren();
    main.className = `view-${route.view}`;
    shown = { name: route.view, subject: route.subject, view: null };
    window.scrollTo(0, 0);
    const opened = await module.show(main, route);
    if (mine === turn) shown.view = opened;
    else opened?.leave?.();
  } catch (error) {
    if (mine === turn) fill(main, failed(error));
  }
}

function showState(status) {
  const box = document.getElementById('state');
  const problems = status ? Object.keys(status.problems ?? {}).length : 0;
  const warnings = status ? Object.keys(status.warnings ?? {}).length : 0;
  const kind = !status ? 'away' : problems ? 'problem' : warnings ? 'warning' : 'well';
  const text = !status
    ? 'not answering'
    : problems
      ? count(problems, 'problem')
      : warnings
        ? count(warnings, 'warning')
        : 'ready';
  box.className = `state ${kind}`;
  const label = box.querySelector('.state-text');
  let perSecond = '';
  const total = status && Object.values(status.queries).reduce((sum, one) => sum + one, 0);
  if (status && showState.last) {
    const seconds = (Date.parse(status.now) - showState.last.time) / 1000;
    if (seconds > 0 && total >= showState.last.total)
      perSecond = `${rate((total - showState.last.total) / seconds)} queries/s`;
  }
  showState.last = status ? { time: Date.parse(status.now), total } : null;
  label.textContent = text;
  box.querySelector('.state-rate').textContent = perSecond;
}

async function askForToken(detail) {
  stopLive();
  shown?.view?.leave?.();
  shown = null;
  turn++;
  delete main.dataset.ready;
  const { showSignIn } = await import('./views/sign_in.js');
  showSignIn(main, detail, start);
}

async function start() {
  // Fetched meanwhile; should that fail, show() says so.
  VIEWS[current().view]?.load().catch(() => {});
  let caller;
  try {
    caller = await learnCaller();
  } catch (error) {
    if (error.status !== 401) {
      fill(main, failed(error), element('p', element('button', { onclick: start }, 'Try again')));
    }
    return;
  }
  main.dataset.ready = 'true';
  document.documentElement.dataset.version = caller.version;
  addSignOut(caller);
  if (may('read')) startLive();
  else showState.last = null;
  show();
}

function addSignOut(caller) {
  document.getElementById('sign-out')?.remove();
  if (!hasToken()) return;
  document.querySelector('.switches').append(
    element(
      'button.plain',
      {
        id: 'sign-out',
        title: `Signed in as ${caller.who}`,
        onclick: () => {
          setToken(null);
          location.reload();
        },
      },
      'Sign out',
    ),
  );
}

const THEMES = ['', 'light', 'dark'];

function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then it lasts as long as the page.
  }
}

function remembered(key) {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  const button = document.getElementById('theme');
  button.textContent = { '': 'System', light: 'Light', dark: 'Dark' }[theme];
  button.setAttribute('aria-label', `Theme: ${button.textContent}`);
  // Charts are painted, not styled: they are told.
  document.dispatchEvent(new Event('theme'));
}

function setExact(exactly) {
  document.getElementById('times').setAttribute('aria-pressed', String(exactly));
  showExact(exactly);
}

let theme = document.documentElement.dataset.theme ?? '';
document.getElementById('theme').addEventListener('click', () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  remember('theme', theme);
  setTheme(theme);
});
document.getElementById('times').addEventListener('click', () => {
  const exactly = document.getElementById('times').getAttribute('aria-pressed') !== 'true';
  remember('exact', exactly ? 'yes' : '');
  setExact(exactly);
});
document.getElementById('help').addEventListener('click', showHelp);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => document.dispatchEvent(new Event('theme')));
window.addEventListener('hashchange', show);

setTheme(theme);
setExact(remembered('exact') === 'yes');
startKeyboard();
startTicking();
whenRefused(askForToken);
listen(showState);
start();

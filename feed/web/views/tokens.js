// The server itself: who may fetch and call from elsewhere, settings taken anew, a backup.
import { act, call } from '../api.js';
import { may, mayManageTokens, who } from '../caller.js';
import { copyButton } from '../copy.js';
import { labelled, openDialog, openForm } from '../dialog.js';
import { element, foreign, mono } from '../element.js';
import { bytes, number } from '../figures.js';
import { buttonColumn, command, empty, heading, load, notice, scrolled, state, table } from '../parts.js';
import { timeElement } from '../times.js';
import { shownText } from '../shown_text.js';
import { toast } from '../toast.js';

const SCOPES = [
  ['feed', 'fetch feeds, see feeds and subscribers'],
  ['read', 'see everything'],
  ['observe', 'report addresses that clients are connected to'],
  ['admin', 'everything, decisions too'],
];

export function show(main) {
  const stopped = new AbortController();
  const about = element('div', { 'aria-busy': 'true' }),
    tokens = element('div', { 'aria-busy': 'true' });
  const { signal } = stopped;
  const reload = () => load(tokens, async () => tokenList(await call('tokens', {}, signal), reload));
  main.append(
    heading('Server'),
    card('This server', null, about),
    may('admin') && card('Settings and backup', null, acts(reload)),
    card('Tokens', mayManageTokens() && element('button.main', { onclick: () => askCreate(reload) }, 'New token …'), [
      !mayManageTokens() &&
        notice(
          'note',
          element('p', 'Tokens are made and revoked on the server itself, without a token:'),
          command('sinkfeed token create NAME --scope read'),
        ),
      tokens,
    ]),
  );
  load(about, async () => aboutServer(await call('status', {}, signal)));
  reload();
  return { leave: () => stopped.abort() };
}

const card = (title, beside, content) =>
  element('section.card', { 'aria-label': title }, element('div.card-head', element('h2', title), beside), content);

function aboutServer(status) {
  const field = (title, ...content) => element('div.field', element('dt', title), element('dd', content));
  return element(
    'dl.fields.two',
    field('Version', status.version),
    field('Started', timeElement(status.started)),
    field('You are', foreign(who().who), ` (${who().scopes.join(', ')})`),
    field('Workers', number(status.workers)),
    field('DNS', mono(status.dns.join(', '))),
    field('HTTP', mono([...status.http, ...status.https].join(', '))),
    field('Upstream', mono(status.upstream.join(', '))),
    field('Blocked names get', status.mode),
    field('Settings', mono(status.settings)),
    field('Store', mono(status.store), status.store_bytes > 0 && ` (${bytes(status.store_bytes)})`),
    status.sinks?.length > 0 &&
      field(
        'Sinks',
        status.sinks.map((sink) =>
          element(
            'div',
            state(sink.connected ? 'ok' : 'down'),
            ' ',
            foreign(sink.sink),
            sink.problem && [': ', foreign(sink.problem)],
            `, ${number(sink.lag)} waiting`,
          ),
        ),
      ),
  );
}

function acts(again) {
  const said = element('p', { role: 'status', class: 'hint' });
  const button = (title, during, run) => {
    const made = element(
      'button',
      {
        onclick: async () => {
          made.disabled = true;
          said.className = 'hint';
          said.textContent = during;
          try {
            said.textContent = shownText(await run());
          } catch (error) {
            said.className = 'problem';
            said.textContent = shownText(error.message);
          }
          made.disabled = false;
          again();
        },
      },
      title,
    );
    return made;
  };
  return [
    element(
      'div.row.wrap',
      button('Check settings', 'Reading settings and profiles …', async () => {
        const { settings, right, problem, changed } = await call('check');
        if (!right) throw new Error(`They are not right: ${problem}`);
        return `${settings} and its profiles are right. A reload would change ${changed.join(', ') || 'nothing'}.`;
      }),
      button('Reload settings', 'Reading settings and profiles …', async () => {
        const { changed } = await act('reload');
        return changed.length ? `Changed: ${changed.join(', ')}.` : 'Nothing has changed.';
      }),
      button('Back up', 'Copying the store …', async () => `The backup is ${(await act('backup')).backup}.`),
    ),
    said,
  ];
}

function tokenList({ tokens }, again) {
  if (!tokens.length)
    return empty(
      'There is no token.',
      element(
        'p',
        'Firewalls need none, unless the settings say so (http.feed_access); other machines that call the API do.',
      ),
    );
  return scrolled(
    table(
      [
        { title: 'Name', cell: (one) => mono(one.name) },
        { title: 'May', cell: (one) => one.scopes.join(', ') },
        { title: 'State', cell: (one) => state(one.expired ? 'expired' : 'ok') },
        { title: 'Created', class: 'figure', cell: (one) => timeElement(one.created) },
        { title: 'By', cell: (one) => foreign(one.created_by) },
        { title: 'Last used', class: 'figure', cell: (one) => (one.last_used ? timeElement(one.last_used) : 'never') },
        { title: 'Expires', class: 'figure', cell: (one) => (one.expires ? timeElement(one.expires) : 'never') },
        {
          title: 'Secret before',
          class: 'figure',
          cell: (one) => (one.former?.length ? ['good until ', timeElement(one.former[0].until)] : '–'),
        },
        ...buttonColumn(
          mayManageTokens(),
          (one) => ({
            text: 'New secret …',
            label: `New secret for ${one.name}`,
            onclick: () => askRotate(one, again),
          }),
          (one) => ({ text: 'Revoke …', label: `Revoke ${one.name}`, onclick: () => askRevoke(one, again) }),
        ),
      ],
      tokens,
      { caption: 'Tokens' },
    ),
    'Tokens',
  );
}

function showSecret(name, secret, note) {
  return openDialog(`Token ${name}`, () =>
    element(
      'div.stack',
      element('p', 'This is shown once, and kept nowhere. Copy it now.', note && ` ${note}`),
      element('div.url', element('code', secret), copyButton(secret, 'the token')),
    ),
  );
}

function askCreate(again) {
  const name = element('input', {
    type: 'text',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
    class: 'mono',
    pattern: '[A-Za-z0-9._\\-]+',
  });
  const expires = element('input', { type: 'text', placeholder: 'never', autocomplete: 'off' });
  const scopes = SCOPES.map(([scope, what]) => {
    const box = element('input', { type: 'checkbox', value: scope, checked: scope === 'feed' });
    return { box, line: element('label.check-line', box, element('span', element('strong', scope), `: ${what}`)) };
  });
  let made = null;
  openForm('New token', {
    button: 'Create',
    fields: () => [
      labelled('Name', name, 'Of the machine or the person that shows it.'),
      element(
        'fieldset',
        element('legend', 'What it is for'),
        scopes.map((one) => one.line),
      ),
      labelled('Expires after', expires, 'Like 90d; empty: never.'),
    ],
    submit: async () => {
      const body = {
        name: name.value.trim(),
        scopes: scopes.filter((one) => one.box.checked).map((one) => one.box.value),
      };
      if (expires.value.trim()) body.expires = expires.value.trim();
      made = await act('tokens/create', body);
    },
  }).then(() => shown(made, again));
}

// made: what the server gave; nothing if the form was left.
function shown(made, again) {
  if (!made) return;
  again();
  showSecret(made.name, made.token);
}

function askRotate(token, again) {
  const overlap = element('input', { type: 'text', placeholder: '7d', autocomplete: 'off' });
  let made = null;
  openForm(`New secret for ${token.name}`, {
    button: 'Make one',
    fields: () => [
      element('p.consequence', 'Both secrets are good for a while, so that nobody is refused meanwhile.'),
      labelled('The one before is good for', overlap, 'Like 7d; at most 365d.'),
    ],
    submit: async () => {
      const body = { name: token.name };
      if (overlap.value.trim()) body.overlap = overlap.value.trim();
      made = await act('tokens/rotate', body);
    },
  }).then(() => shown(made, again));
}

function askRevoke(token, again) {
  openForm(`Revoke ${token.name}`, {
    button: 'Revoke',
    danger: true,
    fields: () => [
      element(
        'p.consequence',
        'Whoever shows it is refused from now on. PAN-OS stops enforcing a list that it is refused.',
      ),
    ],
    submit: async () => {
      await act('tokens/revoke', { name: token.name });
      toast(`Revoked: ${token.name}.`);
      again();
    },
  });
}

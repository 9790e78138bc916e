// The form for a token, when the page is opened from another machine.
import { setToken } from '../api.js';
import { labelled } from '../dialog.js';
import { element, fill } from '../element.js';
import { command } from '../parts.js';

export function showSignIn(main, detail, then) {
  const field = element('input', { type: 'password', autocomplete: 'off', spellcheck: 'false', required: true });
  const form = element(
    'form.stack.narrow',
    element('h1', 'Sign in'),
    element('p', { role: 'alert' }, detail),
    labelled('Token', field, 'Kept until this tab is closed, and sent to this server alone.'),
    element('div.row', element('button', { type: 'submit', class: 'main' }, 'Sign in')),
    element('p', 'Whoever administers the server makes one there:'),
    command('sinkfeed token create NAME --scope read'),
    element(
      'p.hint',
      'read sees everything; feed sees feeds and subscribers; admin decides too. ',
      'On the server itself no token is needed.',
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    setToken(field.value.trim());
    then();
  });
  document.title = 'Sign in · sinkfeed';
  fill(main, form);
  field.focus();
}

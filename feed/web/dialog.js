// Dialogs that keep the page behind them, close with Esc, and give the focus back to where it came from.
import { element } from './element.js';
import { shownText } from './shown_text.js';

// Opens one with that content. `make` gets a function that closes it. Resolves when it is closed.
export function openDialog(title, make, { wide = false } = {}) {
  return new Promise((resolve) => {
    const heading = element('h2', { id: 'dialog-title' }, title);
    const dialog = element('dialog', { 'aria-labelledby': 'dialog-title', class: wide ? 'wide' : null });
    const close = () => dialog.close();
    dialog.append(
      element('div.dialog-head', heading, element('button.plain', { 'aria-label': 'Close', onclick: close }, '×')),
      make(close),
    );
    const before = document.activeElement;
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (before?.isConnected) before.focus();
      resolve();
    });
    dialog.addEventListener('pointerdown', (event) => {
      if (event.target === dialog) close();
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector('form input, form select')?.focus();
  });
}

// A form that asks for something and then does it; what goes wrong stands in it, and it stays open.
//   fields(form): elements; submit(form): does it, may throw; button: what it says on the button that does it
export function openForm(title, { fields, submit, button, danger = false }) {
  return openDialog(title, (close) => {
    const problem = element('p.problem', { role: 'alert', hidden: true });
    const send = element('button', { type: 'submit', class: danger ? 'danger' : 'main' }, button);
    const form = element('form.stack');
    form.append(
      ...fields(form),
      problem,
      element('div.row.end', element('button', { onclick: close }, 'Cancel'), send),
    );
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      send.disabled = true;
      problem.hidden = true;
      try {
        await submit(form);
        close();
      } catch (error) {
        problem.textContent = shownText(error.message);
        problem.hidden = false;
      } finally {
        send.disabled = false;
      }
    });
    return form;
  });
}

let fields = 0;

// A label with its field, and a hint below it.
export function labelled(text, field, hint) {
  field.id ||= `field-${++fields}`;
  const note = hint && element('span.hint', { id: `${field.id}-hint` }, hint);
  if (note) field.setAttribute('aria-describedby', note.id);
  return element('div.labelled', element('label', { htmlFor: field.id }, text), field, note);
}

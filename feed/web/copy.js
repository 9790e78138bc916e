// Copy buttons. The clipboard's interface is there on https and on this machine alone: elsewhere the old way does it.
import { announce, element } from './element.js';

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = element('textarea.unseen', { readonly: true, 'aria-hidden': 'true' });
  field.value = text;
  // Within an open dialog nothing outside it can have the focus.
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  const before = document.activeElement;
  field.select();
  document.execCommand('copy');
  field.remove();
  before?.focus();
}

// `text`: what is copied, or a function that gives it.
export function copyButton(text, what, label = 'Copy') {
  const button = element('button.copy', { 'aria-label': `${label} ${what}` }, label);
  button.addEventListener('click', async () => {
    try {
      await copy(typeof text === 'function' ? text() : text);
      button.textContent = 'Copied';
      announce(`Copied ${what}`);
    } catch {
      button.textContent = 'Not copied';
    }
    setTimeout(() => {
      button.textContent = label;
    }, 1500);
  });
  return button;
}

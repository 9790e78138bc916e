// What has been done, for some seconds, at the edge of the page; with a way back if there is one.
import { element } from './element.js';

const SECONDS = 12;

export function toast(sentence, { kind = 'done', action, onaction } = {}) {
  const box = element('div', { class: `toast ${kind}` }, element('span', sentence));
  let timer;
  const close = () => {
    clearTimeout(timer);
    box.remove();
  };
  const arm = () => {
    timer = setTimeout(close, SECONDS * 1000);
  };
  if (action) {
    box.append(
      element(
        'button',
        {
          onclick: () => {
            close();
            onaction();
          },
        },
        action,
      ),
    );
  }
  box.append(element('button.plain', { 'aria-label': 'Dismiss', onclick: close }, '×'));
  // Who is reading, or about to press, is not hurried.
  for (const event of ['pointerenter', 'focusin']) box.addEventListener(event, () => clearTimeout(timer));
  for (const event of ['pointerleave', 'focusout']) box.addEventListener(event, arm);
  document.getElementById('toasts').append(box);
  arm();
  return close;
}

// A failure: an abort is none.
export function toastProblem(error) {
  if (error.name !== 'AbortError') toast(error.message, { kind: 'failed' });
}

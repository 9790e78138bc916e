// What a client that asks for a name is told now: asked when somebody wants to know, because the question counts like any
// other.
import { call } from '../api.js';
import { announce, element, fill, foreign, mono } from '../element.js';
import { failed } from '../parts.js';
import { shownText } from '../shown_text.js';

const TYPES = ['A', 'AAAA', 'HTTPS', 'SRV'];
const TITLE = 'What a client is told now';

export function askNow(name, signal) {
  const type = element(
    'select',
    { 'aria-label': 'Type' },
    TYPES.map((one) => element('option', { value: one }, one)),
  );
  const result = element('div.told');
  const button = element('button', { onclick: () => ask() }, 'Ask');

  async function ask() {
    button.disabled = true;
    result.setAttribute('aria-busy', 'true');
    // A server that does not answer takes its time.
    if (!result.firstChild) fill(result, element('p.hint', 'Asking …'));
    try {
      const told = await call('query', { name, type: type.value }, signal);
      fill(result, answerOf(told));
      announce(shownText(`${told.rcode}, ${told.why}`));
    } catch (error) {
      if (error.name !== 'AbortError') fill(result, failed(error));
    }
    button.disabled = false;
    result.removeAttribute('aria-busy');
  }

  return element(
    'section.card',
    { 'aria-label': TITLE },
    element(
      'div.card-head.together',
      element('h2', TITLE),
      element('span.row', type, button),
      element('span.hint', 'The server asks itself; that is in the history like any other question.'),
    ),
    result,
  );
}

function answerOf(told) {
  const field = (title, ...content) => element('div.field', element('dt', title), element('dd', content));
  return element(
    'dl.fields',
    field('Question', mono(`${told.name} ${told.type}`)),
    field('Reason', foreign(told.why)),
    field('Code', foreign(told.rcode)),
    field(
      'Answers',
      told.answers.length
        ? element(
            'ul.bare',
            told.answers.map((answer) => element('li', mono(answer))),
          )
        : 'none',
    ),
    told.extended_error && field('Extended error', foreign(told.extended_error)),
    field('From', mono(told.server), `in ${told.milliseconds.toFixed(1)} ms`),
  );
}

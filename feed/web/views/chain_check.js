// A check of the whole chain of evidence, step by step, which somebody begins and may stop.
import { call } from '../api.js';
import { announce, element, fill, foreign } from '../element.js';
import { count } from '../figures.js';
import { notice } from '../parts.js';
import { span } from '../times.js';

const TITLE = 'Verify now';
const KINDS = ['link', 'block', 'row', 'checkpoint'];

const textOf = (sum) => KINDS.map((kind) => count(sum[`${kind}s`], kind)).join(', ');

export class ChainCheck {
  constructor() {
    this.button = element('button.main', { onclick: () => (this.running ? this.stop() : this.start()) }, TITLE);
    this.box = element('div.verify');
  }

  stop() {
    this.running?.abort();
  }

  async start() {
    this.running = new AbortController();
    this.button.textContent = 'Stop';
    const bar = element('progress', { max: '1', value: 0, 'aria-label': 'Verified' });
    const said = element('p.hint');
    fill(this.box, bar, said);
    const begun = Date.now(),
      sum = { links: 0, blocks: 0, rows: 0, checkpoints: 0 };
    try {
      for (let cursor = ''; ;) {
        const step = await call('history/verify', { cursor }, this.running.signal);
        for (const key of Object.keys(sum)) sum[key] += step[key];
        bar.value = step.done;
        const left =
          step.done > 0.01 ? `, about ${span(((Date.now() - begun) * (1 - step.done)) / step.done)} left` : '';
        said.textContent = `${Math.floor(step.done * 100)} %: ${textOf(sum)}${left}`;
        if (step.finding) {
          this.say('problem', `This is not as it was written: ${step.finding}`, textOf(sum));
          break;
        }
        if (!step.cursor) {
          this.say('good', 'All of it is as it was written.', `${textOf(sum)} in ${span(Date.now() - begun)}`);
          break;
        }
        cursor = step.cursor;
      }
    } catch (error) {
      if (error.name === 'AbortError') {
        const percent = Math.floor(bar.value * 100);
        said.textContent = `Stopped at ${percent} %: so far all was as it was written (${textOf(sum)}).`;
      } else {
        this.say('problem', error.message, textOf(sum));
      }
    }
    this.running = null;
    this.button.textContent = TITLE;
  }

  say(kind, sentence, looked) {
    fill(this.box, notice(kind, element('p', element('strong', foreign(sentence))), element('p.hint', looked)));
    announce(sentence);
  }
}

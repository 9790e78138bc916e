// The style sheet's colours for what is painted rather than styled, as they are in the theme of now.
import { element } from './element.js';

let probe = null;

// By its name there. What a name stands for is known where it is a colour of something.
export function colour(name) {
  if (!probe) document.body.append((probe = element('span', { hidden: true })));
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

// Elements of the page, made one way: attributes and text, never markup, so nothing that comes from outside is ever
// taken for any; and text that can be seen.
import { shownText } from './shown_text.js';

const AS_PROPERTY = new Set(['value', 'checked', 'disabled', 'hidden', 'selected', 'open', 'htmlFor', 'indeterminate']);

// element('a.name', { href: '#/', onclick: f }, 'text', otherElement, [more]); attributes may be left out.
export function element(what, ...rest) {
  const [tag, ...classes] = what.split('.');
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(' ');
  // Else one would send the form that it stands in.
  if (tag === 'button') made.type = 'button';
  const attributes = rest[0]?.constructor === Object ? rest.shift() : {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (AS_PROPERTY.has(name)) made[name] = value;
    else made.setAttribute(name, value === true ? '' : shownText(value, true));
  }
  append(made, rest);
  return made;
}

function append(parent, children) {
  for (const child of children) {
    if (child === undefined || child === null || child === false) continue;
    if (Array.isArray(child)) append(parent, child);
    else parent.append(child instanceof Node ? child : shownText(child, true));
  }
}

// Text of others: seen whole, and without a say in the direction of what stands beside it.
export function foreign(text, attributes) {
  return element('bdi', attributes ?? {}, shownText(text));
}

// Addresses, names, paths.
export const mono = (text) => foreign(text, { class: 'mono' });

export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
  return parent;
}

// What a screen reader says, politely, and nobody sees.
export function announce(sentence) {
  document.getElementById('announcement').textContent = sentence;
}

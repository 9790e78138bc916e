// How text that somebody else chose is shown: what cannot be seen, or turns the direction of what follows, becomes an
// escape that can be read. Whoever runs a domain or a client chooses names, user agents and reasons.

// Controls, soft hyphen, Arabic letter mark, zero-width and bidirectional characters, line and paragraph separators,
// byte order mark, tags, and surrogates without their other half.
const UNSEEN = new RegExp(
  '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f' +
    '\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb]' +
    '|[\\u{e0000}-\\u{e0fff}]|\\p{Surrogate}',
  'gu',
);

// `lines`: line ends are ours, and stay.
export function shownText(text, lines = false) {
  return String(text ?? '').replace(UNSEEN, (one) => {
    if (lines && one === '\n') return one;
    const code = one.codePointAt(0);
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

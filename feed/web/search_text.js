// The language of the search box: "client:10.0.0.0/8 name:*.google.com since:24h", and bare words. Text becomes
// conditions as the API takes them, and conditions become text again.

export const KEYS = {
  client: 'who asked: an address or a network, 10.0.0.0/8',
  name: 'a name, *.example.com for all below it, *word* for a part',
  type: 'A, AAAA, HTTPS, SRV, TYPE65, …',
  verdict: 'pass, sinkhole, refuse, local',
  rcode: 'NOERROR, NXDOMAIN, SERVFAIL, …',
  answer: 'an address that was answered',
  since: 'an age like 24h or 7d, or a date',
  until: 'an age, or a date',
};

const FOUR = /^(\d{1,3})(\.\d{1,3}){0,3}(\/\d{1,2})?$/;
const SIX = /^[0-9a-f:]*:[0-9a-f:.]*(\/\d{1,3})?$/i;
// Networks of one's own (RFC 1918, 3927, 4193, 4291, 6598): who stands in one asked; any other address was answered.
const OWN = [
  /^(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./,
  /^(f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1$)/i,
];

export const isAddress = (word) =>
  (FOUR.test(word) &&
    word.replace(/\/.*/, '').split('.').length === 4 &&
    word
      .split(/[./]/)
      .slice(0, 4)
      .every((n) => n < 256)) ||
  (SIX.test(word) && (word.match(/:/g) ?? []).length >= 2);

// What a word means that stands without a key.
export function meaningOf(word) {
  if (isAddress(word)) {
    const isNetwork = word.includes('/');
    return isNetwork || OWN.some((networks) => networks.test(word)) ? ['client', word] : ['answer', word];
  }
  // Who types a word looks for names with it in them; who knows the pattern writes the pattern.
  return ['name', word.includes('*') ? word : `*${word}*`];
}

// Words of a text, with where they stand. Quotes hold spaces together: name:"a b".
function wordsOf(text) {
  const words = [];
  const pattern = /(?:[^\s"]|"[^"]*"?)+/g;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    words.push({ text: found[0], start: found.index, end: found.index + found[0].length });
  }
  return words;
}

const unquoted = (text) => text.replaceAll('"', '');
const quoted = (text) => (/\s/.test(text) ? `"${text}"` : text);

// {conditions: {key: value}, notes: [what somebody should know of how it was read]}. One condition of a kind: the API
// takes no more, and the last one counts.
export function parseSearch(text) {
  const conditions = {},
    notes = [];
  for (const word of wordsOf(text)) {
    const [, key, value] = /^([a-z_]+):(.*)$/is.exec(word.text) ?? [];
    const known = key && Object.keys(KEYS).find((one) => one === key.toLowerCase());
    let condition;
    if (known) {
      condition = [known, unquoted(value)];
    } else {
      const bare = unquoted(word.text);
      // An IPv6 address has colons too.
      if (key && !isAddress(bare)) notes.push(`There is no “${key}:”; there are ${Object.keys(KEYS).join(', ')}.`);
      condition = meaningOf(bare);
    }
    if (condition[1] === '') continue;
    if (conditions[condition[0]]) notes.push(`Only one ${condition[0]} at a time: ${condition[1]} counts.`);
    conditions[condition[0]] =
      condition[0] === 'type' || condition[0] === 'rcode' ? condition[1].toUpperCase() : condition[1];
  }
  return { conditions, notes };
}

export function searchText(conditions) {
  return Object.keys(KEYS)
    .filter((key) => conditions[key])
    .map((key) => `${key}:${quoted(conditions[key])}`)
    .join(' ');
}

const TYPES = ['A', 'AAAA', 'HTTPS', 'SRV', 'SVCB', 'CNAME', 'MX', 'TXT', 'PTR', 'NS', 'SOA', 'CAA', 'ANY'];
const RCODES = ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED', 'FORMERR', 'NOTIMP'];
export const AGES = ['15m', '1h', '24h', '7d', '30d'];

// What may stand where the caret is: {start, end, offers: [{insert, note}]}; `known` has clients and names that were
// seen.
export function completions(text, caret, known = {}) {
  const word = wordsOf(text).find((one) => one.start <= caret && caret <= one.end) ?? {
    text: '',
    start: caret,
    end: caret,
  };
  const typed = text.slice(word.start, caret);
  const [, key, begun] = /^([a-z]+):(.*)$/is.exec(typed) ?? [];
  const values = {
    client: known.client ?? [],
    name: known.name ?? [],
    type: TYPES,
    verdict: ['pass', 'sinkhole', 'refuse', 'local'],
    rcode: RCODES,
    answer: [],
    since: AGES,
    until: AGES,
  };
  let offers;
  if (key && values[key.toLowerCase()]) {
    const want = begun.toLowerCase().replaceAll('"', '');
    const fits = values[key.toLowerCase()].filter((value) => value.toLowerCase().includes(want) && value !== begun);
    fits.sort((a, b) => b.toLowerCase().startsWith(want) - a.toLowerCase().startsWith(want));
    offers = fits.map((value) => ({ insert: `${key.toLowerCase()}:${quoted(value)} `, note: '' }));
  } else {
    const want = typed.toLowerCase();
    offers = Object.entries(KEYS)
      .filter(([name]) => name.startsWith(want))
      .map(([name, note]) => ({ insert: `${name}:`, note }));
    if (want.length > 1 && !offers.length) {
      const [meant, value] = meaningOf(unquoted(typed));
      const others =
        meant === 'name'
          ? [`name:${value}`, ...(want.includes('*') ? [] : [`name:${typed}`, `name:*.${typed}`])]
          : [`${meant}:${value}`, `${meant === 'client' ? 'answer' : 'client'}:${value}`];
      const notes = {
        [`name:*${typed}*`]: 'names with that in them',
        [`name:${typed}`]: 'that name alone',
        [`name:*.${typed}`]: 'all names below it',
      };
      offers = others.map((insert) => ({ insert: `${insert} `, note: notes[insert] ?? KEYS[insert.split(':')[0]] }));
    }
  }
  return { start: word.start, end: word.end, offers: offers.slice(0, 8) };
}

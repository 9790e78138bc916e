// What a firewall is to fetch: its URL, what to do there in the product's own words, and how it looks.
import { copyButton } from './copy.js';
import { element, foreign } from './element.js';
import { feedPreview } from './feed_preview.js';
import { number } from './figures.js';
import { empty, notice, select } from './parts.js';
import { go } from './route.js';

const LOOPBACK = /^(localhost|127\.|\[::1\])/;

const capital = (text) => text[0].toUpperCase() + text.slice(1);

export const noFormat = () =>
  empty('Which firewall is it for?', element('p', 'Choose the product; its URL and what to do there show up here.'));

// feed, format: what was chosen; at: {http, https}, where feeds are served; parameters: of the page's address; to(changes):
// where a choice leads; light: the element of it; signal: ends what is under way.
export function feedResult({ feed, format, at, parameters, to, light, signal }) {
  const origin = originOf(at),
    path = pathOf(feed, format, parameters),
    url = origin + path;
  const isScript = /\b(nft|ipset|iptables|ip6tables|pf|rsc|ps1|isa\.vbs)$/.test(format.format);
  const curl = `curl -fsS${isScript ? ` -o ${feed.name}.${format.format}` : ''} '${url}'`;
  const isTooMany = format.most && feed.entries > format.most;
  return [
    element('h2', foreign(format.products)),
    reachNotice(at, url),
    isTooMany &&
      notice(
        'warning',
        element(
          'p',
          `The smallest of these products takes ${number(format.most)} entries; `,
          `the feed has ${number(feed.entries)}.`,
        ),
      ),
    wishes(format, parameters, to),
    element('div.url', element('code', url), copyButton(url, 'the URL', 'Copy URL')),
    light,
    element('h3', 'What to do'),
    steps(feed, format, origin, url),
    facts(feed, format),
    element('h3', 'From a shell'),
    element('div.url', element('code', curl), copyButton(curl, 'the command')),
    element('h3', 'First lines'),
    feedPreview(path, signal),
  ];
}

function pathOf(feed, format, { family, aggregation }) {
  const query = [];
  if (family && !format.family) query.push(`family=${family}`);
  if (aggregation) query.push(`aggregation=${aggregation}`);
  return `/feed/${feed.name}.${format.format}${query.length ? '?' + query.join('&') : ''}`;
}

// Where others reach it: as this page was reached, unless that is this machine's own name for itself.
function originOf({ http = [], https = [] }) {
  if (!LOOPBACK.test(location.host)) return location.origin;
  const others = [...https.map((one) => `https://${one}`), ...http.map((one) => `http://${one}`)].filter(
    (one) => !/\/\/(0\.0\.0\.0|\[::\]|127\.|\[::1\])/.test(one),
  );
  return others[0] ?? location.origin;
}

// What keeps a firewall from reaching it so.
function reachNotice({ http = [], https = [] }, url) {
  if ([...http, ...https].every((one) => /^(127\.|\[::1\])/.test(one))) {
    return notice(
      'warning',
      element(
        'p',
        'Feeds are served on this machine alone. Set ',
        element('code', 'http.listen'),
        ' and ',
        element('code', 'http.allow'),
        ', so that the firewall may fetch.',
      ),
    );
  }
  if (LOOPBACK.test(new URL(url).host)) {
    return notice(
      'note',
      element('p', `You are on the server itself: put its name or address into the place of ${location.hostname}.`),
    );
  }
  return null;
}

function wishes(format, parameters, to) {
  const wish = (key, label, options) =>
    select(options, parameters[key] ?? '', (value) => go(to({ [key]: value })), label);
  return element(
    'div.row.wrap',
    format.family
      ? element('span.hint', `IPv${format.family} only, as the product reads it`)
      : wish('family', 'Family', [
          ['', 'IPv4 and IPv6'],
          ['4', 'IPv4'],
          ['6', 'IPv6'],
        ]),
    wish('aggregation', 'Aggregation', [
      ['', 'as the feed says'],
      ['none', 'single addresses'],
      ['lossless', 'networks where all is listed'],
    ]),
  );
}

// What stands for a name or a port is filled in.
function steps(feed, format, origin, url) {
  const text = format.subscribe
    .replace(/\bhttp:\/\/SERVER:8053/g, origin)
    .replace(/\bhttps?:\/\/HOST\b/g, origin)
    .replace(/\bNAME(?=\b|\d)/g, feed.name)
    .replace(/\bPORTS\b/g, feed.ports.join(' '))
    .replace(/\burl URL\b/g, `url ${url}`);
  return element(
    'ol.steps',
    text.split(/;\s+/).map((step) => element('li', capital(step.replace(/^then /, '')))),
  );
}

function facts(feed, format) {
  return element(
    'ul.facts',
    element(
      'li',
      format.says_ports
        ? `The list names the ports itself: ${feed.ports.join(', ')}.`
        : `Let its rule name the TCP ports ${feed.ports.join(', ')}: ` +
            'addresses of large providers are shared between services.',
    ),
    format.blocks_every_port &&
      element('li', 'It cuts addresses off on every port: what other names need too is never in it.'),
  );
}

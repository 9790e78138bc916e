// The command that asks this server a question, as somebody would type it who looks at this page.
import { call } from './api.js';
import { command } from './parts.js';

const NAME = 'talk.google.com';
const DNS_PORT = '53';

// host: as the page was reached; listen: what the server is asked at, like "0.0.0.0:53" or "[::]:53".
export function digCommand(host, listen) {
  const endpoints = listen.map((one) => /^(.*):(\d+)$/.exec(one)).filter(Boolean);
  // There, everywhere, or else somewhere.
  const [, , port] = endpoints.find(([, address]) => address === host) ??
    endpoints.find(([, address]) => address === '0.0.0.0' || address === '[::]') ??
    endpoints[0] ?? ['', host, DNS_PORT];
  return `dig @${host.replace(/^\[|\]$/g, '')}${port === DNS_PORT ? '' : ` -p ${port}`} ${NAME}`;
}

export function digHint() {
  const hint = command('\u00a0');
  call('status')
    .catch(() => ({ dns: [] }))
    .then(({ dns }) => {
      hint.textContent = digCommand(location.hostname, dns);
    });
  return hint;
}

// All that is known of an address, a name or a client, beginning with the sentence that people come for.
import { call } from '../api.js';
import { element, fill, mono } from '../element.js';
import { empty, failed } from '../parts.js';
import { aboutAddress } from './why_address.js';
import { aboutName } from './why_name.js';

export function show(main, route) {
  const stopped = new AbortController();
  const place = element('div.stack.wide', { 'aria-busy': 'true' });
  const load = async () => {
    if (!route.subject) {
      fill(
        place,
        empty(
          'Why what?',
          element('p', 'Choose an address under ', element('a', { href: '#/addresses' }, 'Addresses'), '.'),
        ),
      );
      return;
    }
    try {
      const known = await call('why', { subject: route.subject }, stopped.signal);
      fill(place, known.kind === 'address' ? aboutAddress(known, load) : aboutName(known, stopped.signal));
    } catch (error) {
      if (error.name === 'AbortError') return;
      fill(place, element('h1', mono(route.subject)), failed(error));
    }
    place.removeAttribute('aria-busy');
  };
  main.append(place);
  fill(place, element('h1', mono(route.subject)), element('p.hint', 'Looking through the history …'));
  load();
  return { leave: () => stopped.abort() };
}

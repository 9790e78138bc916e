// Who is calling, as the server sees it, and what it lets them do. What it does not is not offered.
import { call } from './api.js';
import { setServerTime } from './times.js';

let caller = null;

export const who = () => caller;

export async function learnCaller() {
  const early = window.early.caller;
  window.early.caller = null;
  caller = (await early) ?? (await call('whoami'));
  setServerTime(caller.now);
  return caller;
}

// The server lists all that the caller may, also what one scope brings with another.
export const may = (scope) => Boolean(caller?.scopes.includes(scope));

export const mayManageTokens = () => Boolean(caller?.tokens);

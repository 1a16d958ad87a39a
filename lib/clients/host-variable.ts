import { isName } from '../catalogue/names.js';
import { type Setting, setting } from '../config/definitions.js';
import type { Parser } from '../config/parsers.js';
import { PRELOAD_VARIABLES } from '../config/preload-variables.js';
import { readHostName } from './host-names.js';
import { APIS, DIALECTS, type HostOptions, isApi, isConsistent, isDialect } from './host-options.js';

/** Hosts by their name, as `readHostName` returns it. */
export type NamedHosts = ReadonlyMap<string, HostOptions>;

/** Hosts as the environment has them. */
const HOSTS: Parser<NamedHosts> = {
  shape: `host=provider, host=provider|api or host=provider|dialect, separated by commas; api is one of ${APIS.join(', ')}; dialect is one of ${DIALECTS.join(', ')}`,
  parse: (value) => {
    const { hosts, wrong } = readHosts(String(value));
    return wrong.length === 0 ? hosts : undefined;
  },
  known: (text) => readHosts(text).hosts,
  // A wrong entry may contain a password, so only its place is shown.
  seen: (value) => `an invalid entry at position ${readHosts(String(value)).wrong.join(', ')} of the list`,
  remedy: () =>
    'write entries such as localhost:8000=vllm, *.corp.example=openai or gw.internal=gw|anthropic',
};

/** The hosts that the environment adds to those of the options. */
export const HOSTS_SETTING: Setting<NamedHosts> = setting(
  HOSTS,
  PRELOAD_VARIABLES.hosts,
  new Map(),
  'Further hosts to observe, such as your own servers, in addition to those of the option `hosts`, which take precedence; a known host may be given another provider name.',
  { effect: 'invalid entries are left out' },
);

function readHosts(text: string): { readonly hosts: NamedHosts; readonly wrong: readonly number[] } {
  const hosts = new Map<string, HostOptions>();
  const wrong: number[] = [];
  text.split(',').forEach((entry, index) => {
    if (entry.trim() === '') return;
    const at = entry.indexOf('=');
    const host = at < 1 ? undefined : readHostName(entry.slice(0, at).trim());
    const options = readHostOptions(entry.slice(at + 1));
    if (host === undefined || options === undefined || hosts.has(host)) wrong.push(index + 1);
    else hosts.set(host, options);
  });
  return { hosts, wrong };
}

/** Reads a provider and, after it, an API or a dialect, or both. */
function readHostOptions(text: string): HostOptions | undefined {
  const [provider, ...words] = text.split('|').map((part) => part.trim());
  const api = words.find(isApi);
  const dialect = words.find(isDialect);
  const known = [api, dialect].filter((word) => word !== undefined).length;
  if (!isName(provider) || known !== words.length) return undefined;
  return isConsistent({ api, dialect }) ? { provider, api, dialect } : undefined;
}

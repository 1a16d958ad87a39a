import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { upstreamInPath } from '../catalogue/intermediaries.js';
import { PROVIDERS } from '../catalogue/providers.js';
import { findEndpoint } from './find-endpoint.js';
import {
  completeHost,
  type HostEntry,
  type HostFunction,
  type KnownHost,
  readHostMatch,
} from './host-options.js';
import { HostTable, isUnder, splitHost } from './host-table.js';
import type { Target } from './target.js';
import { authorityOf, pathOf, serverOf, withOneLoopback, withoutQuery } from './url-parts.js';

/** Recognises the URLs of requests to models; `undefined` for all others. */
export type Recognise = (url: string) => Target | undefined;

/** Targets are cached by URL, because a gateway calls few different URLs. */
const KEPT_TARGETS_MAX = INPUT_LIMITS.keptUrls.value;
const KEPT_URL_LENGTH_MAX = INPUT_LIMITS.keptUrlLength.value;

/**
 * Looks URLs up in the table of providers and in the hosts of the user, which take precedence.
 *
 * @param onFailure - called if a function of the user throws, or returns something that is not a match.
 */
export function createRecognise(hosts: readonly HostEntry[] = [], onFailure = () => {}): Recognise {
  const known = knownHosts();
  const own = ownHosts(hosts, known);
  const match = createMatch(onFailure);
  const kept = new Map<string, Target | undefined>();

  /** The row of a function is what it says of this URL. */
  const resolve = (row: OwnRow, { url, host, path }: Call): KnownHost | undefined => {
    if (typeof row !== 'function') return row;
    const answer = match(row, url);
    return answer && { ...completeHost(answer, declared(known, host, path)), model: answer.model };
  };

  return (url) => {
    const keptAsCalled = kept.get(url);
    if (keptAsCalled !== undefined) return keptAsCalled;
    const authority = authorityOf(url);
    if (authority === undefined) return undefined;
    const host = withOneLoopback(authority.host);
    const entries = known.entries(host);
    const ownEntries = own?.entries(host) ?? [];
    if (entries.length === 0 && ownEntries.length === 0) return undefined;
    // The query is irrelevant, and may differ in each call.
    const address = withoutQuery(url);
    if (kept.has(address)) return kept.get(address);

    const path = pathOf(address, authority.pathStart);
    const call = { url, host, path };
    let isKept = url.length <= KEPT_URL_LENGTH_MAX;
    let isNamed = false;
    const keep = (target?: Target): Target | undefined => {
      if (!isKept) return target;
      if (kept.size === KEPT_TARGETS_MAX) kept.clear();
      kept.set(address, target);
      return target;
    };
    for (const { prefix, row } of ownEntries.length === 0 ? entries : [...ownEntries, ...entries]) {
      if (!isUnder(path, prefix)) continue;
      // Where the user has named the server on a port, its default one is not there.
      if (isNamed && typeof row !== 'function' && row.isLocal) continue;
      // A function may answer differently the next time.
      isKept &&= typeof row !== 'function';
      const resolved = resolve(row, call);
      isNamed ||= resolved !== undefined;
      const target = resolved && targetOf(resolved, call, authority.host);
      if (target !== undefined) return keep(target);
    }
    return keep();
  };
}

/** A row of the hosts of the user. */
type OwnRow = KnownHost | HostFunction;

/** A URL, and its parts as they are looked up. */
interface Call {
  readonly url: string;
  readonly host: string;
  readonly path: string;
}

/** @param host - as it is called, which may be another name for the one that was looked up. */
function targetOf(row: KnownHost, { url, path }: Call, host: string): Target | undefined {
  const upstream = upstreamInPath(row.provider, path);
  const found = findEndpoint(upstream === undefined ? row : { apis: row.apis, ...upstream }, path);
  if (found === undefined) return undefined;
  const { provider, openAiRateLimits, model = found.model } = row;
  return { ...found, model, provider, openAiRateLimits, ...serverOf(url, host), hostAndPath: host + path };
}

let knownTable: HostTable<KnownHost> | undefined;

/** The hosts in the table of providers, which all share. */
function knownHosts(): HostTable<KnownHost> {
  if (knownTable !== undefined) return knownTable;
  const table = new HostTable<KnownHost>();
  for (const { hosts = [], localPort, apis = [], ...row } of PROVIDERS) {
    for (const host of hosts) table.add(splitHost(host), { ...row, apis });
    if (localPort === undefined) continue;
    table.add({ host: `localhost:${localPort}`, prefix: '' }, { ...row, apis, isLocal: true });
  }
  knownTable = table;
  return table;
}

function ownHosts(hosts: readonly HostEntry[], known: HostTable<KnownHost>): HostTable<OwnRow> | undefined {
  if (hosts.length === 0) return undefined;
  const table = new HostTable<OwnRow>();
  for (const { host, prefix, options } of hosts) {
    const row =
      typeof options === 'function' ? options : completeHost(options, declared(known, host, prefix));
    table.add({ host, prefix }, row);
  }
  return table;
}

/** What the table of providers says of a host, or of a pattern, by its name. */
function declared(known: HostTable<KnownHost>, host: string, path: string): KnownHost | undefined {
  return known.entries(host).find(({ prefix, row }) => !row.isLocal && isUnder(path, prefix))?.row;
}

/** Calls the functions of the user, which may do anything. */
function createMatch(onFailure: () => void) {
  let isCalling = false;
  return (decide: HostFunction, url: string) => {
    // A function that fetches would call itself without end.
    if (isCalling || !URL.canParse(url)) return undefined;
    isCalling = true;
    try {
      const answer: unknown = decide(new URL(url));
      if (answer === undefined) return undefined;
      const read = readHostMatch(answer);
      if (read === undefined) {
        onFailure();
        ignoreRejection(answer);
      }
      return read;
    } catch {
      // The call is not to fail for its monitoring, and the failure is counted.
      onFailure();
      return undefined;
    } finally {
      isCalling = false;
    }
  };
}

/** An async function is a mistake, whose rejection would end the process. */
function ignoreRejection(answer: unknown): void {
  Promise.resolve(answer).catch(() => undefined);
}

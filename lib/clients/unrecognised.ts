import { type Context, createContextKey } from '@opentelemetry/api';
import { OTHER } from '../catalogue/names.js';
import { sharedState } from '../global-state.js';
import { notice } from '../logger.js';
import type { RequestRecorder, SeenBy } from '../metrics/recorder.js';
import { activeRequest } from '../requests/context.js';
import { outerFetch } from '../requests/nested-fetch.js';
import { DEFAULT_APIS } from './host-options.js';
import type { Suspect } from './suspect.js';

/** How requests that look like calls to a model, to a host that is not known, are counted. */
export type UnrecognisedMode = 'count' | 'observe';

/** A call that an instrumented fetch has examined and did not recognise. */
export interface ExaminedCall {
  readonly hostAndPath: string;
  /** Whether a nested fetch, which knows the host, observes it. */
  isObserved: boolean;
}

const KEY = createContextKey('llm-edge-monitoring.examined-call.v1');

/** The context in which an examined call is made: whatever sees it there does not count it again. */
export function markExamined(parent: Context, call: ExaminedCall): Context {
  return parent.setValue(KEY, call);
}

/** Returns the call that an outer instrumented fetch has examined, and not recognised. */
export function examinedCall(active: Context): ExaminedCall | undefined {
  return active.getValue(KEY) as ExaminedCall | undefined;
}

/** Whether a call is counted already: by hand, or as the call of an outer fetch that sends it to another address. */
export function isCounted(active: Context): boolean {
  return outerFetch(active) !== undefined || activeRequest(active) !== undefined;
}

/** Whether calls are also seen where they pass no fetch, so that they must be known there by their context. */
export const foreignCalls = sharedState('foreign-calls.v1', () => ({ areWatched: false }));

/** The hosts that the log has named. The process has them once, so that a new start does not name them again. */
const state = sharedState<{ readonly hosts: Set<string> }>('unrecognised-hosts.v1', () => ({
  hosts: new Set(),
}));

const HOSTS_MAX = 21;

/** A call to a known host that no instrumented fetch has examined. */
export type KnownCall = Pick<Suspect, 'host' | 'hostAndPath' | 'pathEnd'>;

/** How an unrecognised request was found. */
interface Finding {
  readonly seenBy: SeenBy;
  /** Whether it is observed nevertheless, under the name of its host. */
  readonly isObserved?: boolean;
  /** Whether the user has declared its host, so that only its API is another one. */
  readonly isDeclared?: boolean;
}

/** Counts an unrecognised request, and logs the first one of each host with what to set. */
export function countUnrecognised(
  recorder: RequestRecorder,
  call: Suspect | KnownCall,
  { seenBy, isObserved = false, isDeclared = false }: Finding,
): void {
  const { host } = call;
  if (!recorder.recordUnrecognised(host, seenBy)) return;
  if (state.hosts.has(host) || state.hosts.size >= HOSTS_MAX) return;
  state.hosts.add(host);
  const remedies = [
    ...('api' in call ? [isDeclared ? remedyForApi(call) : remedyForHost(call)] : []),
    ...(seenBy === 'fetch' ? [] : [REMEDY_FOR_CLIENT]),
  ];
  notice(
    `requests to ${host} look like calls to a model (${call.pathEnd}) and are ${isObserved ? 'observed without a provider' : 'not observed'}. ${remedies.join(' ')} ` +
      'They are counted in llm_edge_monitoring_unrecognised_requests_total, logged once per host.',
  );
}

const REMEDY_FOR_CLIENT =
  'They do not go through an instrumented fetch: pass one to their client (fetch: instrumentFetch()), or make the call within ' +
  'observeRequest().';

function remedyForHost({ host, api, dialect }: Suspect): string {
  const provider = providerFor(host);
  const isDefault = dialect === undefined && DEFAULT_APIS.includes(api);
  const [option, entry] = isDefault
    ? ['', '']
    : [`, ${dialect ? 'dialect' : 'api'}: '${dialect ?? api}'`, `|${dialect ?? api}`];
  return (
    `Add to the options of instrumentFetch hosts: { '${host}': { provider: '${provider}'${option} } } or, with the ` +
    `preload, set LLM_EDGE_HOSTS=${host}=${provider}${entry} (separate several by commas).`
  );
}

function remedyForApi({ host, api, dialect }: Suspect): string {
  const kind = dialect === undefined ? `api: '${api}'` : `dialect: '${dialect}'`;
  return (
    `Its entry in hosts is for another API: add one with ${kind} for the start of this path, such as '${host}/v1', which ` +
    `takes precedence.`
  );
}

/** A name for the provider behind a host: `corp` for `llm.corp.example`, `local` for an address. */
function providerFor(host: string): string {
  const name = host.replace(/:\d+$/, '');
  if (name.startsWith('[') || /^[\d.]+$/.test(name) || !name.includes('.')) return 'local';
  return name.split('.').at(-2) ?? OTHER;
}

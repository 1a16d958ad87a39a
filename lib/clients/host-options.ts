import { isName } from '../catalogue/names.js';
import { type ApiName, type Dialect, OWN_APIS, rowOf } from '../catalogue/providers.js';
import { PATHS } from './endpoints.js';
import type { HostPattern } from './host-table.js';

/** A host that is not in the table, such as your own server or a proxy. */
export interface HostOptions {
  /** The `provider` label of its requests. */
  readonly provider: string;
  /**
   * The API that the host provides.
   *
   * @defaultValue the APIs of a known host or dialect; else OpenAI's API, Anthropic's at `/v1/messages`, Ollama's, and
   * those of the provider, if its name is that of a known one.
   */
  readonly api?: ApiName | undefined;
  /**
   * A variant of the API: `azure`, where the model is a deployment in the path; `vertex`, where the path names a
   * publisher and a model; `gemini`, where OpenAI's format counts tokens of thoughts in the total only.
   *
   * @defaultValue that of a known host; else that of the provider, if its name is that of a known one.
   */
  readonly dialect?: Dialect | undefined;
}

/** What a function says of a URL. */
export interface HostMatch extends HostOptions {
  /**
   * The model that is called.
   *
   * @defaultValue the model that the path or the body names.
   */
  readonly model?: string | undefined;
}

/**
 * Decides for each URL of a host who is called; with `undefined`, the URL is treated as if the host had no such entry.
 * The URL has to be that of a known endpoint nevertheless, since its answer is read in the format of that endpoint. A
 * function that throws, or returns something else, counts as returning `undefined`, and is counted in
 * `llm_edge_monitoring_dropped_total`. It runs before each call, and the call waits for it: keep it fast.
 *
 * @param url - a copy: changing it does not change the call.
 */
export type HostFunction = (url: URL) => HostMatch | undefined;

/** One entry of the hosts of the user. */
export interface HostEntry extends HostPattern {
  readonly options: HostOptions | HostFunction;
}

/** The APIs of a host of which nothing else is known. */
export const DEFAULT_APIS: readonly ApiName[] = [...OWN_APIS, 'ollama'];

/** The names of the APIs that a host may have. */
export const APIS: readonly string[] = [...Object.keys(PATHS), 'google'];

/** The APIs that exist in each dialect, in the order in which a path is looked up. */
const DIALECT_APIS: Readonly<Record<Dialect, readonly ApiName[]>> = {
  azure: ['openai', 'anthropic'],
  gemini: ['google', 'openai'],
  vertex: ['google', 'openai'],
};
export const DIALECTS: readonly string[] = Object.keys(DIALECT_APIS);

export const isApi = (value: unknown): value is ApiName => APIS.includes(value as string);
export const isDialect = (value: unknown): value is Dialect => DIALECTS.includes(value as string);

/** The APIs that a dialect excludes may not be named beside it. */
export function isConsistent({ api, dialect }: Pick<HostOptions, 'api' | 'dialect'>): boolean {
  return api === undefined || dialect === undefined || DIALECT_APIS[dialect].includes(api);
}

/** What is known of a host. */
export interface KnownHost {
  readonly provider: string;
  /** In the order in which a path is looked up. */
  readonly apis: readonly ApiName[];
  readonly dialect?: Dialect | undefined;
  readonly noStreamOptions?: true | undefined;
  /** Whether it was recognised by its port alone. */
  readonly isLocal?: true | undefined;
  /** The model that is called, if a function of the user says so. */
  readonly model?: string | undefined;
  readonly openAiRateLimits?: true | undefined;
}

/**
 * Completes options with what is known of the host in the table of providers, else of the provider.
 *
 * @param known - the row of the host, unless it was recognised by its port alone.
 */
export function completeHost(
  { provider, api, dialect }: HostOptions,
  known: KnownHost | undefined,
): KnownHost {
  const row = known ?? rowOf(provider);
  const inherited = known?.apis ?? [...new Set([...(row?.apis ?? []), ...DEFAULT_APIS])];
  const ofDialect = dialect === undefined ? inherited : DIALECT_APIS[dialect];
  return {
    provider,
    apis: api === undefined ? ofDialect : [api],
    dialect: dialect ?? row?.dialect,
    noStreamOptions: row?.noStreamOptions,
    openAiRateLimits: known?.openAiRateLimits,
  };
}

/** What a function of the user returned, read once; `undefined` if it is not a match. May throw, as a getter may. */
export function readHostMatch(value: unknown): HostMatch | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { provider, model, api, dialect } = value as Readonly<Record<string, unknown>>;
  if (!isName(provider) || !(model === undefined || isName(model))) return undefined;
  if (!(api === undefined || isApi(api)) || !(dialect === undefined || isDialect(dialect))) return undefined;
  return isConsistent({ api, dialect }) ? { provider, model, api, dialect } : undefined;
}

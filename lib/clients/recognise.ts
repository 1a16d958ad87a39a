import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { type ApiName, PROVIDERS, type ProviderRow } from '../catalogue/providers.js';
import { GEMINI_COMPATIBLE_CHAT, OPENAI_CHAT } from '../wire/openai.js';
import {
  COUNT_TOKENS,
  type Endpoint,
  GOOGLE_METHODS,
  GOOGLE_PATHS,
  PATHS,
  VERTEX_COUNT_TOKENS_MODEL,
  VERTEX_METHODS,
} from './endpoints.js';

/** A host that is not in the table, such as your own server or a proxy. */
export interface HostOptions {
  /** The `provider` label of its requests. */
  readonly provider: string;
  /**
   * The API that the host provides.
   *
   * @defaultValue the API of a known host; else OpenAI's API and, at `/v1/messages`, Anthropic's.
   */
  readonly api?: ApiName | undefined;
}

/** The facts in the URL of a request to a model. */
export interface Target extends Endpoint {
  readonly provider: string;
  /** The model, if the URL names it. */
  readonly model: string | undefined;
  readonly openAiRateLimits: true | undefined;
  readonly serverAddress: string;
  readonly serverPort: number | undefined;
  /** Identifies the call among nested ones. */
  readonly hostAndPath: string;
}

/** Recognises the URLs of requests to models; `undefined` for all others. */
export type Recognise = (url: string) => Target | undefined;

const DEPLOYMENT = /\/deployments\/([^/]+)\//;
const GOOGLE_METHOD = /\/models\/([^/:]+):(\w+)$/;
const TUNED_METHOD = /\/(tunedModels|endpoints)\/([^/:]+):(\w+)$/;
const VERTEX_METHOD = /\/publishers\/([^/]+)\/models\/([^/:]+):(\w+)$/;

/** The APIs of vLLM, Ollama and LiteLLM. */
const OWN_APIS: readonly ApiName[] = ['openai', 'anthropic'];

/** Targets are cached by URL, because a gateway calls few different URLs. */
const KEPT_TARGETS_MAX = INPUT_LIMITS.keptUrls.value;
const KEPT_URL_LENGTH_MAX = INPUT_LIMITS.keptUrlLength.value;

/**
 * Looks URLs up in the provider table and in `hosts`, which take precedence.
 *
 * @param hosts - by host, in the form of {@link hostOf}.
 */
export function createRecognise(hosts: Readonly<Record<string, HostOptions>> = {}): Recognise {
  const byHost = new Map<string, KnownHost>();
  const patterns: { readonly before: string; readonly after: string; readonly row: KnownHost }[] = [];
  for (const { hosts: names = [], apis = [], ...row } of PROVIDERS) {
    for (const name of names) {
      const [before = '', after] = name.split('*');
      if (after === undefined) byHost.set(name, { ...row, apis });
      else patterns.push({ before, after, row: { ...row, apis } });
    }
  }
  const find = (host: string): KnownHost | undefined =>
    byHost.get(host) ??
    patterns.find(({ before, after }) => host.startsWith(before) && host.endsWith(after))?.row;

  for (const [host, { provider, api }] of Object.entries(hosts)) {
    const known = find(host);
    byHost.set(host, { ...known, provider, apis: api === undefined ? (known?.apis ?? OWN_APIS) : [api] });
  }

  const recognise: Recognise = (url) => {
    const authority = authorityOf(url);
    if (authority === undefined) return undefined;
    const row = find(authority.host);
    if (row === undefined) return undefined;
    const path = pathOf(url, authority.pathStart);
    const found = findEndpoint(row, path);
    if (found === undefined) return undefined;
    const { host } = authority;
    const { provider, openAiRateLimits } = row;
    return { ...found, provider, openAiRateLimits, ...serverOf(url, host), hostAndPath: host + path };
  };
  const kept = new Map<string, Target>();
  return (url) => {
    // The query is irrelevant, and may differ in each call.
    const end = url.search(/[?#]/);
    const address = end === -1 ? url : url.slice(0, end);
    const known = kept.get(address);
    if (known !== undefined) return known;
    const target = recognise(address);
    if (target === undefined || url.length > KEPT_URL_LENGTH_MAX) return target;
    if (kept.size === KEPT_TARGETS_MAX) kept.clear();
    kept.set(address, target);
    return target;
  };
}

/**
 * Normalises a host name or URL from the options, for comparison with URLs; `undefined` if it is not a valid host.
 */
export function hostOf(text: string): string | undefined {
  const url = parse(text.includes('://') ? text : `https://${text}`);
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.host === '') return undefined;
  // `URL` accepts a wildcard in a host name.
  if (url.username !== '' || url.password !== '' || url.host.includes('*')) return undefined;
  return withoutPort(url.host);
}

function parse(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    // Not a URL: the caller reports it.
    return undefined;
  }
}

/** Removes a port that URLs leave out. */
function withoutPort(host: string): string {
  return host.replace(/:(?:443|80)$/, '');
}

interface KnownHost
  extends Pick<ProviderRow, 'provider' | 'dialect' | 'noStreamOptions' | 'openAiRateLimits'> {
  readonly apis: readonly ApiName[];
}

interface Found extends Endpoint {
  readonly model: string | undefined;
}

function findEndpoint(row: KnownHost, path: string): Found | undefined {
  const model = row.dialect === 'azure' ? decode(DEPLOYMENT.exec(path)?.[1]) : undefined;
  for (const api of row.apis) {
    if (api === 'google') {
      const found = row.dialect === 'vertex' ? vertexMethod(path) : googleMethod(path);
      if (found !== undefined) return found;
    }
    for (const [pathEnd, endpoint] of api === 'google' ? GOOGLE_PATHS : PATHS[api]) {
      if (typeof pathEnd === 'string' ? !path.endsWith(pathEnd) : !pathEnd.test(path)) continue;
      const named = typeof pathEnd === 'string' ? undefined : pathEnd.exec(path)?.groups?.['model'];
      return { ...inDialect(endpoint, row), model: decode(named) ?? model };
    }
  }
  return undefined;
}

function inDialect(endpoint: Endpoint, row: KnownHost): Endpoint {
  const { hasStreamOptions, ...common } = endpoint;
  const format =
    row.dialect === 'gemini' && endpoint.format === OPENAI_CHAT ? GEMINI_COMPATIBLE_CHAT : endpoint.format;
  return hasStreamOptions && !row.noStreamOptions
    ? { ...common, format, hasStreamOptions }
    : { ...common, format };
}

function googleMethod(path: string): Found | undefined {
  const [, model, method] = GOOGLE_METHOD.exec(path) ?? [];
  const endpoint = GOOGLE_METHODS[method ?? ''];
  if (endpoint !== undefined) return { ...endpoint, model: decode(model) };
  return tunedMethod(path);
}

/** Tuned models have their own names; on Vertex AI these are the endpoints that they are deployed to. */
function tunedMethod(path: string): Found | undefined {
  const [, kind, model, method] = TUNED_METHOD.exec(path) ?? [];
  const endpoint = GOOGLE_METHODS[method ?? ''];
  return endpoint === undefined ? undefined : { ...endpoint, model: decode(`${kind}/${model}`) };
}

function vertexMethod(path: string): Found | undefined {
  const [, publisher, model, method] = VERTEX_METHOD.exec(path) ?? [];
  if (publisher === 'anthropic' && model === VERTEX_COUNT_TOKENS_MODEL) {
    return { ...COUNT_TOKENS, model: undefined };
  }
  const endpoint = VERTEX_METHODS[publisher ?? '']?.[method ?? ''];
  return endpoint === undefined ? tunedMethod(path) : { ...endpoint, model: decode(model) };
}

/**
 * The host of an absolute URL, in lower case and with its port, and the index where the path begins. It does not use
 * `new URL`, which takes ten times as long, because every URL that the process fetches is parsed.
 */
function authorityOf(url: string): { readonly host: string; readonly pathStart: number } | undefined {
  const scheme = url.indexOf('://');
  if (scheme === -1) return undefined;
  const start = scheme + 3;
  let end = start;
  while (end < url.length && !isEndOfAuthority(url.charCodeAt(end))) end += 1;
  const authority = url.slice(start, end);
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  const isPortLeftOut = host.endsWith(':443') || (host.endsWith(':80') && url.startsWith('http:'));
  return { host: isPortLeftOut ? host.slice(0, host.lastIndexOf(':')) : host, pathStart: end };
}

/** Whether a character is one of `/?#`, or `\\`, which `URL` takes for a slash. */
function isEndOfAuthority(code: number): boolean {
  return code === 0x2f || code === 0x3f || code === 0x23 || code === 0x5c;
}

/** The path without trailing slashes. */
function pathOf(url: string, start: number): string {
  let end = url.length;
  while (end > start && url.charCodeAt(end - 1) === 0x2f) end -= 1;
  return url.slice(start, end);
}

function serverOf(url: string, host: string): Pick<Target, 'serverAddress' | 'serverPort'> {
  const port = /:(\d+)$/.exec(host);
  const serverAddress = port === null ? host : host.slice(0, port.index);
  const serverPort = port === null ? (url.startsWith('http:') ? 80 : 443) : Number(port[1]);
  return { serverAddress, serverPort };
}

function decode(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    // The name has a stray percent sign, so it is used without decoding.
    return name;
  }
}

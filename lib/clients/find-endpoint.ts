import type { ApiName, Dialect } from '../catalogue/providers.js';
import { GEMINI_COMPATIBLE_CHAT, OPENAI_CHAT } from '../wire/openai.js';
import { PERPLEXITY_CHAT } from '../wire/perplexity.js';
import type { WireFormat } from '../wire/wire-format.js';
import {
  COUNT_TOKENS,
  type Endpoint,
  GOOGLE_METHODS,
  GOOGLE_PATHS,
  PATHS,
  type PathEnd,
  type PathTable,
  VERTEX_COUNT_TOKENS_MODEL,
  VERTEX_METHODS,
} from './endpoints.js';

/** The facts about a host on which the meaning of its paths depends. */
export interface HostApis {
  readonly provider?: string | undefined;
  /** In the order in which a path is looked up. */
  readonly apis: readonly ApiName[];
  readonly dialect?: Dialect | undefined;
  readonly noStreamOptions?: true | undefined;
  /** Whether the host was recognised by its port alone, so that a path has to be that of an endpoint as a whole. */
  readonly isLocal?: true | undefined;
}

/** An endpoint, and the model if the path names it. */
export interface FoundEndpoint extends Endpoint {
  readonly model: string | undefined;
}

const DEPLOYMENT = /\/deployments\/([^/]+)\//;
const GOOGLE_METHOD = /\/models\/([^/:]+):(\w+)$/;
const TUNED_METHOD = /\/(tunedModels|endpoints)\/([^/:]+):(\w+)$/;
const VERTEX_METHOD = /\/publishers\/([^/]+)\/models\/([^/:]+):(\w+)$/;

/** Finds the endpoint at a path that ends without a slash; `undefined` if the path is not one of a model. */
export function findEndpoint(row: HostApis, path: string): FoundEndpoint | undefined {
  for (const api of row.apis) {
    if (api === 'google') {
      const found = row.dialect === 'vertex' ? vertexMethod(path) : googleMethod(path);
      if (found !== undefined) return found;
    }
    for (const [pathEnd, endpoint] of rowsFor(api === 'google' ? GOOGLE_PATHS : PATHS[api], path)) {
      if (!endsIn(path, pathEnd, row)) continue;
      const named = typeof pathEnd === 'string' ? undefined : pathEnd.exec(path)?.groups?.['model'];
      const deployment = row.dialect === 'azure' ? DEPLOYMENT.exec(path)?.[1] : undefined;
      return { ...inDialect(endpoint, row), model: decode(named ?? deployment) };
    }
  }
  return undefined;
}

/** The rows of a table by the last part of a path; those with patterns are in all of them. */
interface IndexedTable {
  readonly byLastPart: ReadonlyMap<string, PathTable>;
  readonly patterns: PathTable;
}

const INDEXED = new WeakMap<PathTable, IndexedTable>();

/** The rows that may be those of a path, in their order. Most paths of other programs have none. */
function rowsFor(table: PathTable, path: string): PathTable {
  let indexed = INDEXED.get(table);
  if (indexed === undefined) {
    indexed = createIndex(table);
    INDEXED.set(table, indexed);
  }
  return indexed.byLastPart.get(lastPart(path)) ?? indexed.patterns;
}

function createIndex(table: PathTable): IndexedTable {
  const parts = new Set(table.flatMap(([pathEnd]) => (typeof pathEnd === 'string' ? lastPart(pathEnd) : [])));
  const rowsOf = (part?: string): PathTable =>
    table.filter(([pathEnd]) => typeof pathEnd !== 'string' || lastPart(pathEnd) === part);
  return { byLastPart: new Map([...parts].map((part) => [part, rowsOf(part)])), patterns: rowsOf() };
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/'));
}

function endsIn(path: string, pathEnd: PathEnd, { isLocal }: HostApis): boolean {
  if (typeof pathEnd !== 'string') return !isLocal && pathEnd.test(path);
  return isLocal ? isWholePath(path, pathEnd) : path.endsWith(pathEnd);
}

/** What local servers put before the paths of OpenAI's API; the second is LM Studio's. */
const LOCAL_BASES = ['/v1', '/api/v0'] as const;
/** Paths that no other program on the same port is likely to have. */
const DISTINCT_END = /^\/(?:v1|api|chat)\//;

/** Whether a path is that of an endpoint of a local server. Other programs use the same ports. */
function isWholePath(path: string, pathEnd: string): boolean {
  if (path === pathEnd) return DISTINCT_END.test(pathEnd);
  return path.endsWith(pathEnd) && LOCAL_BASES.some((base) => path === base + pathEnd);
}

/** An endpoint as the API of a provider differs from the one that it is compatible with. */
export function inDialect(endpoint: Endpoint, row: Omit<HostApis, 'apis'>): Endpoint {
  const { hasStreamOptions, ...common } = endpoint;
  const format = endpoint.format === OPENAI_CHAT ? chatFormat(row) : endpoint.format;
  return hasStreamOptions && !row.noStreamOptions
    ? { ...common, format, hasStreamOptions }
    : { ...common, format };
}

function chatFormat({ dialect, provider }: Omit<HostApis, 'apis'>): WireFormat {
  if (dialect === 'gemini') return GEMINI_COMPATIBLE_CHAT;
  return provider === 'perplexity' ? PERPLEXITY_CHAT : OPENAI_CHAT;
}

function googleMethod(path: string): FoundEndpoint | undefined {
  const [, model, method] = GOOGLE_METHOD.exec(path) ?? [];
  const endpoint = GOOGLE_METHODS[method ?? ''];
  if (endpoint !== undefined) return { ...endpoint, model: decode(model) };
  return tunedMethod(path);
}

/** Tuned models have their own names; on Vertex AI these are the endpoints that they are deployed to. */
function tunedMethod(path: string): FoundEndpoint | undefined {
  const [, kind, model, method] = TUNED_METHOD.exec(path) ?? [];
  const endpoint = GOOGLE_METHODS[method ?? ''];
  return endpoint === undefined ? undefined : { ...endpoint, model: decode(`${kind}/${model}`) };
}

function vertexMethod(path: string): FoundEndpoint | undefined {
  const [, publisher, model, method] = VERTEX_METHOD.exec(path) ?? [];
  if (publisher === 'anthropic' && model === VERTEX_COUNT_TOKENS_MODEL) {
    return { ...COUNT_TOKENS, model: undefined };
  }
  const endpoint = VERTEX_METHODS[publisher ?? '']?.[method ?? ''];
  return endpoint === undefined ? tunedMethod(path) : { ...endpoint, model: decode(model) };
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

import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { ApiName, Dialect } from '../catalogue/providers.js';
import { type Endpoint, PATHS } from './endpoints.js';
import { findEndpoint } from './find-endpoint.js';
import { pathOf, withOneLoopback, withoutQuery } from './url-parts.js';

/** A URL that no provider of the table and no declared host has, but whose path is that of a call to a model. */
export interface Suspect {
  /** In the form of the option `hosts`: in lower case, without the port that the scheme implies. */
  readonly host: string;
  readonly hostAndPath: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly api: ApiName;
  /** The variant of the API that such a path belongs to. */
  readonly dialect: Dialect | undefined;
  readonly endpoint: Endpoint;
  /** The end of the path that is listed, without anything that may be a secret. */
  readonly pathEnd: string;
  /** The model, if the path names it. */
  readonly model: string | undefined;
  /** Whether the path alone tells a call to a model: its beginning, or a name of a model in it. */
  readonly isSure: boolean;
  /** Whether hardly anything but a call to a model has such a path. */
  readonly isDistinctive: boolean;
}

/** Beginnings of paths that only calls to models have, together with a listed end. */
const PREFIXES: readonly { readonly path: RegExp; readonly dialect?: Dialect }[] = [
  // Azure OpenAI, whose bodies need not name a model, and gateways that imitate it.
  { path: /\/openai\/deployments\/[^/]+\//, dialect: 'azure' },
  { path: /\/openai\/v1\// },
  { path: /\/anthropic\/v1\// },
  // Bedrock. Others have models that are invoked, too, but not by an ARN or by the name of a vendor and a dot.
  { path: /\/model\/(?:arn(?::|%3a).*|[a-z][\w-]*\.[^/]+)\/(?:converse|invoke)/i },
  { path: /\/model\/[^/]+\/converse/ },
];
const VERTEX: Dialect = 'vertex';

/** Ends of paths that hardly anything but an API of models has. Slack, Twilio, Vonage and surveys have other listed ones. */
const DISTINCTIVE =
  /\/chat\/completions$|\/v1\/(?:completions|embeddings|responses|images\/(?:generations|edits|variations)|audio\/(?:speech|transcriptions|translations))$/;

interface Row {
  readonly api: ApiName;
  readonly end: string | RegExp;
  readonly endpoint: Endpoint;
}

const ROWS: readonly Row[] = Object.entries(PATHS).flatMap(([api, paths]) =>
  paths.flatMap(([end, endpoint]) => {
    const isCall = endpoint.method === undefined && !endpoint.isLater && endpoint.createSession === undefined;
    return isCall ? [{ api: api as ApiName, end, endpoint }] : [];
  }),
);
/** The last segments of the paths of Bedrock, whose rows are patterns. Other patterns are not distinct enough. */
const BEDROCK_SEGMENTS: ReadonlySet<string> = new Set([
  'converse',
  'converse-stream',
  'invoke',
  'invoke-with-response-stream',
]);
const BEDROCK_ROWS = ROWS.filter(({ api, end }) => api === 'bedrock' && typeof end !== 'string');
/** The rows by the last segment of their path. Of two that match, the longer one counts. */
const BY_SEGMENT = new Map<string, Row[]>();
for (const row of ROWS) {
  if (typeof row.end !== 'string') continue;
  const segment = row.end.slice(row.end.lastIndexOf('/') + 1);
  const rows = [...(BY_SEGMENT.get(segment) ?? []), row];
  BY_SEGMENT.set(
    segment,
    rows.sort((a, b) => String(b.end).length - String(a.end).length),
  );
}

/** Returns what a URL is suspected to call. All but the URLs with a listed path take a fraction of a microsecond. */
export function suspectOf(url: string): Suspect | undefined {
  const path = pathOf(withoutQuery(url));
  const segment = path.slice(path.lastIndexOf('/') + 1);
  const rows = BY_SEGMENT.get(segment);
  const isMethod = segment.includes(':');
  const patterns = BEDROCK_SEGMENTS.has(segment) ? BEDROCK_ROWS : undefined;
  if (rows === undefined && patterns === undefined && !isMethod) return undefined;
  const row =
    rows?.find((one) => path.endsWith(one.end as string)) ??
    patterns?.find((one) => (one.end as RegExp).test(path));
  return row === undefined && !isMethod ? undefined : keep(path, () => describeRow(url, path, row));
}

function describeRow(url: string, path: string, row: Row | undefined): Suspect | undefined {
  if (row !== undefined) return describe(url, row, undefined);
  const dialect = path.includes('/publishers/') ? VERTEX : undefined;
  const found = findEndpoint({ apis: ['google'], dialect }, path);
  if (found === undefined || found.isLater) return undefined;
  return describe(url, { api: 'google', end: path.slice(path.lastIndexOf(':')), endpoint: found }, dialect);
}

/** Suspects by URL, because the same few URLs are called again and again. */
const kept = new Map<string, Suspect | undefined>();
const KEPT_MAX = INPUT_LIMITS.keptUrls.value;
const KEPT_LENGTH_MAX = INPUT_LIMITS.keptUrlLength.value;

function keep(address: string, find: () => Suspect | undefined): Suspect | undefined {
  if (address.length > KEPT_LENGTH_MAX) return find();
  if (kept.has(address)) return kept.get(address);
  if (kept.size >= KEPT_MAX) kept.clear();
  const suspect = find();
  kept.set(address, suspect);
  return suspect;
}

function describe(url: string, { api, end, endpoint }: Row, named: Dialect | undefined): Suspect | undefined {
  const parsed = parse(url);
  if (parsed === undefined || parsed.host === '') return undefined;
  const { hostname, port, protocol } = parsed;
  const path = parsed.pathname.replace(/\/+$/, '');
  const prefix = PREFIXES.find((one) => one.path.test(path));
  const dialect = named ?? prefix?.dialect;
  const host = parsed.host.replace(/:(?:443|80)$/, '');
  return {
    host: withOneLoopback(host),
    hostAndPath: host + path,
    serverAddress: hostname,
    serverPort: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    api,
    dialect,
    endpoint,
    pathEnd: typeof end === 'string' ? end : `/${path.slice(path.lastIndexOf('/') + 1)}`,
    model: findEndpoint({ apis: [api], dialect }, path)?.model,
    isSure: api === 'google' || prefix !== undefined,
    isDistinctive: DISTINCTIVE.test(path),
  };
}

function parse(url: string): URL | undefined {
  try {
    const parsed = new URL(url);
    return /^https?:$/.test(parsed.protocol) ? parsed : undefined;
  } catch {
    // Not an absolute URL, so that the fetch will refuse it.
    return undefined;
  }
}

import { type Exposition, type ExpositionSample, readExposition } from '../exposition.js';
import { type Fetched, fetchText } from '../fetch-text.js';

/** What the doctor knows of a process. */
export interface Evidence {
  /** Of the page. */
  readonly url: URL;
  readonly env: NodeJS.ProcessEnv;
  readonly page: Fetched;
  /** Other places that have a page of this package, where `url` has none. */
  readonly pagesElsewhere: readonly string[];
  /** Absent where `page` is none. */
  readonly samples: readonly ExpositionSample[];
  readonly families: Exposition['families'];
  /** Of the processes that answered, one for each; more than one where several share a port. */
  readonly processes: readonly ProcessInfo[];
  /** The name that the service should have. */
  readonly expectedService: string | undefined;
  /** How much the clock of the server is ahead of the one here. */
  readonly clockAheadMs: number;
  readonly nowMs: number;
  /** Whether the status server demands a header other than the one that was sent. */
  readonly isStatusHidden: boolean;
  /** Warnings about settings, where the status server answers. */
  readonly settingWarnings: readonly string[];
  /** How many processes the status server shows, and of how many. */
  readonly group: { readonly shown: number; readonly members: number } | undefined;
}

/** What a page says of its process. */
export interface ProcessInfo {
  readonly serviceName: string;
  readonly instanceId: string;
}

interface StatusAnswer {
  readonly status: number;
  readonly document: unknown;
}

/** Options of {@link gatherEvidence}. */
export interface GatherOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly expectedService: string | undefined;
  readonly authorization: string | undefined;
  readonly statusAuthorization: string | undefined;
  readonly fetchPage?: typeof fetchText | undefined;
  readonly now?: (() => number) | undefined;
}

/** Several connections at the same time reach several processes, where they share a port. */
const READS = 4;
/** The ports that `metrics.port: 'auto'` takes. */
const AUTO_PORTS = Array.from({ length: 16 }, (_, index) => 9464 + index);
const PROBE_MILLIS = 500;
const STATUS_BYTES_MAX = 8 * 1024 * 1024;

/** Reads the page, and what the status server beside it tells. */
export async function gatherEvidence(url: URL, options: GatherOptions): Promise<Evidence> {
  const { env, expectedService, authorization, statusAuthorization } = options;
  const { fetchPage = fetchText, now = Date.now } = options;
  const accept = 'text/plain;version=0.0.4';
  const reads = await Promise.all(
    Array.from({ length: READS }, () => fetchPage(url.href, { authorization, accept })),
  );
  const page = reads.find((read) => read.ok && read.status === 200) ?? (reads[0] as Fetched);
  const nowMs = now();
  const read = pageOf(page);
  const infos = reads.flatMap((other) => pageOf(other)?.samples.filter(isInfo) ?? []).map(processInfo);
  const processes = new Map(infos.map((info) => [info.instanceId, info]));
  const isOurs = read !== undefined && hasOurMetrics(read.families);
  const [status, config] = isOurs ? await Promise.all([statusOf('status'), statusOf('config')]) : [];
  return {
    url,
    env,
    page,
    pagesElsewhere: isOurs || isRefusal(page) ? [] : await findPages(),
    samples: read?.samples ?? [],
    families: read?.families ?? new Map(),
    processes: [...processes.values()],
    expectedService,
    clockAheadMs: page.ok && !Number.isNaN(page.sentAtMs) ? page.sentAtMs - nowMs : 0,
    nowMs,
    isStatusHidden: config?.status === 401,
    settingWarnings: warningsIn(config?.document),
    group: groupIn(status?.document),
  };

  async function statusOf(name: string): Promise<StatusAnswer | undefined> {
    const fetched = await fetchPage(new URL(`/api/v1/${name}`, url).href, {
      authorization: statusAuthorization,
      accept: 'application/json',
      bytesMax: STATUS_BYTES_MAX,
    });
    if (!fetched.ok) return undefined;
    const { status } = fetched;
    if (status !== 200) return { status, document: undefined };
    try {
      return { status, document: JSON.parse(fetched.text) };
    } catch {
      // Another server that answers every path: it tells nothing of this package.
      return undefined;
    }
  }

  /** Pages at the usual path, and on this machine at the ports that `auto` takes. */
  async function findPages(): Promise<readonly string[]> {
    const isLocal = /^(localhost|127\.|\[::1\])/.test(url.hostname);
    const ports = isLocal ? AUTO_PORTS.map(String) : [];
    const candidates = [url.port, ...ports].map((port) => {
      const other = new URL('/metrics', url);
      other.port = port;
      return other.href;
    });
    const found = await Promise.all(
      [...new Set(candidates)].map(async (candidate) => {
        if (candidate === url.href) return [];
        // Another port may be another program's, which must not learn the header.
        const own = new URL(candidate).origin === url.origin ? { authorization } : {};
        const fetched = await fetchPage(candidate, { ...own, accept, timeoutMillis: PROBE_MILLIS });
        const other = pageOf(fetched);
        return other !== undefined && hasOurMetrics(other.families) ? [candidate] : [];
      }),
    );
    return found.flat();
  }
}

export function hasOurMetrics(families: Exposition['families']): boolean {
  return [...families.keys()].some((name) => name.startsWith('llm_edge_'));
}

function pageOf(fetched: Fetched): Exposition | undefined {
  return fetched.ok && fetched.status === 200 ? readExposition(fetched.text) : undefined;
}

/** Whether a page is there and wants another header or host, so that no other page needs to be found. */
function isRefusal(page: Fetched): boolean {
  return page.ok && (page.status === 401 || page.status === 403);
}

const isInfo = ({ name }: ExpositionSample): boolean => name === 'target_info';

function processInfo({ labels }: ExpositionSample): ProcessInfo {
  return { serviceName: labels['service_name'] ?? '', instanceId: labels['service_instance_id'] ?? '' };
}

type Json = Readonly<Record<string, unknown>>;
const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function warningsIn(config: unknown): readonly string[] {
  return listOf(objectOf(config)['settings']).flatMap((row) =>
    listOf(objectOf(row)['warnings']).map((warning) => {
      const { variable, option, seen, effect, remedy } = objectOf(warning);
      return `${variable ?? option}: ${seen}; ${effect}; ${remedy}`;
    }),
  );
}

function groupIn(status: unknown): Evidence['group'] {
  const { shown, members } = objectOf(objectOf(status)['process']);
  return typeof shown === 'number' && typeof members === 'number' ? { shown, members } : undefined;
}

import type { DescribedSetting } from '../../config/describe-settings.js';
import { isRecord } from '../../config/issues.js';
import { fetchText } from '../fetch-text.js';
import type { Findings } from './findings.js';

/** What a running process reports, or why nothing came. */
export type RunningConfig =
  | { readonly ok: true; readonly findings: Findings }
  | { readonly ok: false; readonly problem: string };

const PATH = '/api/v1/config';
const BYTES_MAX = 4 * 1024 * 1024;

const STATUS_PROBLEMS: Readonly<Record<number, string>> = {
  401: 'it requires the header of statusPage.authorization: pass it with --authorization',
  403: 'it refuses this name in the Host header: use localhost or an IP address',
  404: `it has no ${PATH}: the status page is off, or needs statusPage.authorization beyond localhost`,
};

/** The URL of the API beneath what a user writes: `localhost:9464`, or the URL of the page or of the metrics. */
export function configUrl(text: string): URL | undefined {
  const url = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(PATH, url)) return undefined;
  const { protocol, username, password } = new URL(url);
  const isPlain = username === '' && password === '' && /^https?:$/.test(protocol);
  return isPlain ? new URL(PATH, url) : undefined;
}

/** Reads the settings of a running process. Its trials are empty: what it reaches cannot be tried from here. */
export async function readRunningConfig(url: URL, authorization: string | undefined): Promise<RunningConfig> {
  const page = await fetchText(url.href, { authorization, accept: 'application/json', bytesMax: BYTES_MAX });
  if (!page.ok) return { ok: false, problem: page.problem };
  const { status, text } = page;
  if (status !== 200)
    return { ok: false, problem: STATUS_PROBLEMS[status] ?? `it answers with HTTP ${status}` };
  const settings = readSettings(text);
  if (settings === undefined)
    return { ok: false, problem: 'its answer does not come from llm-edge-monitoring' };
  const warnings = [
    ...new Map(settings.flatMap((row) => row.warnings).map((each) => [JSON.stringify(each), each])).values(),
  ];
  return { ok: true, findings: { settings, warnings, unread: [], trials: [] } };
}

/** The rows of the answer, with the members that are printed; `undefined` where it is another document. */
function readSettings(text: string): readonly DescribedSetting[] | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const rows: unknown = isRecord(document) ? document['settings'] : undefined;
    if (!Array.isArray(rows) || !rows.every(isSetting)) return undefined;
    return rows.map((row) => ({ ...row, warnings: row.warnings.filter(isRecord) }));
  } catch {
    // The answer of another server is no JSON.
    return undefined;
  }
}

function isSetting(row: unknown): row is DescribedSetting {
  return (
    isRecord(row) &&
    typeof row['option'] === 'string' &&
    typeof row['origin'] === 'string' &&
    Array.isArray(row['variables']) &&
    Array.isArray(row['warnings'])
  );
}

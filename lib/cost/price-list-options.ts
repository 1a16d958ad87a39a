import { statSync } from 'node:fs';
import { inPlace, objectOf, optional, readOption } from '../config/nested-options.js';
import { BOOLEAN, check, MILLIS, type Parser } from '../config/parsers.js';
import { showFile, showUrl } from '../config/redact.js';
import { isUrl } from './price-list-source.js';

/** A newer price list than the bundled one. */
export interface PriceListOptions {
  /**
   * The path of a file, or an `https://` URL; `http://` is accepted of this machine only. The format is that of
   * `prices/new_data/v2/data.json` of https://github.com/pydantic/genai-prices. A URL that redirects is refused.
   */
  readonly from: string;
  /**
   * The SHA-256 of the document, in hexadecimal digits: any other document is refused. Environment:
   * `LLM_EDGE_PRICE_LIST_DIGEST`.
   */
  readonly sha256?: string | undefined;
  /**
   * Time between two looks at the source, in milliseconds.
   *
   * @defaultValue 3,600,000 (one hour)
   */
  readonly refreshIntervalMillis?: number | undefined;
  /**
   * Accepts a list that lacks more than 5 % of the models, or changes a price in use more than tenfold. Without it such
   * a list is refused, and the old one stays in force.
   *
   * @defaultValue `false`
   */
  readonly accept?: boolean | undefined;
}

/** {@link PriceListOptions}, resolved. */
export interface PriceListConfig {
  readonly from: string;
  readonly sha256: string | undefined;
  readonly refreshIntervalMillis: number;
  readonly accept: boolean;
}

const REFRESH_MILLIS = 3_600_000;

const isSource = (value: unknown): value is string => {
  if (typeof value !== 'string' || value.trim() === '') return false;
  if (!/^[a-z][a-z+.-]+:\/\//i.test(value)) return isFile(value);
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname));
  return isSafe && username === '' && password === '';
};

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

const isThisMachine = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);

const SOURCE: Parser<string> = check(
  isSource,
  'the path of a file that exists, or an https:// URL without user and password',
  (text) => (isUrl(text) ? showUrl(text) : showFile(text)),
);

const SHA256 = check(
  (value): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value),
  'the 64 hexadecimal digits of a SHA-256',
);

const OPTIONS = objectOf<PriceListOptions>(
  {
    from: SOURCE,
    sha256: optional(SHA256),
    refreshIntervalMillis: optional(MILLIS),
    accept: optional(BOOLEAN),
  },
  'the path or the URL of a price list, or an object such as { from: "prices.json" }',
);

/** Reads `pricing.list`: a path or a URL alone, or an object. */
export const PRICE_LIST: Parser<PriceListConfig> = inPlace(OPTIONS.shape, (value, { path, issues }) => {
  const isAlone = typeof value === 'string';
  const given = readOption(OPTIONS, isAlone ? { from: value } : value, path, issues);
  return given && priceListConfig(given);
});

export function priceListConfig(options: PriceListOptions): PriceListConfig {
  const { from, sha256, refreshIntervalMillis = REFRESH_MILLIS, accept = false } = options;
  return { from, sha256: sha256?.toLowerCase(), refreshIntervalMillis, accept };
}

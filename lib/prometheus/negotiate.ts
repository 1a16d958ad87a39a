import type { TextFormat } from './families.js';

/** One entry of an `Accept` or `Accept-Encoding` header. */
interface Preference {
  readonly name: string;
  readonly version: string | undefined;
  readonly quality: number;
}

interface Offer {
  readonly format: TextFormat;
  readonly group: string;
  readonly name: string;
  readonly version: string;
}

/** The formats that can be answered, the default first. */
const OFFERS: readonly Offer[] = [
  { format: 'text', group: 'text/*', name: 'text/plain', version: '0.0.4' },
  { format: 'openmetrics', group: 'application/*', name: 'application/openmetrics-text', version: '1.0.0' },
];

/**
 * Chooses the format of a scrape by its `Accept` header.
 *
 * Each format takes the quality of the most specific entry that matches it, as in RFC 9110; the higher quality
 * wins, between equals the more specific entry, then the earlier one. A `version` has to match the offered one;
 * all other parameters (`escaping`, `charset`) are ignored, because every name on the page is valid in each
 * escaping scheme. Without a header, or if none of the requested formats is available, the answer is text 0.0.4:
 * a page that Prometheus can read is better than a 406.
 *
 * @param accept - value of the `Accept` header
 */
export function negotiateFormat(accept: string | undefined): TextFormat {
  if (accept === undefined) return 'text';
  const preferences = parsePreferences(accept);
  let best: Match | undefined;
  for (const offer of OFFERS) {
    const match = matchOffer(offer, preferences);
    if (match !== undefined && match.quality > 0 && (best === undefined || isBetter(match, best)))
      best = match;
  }
  return best?.format ?? 'text';
}

/** The most specific entry that matches a format. */
interface Match {
  readonly format: TextFormat;
  readonly quality: number;
  readonly specificity: number;
  readonly position: number;
}

function isBetter(match: Match, best: Match): boolean {
  if (match.quality !== best.quality) return match.quality > best.quality;
  if (match.specificity !== best.specificity) return match.specificity > best.specificity;
  return match.position < best.position;
}

function matchOffer(offer: Offer, preferences: readonly Preference[]): Match | undefined {
  let match: Match | undefined;
  for (const [position, { name, version, quality }] of preferences.entries()) {
    const specificity = specificityOf(offer, name, version);
    if (specificity > (match?.specificity ?? 0)) {
      match = { format: offer.format, quality, specificity, position };
    }
  }
  return match;
}

function specificityOf(offer: Offer, name: string, version: string | undefined): number {
  if (name === offer.name) return version === undefined ? 3 : version === offer.version ? 4 : 0;
  if (name === offer.group) return 2;
  return name === '*/*' ? 1 : 0;
}

/**
 * Returns whether a scrape may be answered in gzip.
 *
 * @param acceptEncoding - value of the `Accept-Encoding` header; absent means no
 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  const qualities = new Map<string, number>();
  for (const { name, quality } of parsePreferences(acceptEncoding)) qualities.set(name, quality);
  const gzip = qualities.get('gzip') ?? qualities.get('x-gzip') ?? qualities.get('*') ?? 0;
  return gzip > 0 && gzip >= (qualities.get('identity') ?? 0);
}

/** Entries that cannot be parsed are skipped one by one. */
function parsePreferences(header: string): Preference[] {
  const preferences: Preference[] = [];
  for (const entry of header.split(',')) {
    const [head = '', ...rest] = entry.split(';');
    const name = head.trim().toLowerCase();
    if (name === '') continue;
    const parameters = new Map(rest.map(parseParameter));
    const quality = parseQuality(parameters.get('q'));
    if (quality !== undefined) preferences.push({ name, version: parameters.get('version'), quality });
  }
  return preferences;
}

function parseParameter(text: string): [string, string] {
  const [name = '', value = ''] = text.split('=', 2);
  return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')];
}

const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

function parseQuality(text: string | undefined): number | undefined {
  if (text === undefined) return 1;
  return QUALITY.test(text) ? Number(text) : undefined;
}

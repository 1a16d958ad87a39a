import { METRICS } from '../catalogue/metrics.js';
import { type ConfigProblem, configError } from '../errors.js';
import { logger } from '../logger.js';
import { DIALECTS, TARGET_INFO, type TextFormat } from './families.js';
import { createPage, type Page } from './scraper.js';

/** A registry of prom-client, 14 or later, whose metrics are added to the page. */
export interface PromClientRegistry {
  /** The format that `metrics()` returns. */
  readonly contentType: string;
  metrics(): Promise<string>;
  getMetricsAsArray(): readonly { readonly name: string }[];
}

/** The suffixes of samples, which are not part of the name of their family. */
const SAMPLE_SUFFIX = /_(?:total|bucket|sum|count|created|info)$/;

const familyOf = (name: string): string => name.replace(SAMPLE_SUFFIX, '');

const CATALOGUE_FAMILIES: ReadonlySet<string> = new Set([...Object.keys(METRICS), TARGET_INFO].map(familyOf));

/**
 * Checks a registry before it is used.
 *
 * @throws {MonitoringError} ERR_INVALID_CONFIG for another object, a format that is not text, and a metric of the
 *   registry with a name that this package has as well: Prometheus would refuse the page.
 *
 * @param furtherNames - names of metrics that this package has beside those of the catalogue.
 */
export function checkRegistry(registry: PromClientRegistry, furtherNames: readonly string[]): void {
  const further = new Set(furtherNames.map(familyOf));
  const problems: ConfigProblem[] = [];
  const add = (seen: string, remedy: string): number =>
    problems.push({ option: 'registry', variable: undefined, seen, remedy });
  if (typeof registry?.metrics !== 'function' || typeof registry.getMetricsAsArray !== 'function') {
    add(registry === null ? 'null' : typeof registry, 'pass a Registry of prom-client, such as `register`');
  } else {
    for (const { name } of registry.getMetricsAsArray()) {
      const family = familyOf(name);
      if (CATALOGUE_FAMILIES.has(family) || further.has(family))
        add(name, 'rename this metric: this package has one with the same name');
    }
    if (formatOf(registry) === undefined) {
      add(registry.contentType, 'use a registry with the content type of Prometheus text or OpenMetrics');
    }
  }
  if (problems.length > 0) throw configError(problems);
}

/** The format of a registry. prom-client has no negotiation: each registry is in one format. */
export function formatOf({ contentType }: PromClientRegistry): TextFormat | undefined {
  const type = String(contentType).split(';', 1)[0]?.trim();
  return (['text', 'openmetrics'] as const).find((format) =>
    DIALECTS[format].contentType.startsWith(`${type};`),
  );
}

/**
 * Puts the metrics of a registry below those of a page.
 *
 * A family of the registry that the page has as well is left out, with one warning: a page may contain a family only once.
 *
 * @param page - the page of this package; `undefined` where it collects nothing.
 * @param text - what the registry returned.
 * @param reported - the names that were left out and logged before.
 */
export function appendRegistry(
  page: Page | undefined,
  text: string,
  format: TextFormat,
  reported: Set<string>,
): Page {
  const { end, contentType } = DIALECTS[format];
  const familyNames = new Set(page?.familyNames);
  const own = page?.body.subarray(0, page.body.length - end.length) ?? Buffer.alloc(0);
  const added = withoutFamilies(text, familyNames, reported);
  return createPage(contentType, {
    body: Buffer.concat([own, Buffer.from(added.text + end)]),
    seriesCount: (page?.seriesCount ?? 0) + added.seriesCount,
    familyNames,
  });
}

const HEADER = /^# (?:HELP|TYPE|UNIT) (\S+)/;

/** Lines that a histogram or a summary has beside its count, by which it counts as one series. */
const FURTHER_LINE = /^\w+(?:_bucket|_sum)[{ ]|[{,]quantile="/;

/** The lines of a text without its end and without the families of the given names, and the number of their series. */
function withoutFamilies(text: string, names: ReadonlySet<string>, reported: Set<string>) {
  let isTaken = false;
  let kept = '';
  let seriesCount = 0;
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || line === '# EOF') continue;
    const name = HEADER.exec(line)?.[1];
    if (name !== undefined) {
      isTaken = names.has(name);
      if (isTaken && !reported.has(name)) {
        reported.add(name);
        logger().warn(
          `the metric ${name} of the registry is left out: the page already has a metric with this name`,
        );
      }
    }
    if (isTaken) continue;
    kept += `${line}\n`;
    if (!line.startsWith('#') && !FURTHER_LINE.test(line)) seriesCount++;
  }
  return { text: kept, seriesCount };
}

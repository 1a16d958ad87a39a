import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { loadMetrics } from '../lazy.cjs';
import { logger } from '../logger.js';
import { toMetricName } from './label-text.js';

/** The two text formats that a scrape can be answered in. */
export type TextFormat = 'text' | 'openmetrics';

/** Type of a metric family, as in its `# TYPE` line. */
type FamilyType = 'counter' | 'gauge' | 'histogram';

/** All differences between the two formats. */
export interface Dialect {
  readonly contentType: string;
  /** Name in the `# TYPE` and `# HELP` lines, given the name of the samples. */
  familyName(sampleName: string, type: FamilyType): string;
  /** Value of the `le` label. */
  formatBound(bound: number): string;
  escapeHelp(help: string): string;
  /** The family of the sample `target_info`, and the lines before it. */
  readonly targetInfoName: string;
  readonly targetInfoHeader: string;
  /** The last line of the page. */
  readonly end: string;
  readonly exemplars: boolean;
}

/**
 * Prometheus text 0.0.4 and OpenMetrics 1.0.0.
 *
 * OpenMetrics' `_created` samples are left out on purpose: unless a feature flag is set, Prometheus stores each of them as
 * a series, one more for every counter and histogram, and all series of this process start at zero anyway. `# UNIT` lines
 * are left out too, because the unit is part of the name.
 */
export const DIALECTS = {
  text: {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    familyName: (sampleName) => sampleName,
    formatBound: formatNumber,
    escapeHelp: (help) => help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n'),
    targetInfoName: 'target_info',
    targetInfoHeader: '# HELP target_info Target metadata\n# TYPE target_info gauge\n',
    end: '',
    exemplars: false,
  },
  openmetrics: {
    contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    familyName: (sampleName, type) =>
      type === 'counter' ? sampleName.slice(0, -'_total'.length) : sampleName,
    formatBound: formatCanonicalBound,
    escapeHelp: (help) => help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"'),
    targetInfoName: 'target',
    targetInfoHeader: '# HELP target Target metadata\n# TYPE target info\n',
    end: '# EOF\n',
    exemplars: true,
  },
} as const satisfies Record<TextFormat, Dialect>;

/** Formats a sample value as Prometheus reads it. `NaN` is spelled the same in both languages. */
export function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return `${value}`;
}

/**
 * Formats a bucket bound in the canonical form of OpenMetrics 1.0: Go's `%g`, with `.0` where it would look like an
 * integer. `le` is a label, so `10` and `10.0` are different series to Prometheus.
 */
function formatCanonicalBound(bound: number): string {
  if (!Number.isFinite(bound)) return formatNumber(bound);
  if (bound === 0) return '0.0';
  const magnitude = Math.abs(bound);
  if (magnitude >= 1e-4 && magnitude < 1e6) {
    return Number.isInteger(bound) ? `${bound}.0` : `${bound}`;
  }
  const [digits, exponent] = bound.toExponential().split('e') as [string, string];
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${digits}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}

/** The sample that carries the attributes of the Resource. */
export const TARGET_INFO = 'target_info';

/** Metrics that share one name and therefore one header. Nearly every family has a single member. */
export interface Family {
  /** Name of the samples, without the suffixes of histograms. */
  readonly sampleName: string;
  readonly type: FamilyType;
  readonly members: MetricData[];
}

/**
 * Groups collected metrics into families by the name of their samples, in the order of collection.
 *
 * Two Meters may have an instrument of the same name. Their samples go under one header, because a page may contain a
 * family only once. If their types differ, the first one wins and the other is left out with one warning.
 *
 * @param reported - metrics left out and logged before, so that a page every 15 seconds does not repeat the warning
 */
export function groupFamilies(resourceMetrics: ResourceMetrics, reported: Set<string>): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const { metrics } of resourceMetrics.scopeMetrics) {
    for (const metric of metrics) {
      const name = toMetricName(metric.descriptor.name);
      if (name === undefined) {
        warnOnce(reported, metric.descriptor.name, 'its name has no character that Prometheus allows');
        continue;
      }
      const type = familyType(metric);
      const sampleName = type === 'counter' && !name.endsWith('_total') ? `${name}_total` : name;
      if (sampleName === TARGET_INFO) {
        warnOnce(reported, metric.descriptor.name, 'the name is reserved for the resource');
        continue;
      }
      const family = families.get(sampleName);
      if (family === undefined) families.set(sampleName, { sampleName, type, members: [metric] });
      else if (family.type === type) family.members.push(metric);
      else warnOnce(reported, metric.descriptor.name, `${sampleName} is already a ${family.type}`);
    }
  }
  return families;
}

/** Header of a family in one format. */
export interface FamilyHeader {
  readonly name: string;
  /** The `# HELP` and `# TYPE` lines. */
  readonly text: string;
  readonly type: FamilyType | 'unknown';
}

/**
 * Creates the header of a family.
 *
 * In OpenMetrics the counter `x_total` is the family `x`. If a gauge or histogram `x` exists too, the counter keeps its
 * whole name and has the type `unknown`, so that both are shown and no family appears twice.
 */
export function familyHeader(
  family: Family,
  families: ReadonlyMap<string, Family>,
  dialect: Dialect,
): FamilyHeader {
  const wanted = dialect.familyName(family.sampleName, family.type);
  const taken = wanted !== family.sampleName && families.has(wanted);
  const name = taken ? family.sampleName : wanted;
  const type = taken ? 'unknown' : family.type;
  const description = family.members[0]?.descriptor.description ?? '';
  const help = description === '' ? '' : `# HELP ${name} ${dialect.escapeHelp(description)}\n`;
  return { name, text: `${help}# TYPE ${name} ${type}\n`, type };
}

function familyType(metric: MetricData): FamilyType {
  const { DataPointType } = loadMetrics();
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'counter' : 'gauge';
  return metric.dataPointType === DataPointType.GAUGE ? 'gauge' : 'histogram';
}

function warnOnce(reported: Set<string>, name: string, why: string): void {
  if (reported.has(name)) return;
  reported.add(name);
  logger().warn(`the metric ${name} is left out of the scrape: ${why}`);
}

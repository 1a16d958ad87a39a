import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { logger } from '../logger.js';
import type { Dialect, FamilyType } from './dialect.js';
import { toMetricName } from './names.js';

/** The sample that carries the attributes of the Resource. */
export const TARGET_INFO = 'target_info';

/** Metrics that share one name, and so one header. Nearly always there is a single member. */
export interface Family {
  /** Name of the samples, without the suffixes of histograms. */
  readonly sampleName: string;
  readonly type: FamilyType;
  readonly members: MetricData[];
}

/**
 * Groups what was collected into families by the name of their samples, in the order of collection.
 *
 * Two Meters may have an instrument of the same name. Their samples go under one header, because a format allows
 * a family only once; where their types differ, the first one wins and the other is left out with one `diag` line.
 *
 * @param told - names already reported, so that a page each 15 seconds does not repeat itself
 */
export function groupFamilies(resourceMetrics: ResourceMetrics, told: Set<string>): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const { metrics } of resourceMetrics.scopeMetrics) {
    for (const metric of metrics) {
      const name = toMetricName(metric.descriptor.name);
      if (name === undefined) {
        warnOnce(told, metric.descriptor.name, 'its name has no character that Prometheus allows');
        continue;
      }
      const type = familyType(metric);
      const sampleName = type === 'counter' && !name.endsWith('_total') ? `${name}_total` : name;
      if (sampleName === TARGET_INFO) {
        warnOnce(told, metric.descriptor.name, 'the name belongs to the Resource');
        continue;
      }
      const family = families.get(sampleName);
      if (family === undefined) families.set(sampleName, { sampleName, type, members: [metric] });
      else if (family.type === type) family.members.push(metric);
      else warnOnce(told, metric.descriptor.name, `${sampleName} is already a ${family.type}`);
    }
  }
  return families;
}

/** How a family is announced in one format. */
export interface FamilyHeader {
  /** The `# HELP` and `# TYPE` lines. */
  readonly text: string;
  readonly type: FamilyType | 'unknown';
}

/**
 * Announces a family.
 *
 * The counter `x_total` is the family `x` in OpenMetrics. Where a gauge or histogram `x` exists too, the counter
 * keeps its whole name and becomes an `unknown`, so that both are shown and no family appears twice.
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
  return { text: `${help}# TYPE ${name} ${type}\n`, type };
}

function familyType(metric: MetricData): FamilyType {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : 'gauge';
    case DataPointType.GAUGE:
      return 'gauge';
    default:
      return 'histogram';
  }
}

function warnOnce(told: Set<string>, name: string, why: string): void {
  if (told.has(name)) return;
  told.add(name);
  logger().warn(`the metric ${name} is left out of the scrape: ${why}`);
}

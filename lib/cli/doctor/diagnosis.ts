import type { MetricName } from '../../catalogue/labels.js';
import type { Evidence } from './evidence.js';

/** One cause of missing numbers that the doctor knows. */
export interface Diagnosis {
  /** Stable name, part of the JSON. */
  readonly id: string;
  /** What is worth knowing, and no reason to fail. */
  readonly isNote?: true;
  /** What was found, as a sentence; `undefined` where it is not so. */
  readonly test: (evidence: Evidence) => string | undefined;
  /** What to do. */
  readonly remedy: string;
}

/** The sum of a metric, of the series with these labels. */
export function sumOf(
  { samples }: Evidence,
  name: MetricName,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + (Number.isFinite(value) ? value : 0), 0);
}

const PARTS_MAX = 5;

/** The series of a metric that are above zero, by some of their labels: `openai gpt-99 unknown_model 3`. */
export function partsOf(
  { samples }: Evidence,
  name: MetricName,
  ...by: readonly string[]
): string | undefined {
  const parts = new Map<string, number>();
  for (const { name: sampleName, labels, value } of samples) {
    if (sampleName !== name || !(value > 0)) continue;
    const key = by.map((label) => labels[label] ?? '').join(' ');
    parts.set(key, (parts.get(key) ?? 0) + value);
  }
  if (parts.size === 0) return undefined;
  const most = [...parts].sort(([, a], [, b]) => b - a);
  const shown = most.slice(0, PARTS_MAX).map(([key, value]) => `${key} ${value}`.trim());
  return `${shown.join(', ')}${most.length > PARTS_MAX ? `, and ${most.length - PARTS_MAX} more` : ''}`;
}

import type { Bar } from './bars.js';
import { SUBJECTS, type Subject } from './measurement.js';
import type { Interval } from './statistics.js';
import type { Estimate, Summary, Verdict } from './summary.js';

const PEERS = SUBJECTS.filter((subject) => subject !== 'ours');

const TITLES: Readonly<Record<Subject, string>> = {
  ours: 'ours',
  promClient: 'prom-client',
  otel: 'plain OTel',
  otelOpenAI: 'instrumentation-openai',
  openLLMetry: 'OpenLLMetry',
  scrape: 'a scrape of ours',
  off: 'without',
};

const HEADERS = ['case', 'unit', ...SUBJECTS.map((subject) => TITLES[subject]), 'bars'];

export function toNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 1000 ? value.toFixed(0) : `${Number(value.toPrecision(3))}`;
}

function intervalText(interval: Interval | undefined): string {
  return interval === undefined ? '' : ` [${toNumber(interval[0])}, ${toNumber(interval[1])}]`;
}

function cell({ values, ratios }: Summary, subject: Subject): string {
  const estimate = values[subject];
  if (estimate === undefined) return '';
  const ratio = ratios[subject];
  // Of a peer the ratio is what can be compared, so that its interval is the one to show.
  if (ratio === undefined) return `${toNumber(estimate.value)}${intervalText(estimate.interval)}`;
  return `${toNumber(estimate.value)} (×${toNumber(ratio.value)}${intervalText(ratio.interval)})`;
}

export function barText({ peer, atMost, atLeast }: Bar): string {
  const limit = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  return peer === undefined ? limit : `${limit} of ${TITLES[peer]}`;
}

function verdictText({ bar, value, isMet }: Verdict): string {
  return isMet ? `${barText(bar)} ✓` : `${barText(bar)} ✗ ${toNumber(value)}`;
}

function rows(summaries: readonly Summary[]): string[][] {
  return summaries.map((summary) => [
    summary.measurement.name,
    summary.measurement.unit,
    ...SUBJECTS.map((subject) => cell(summary, subject)),
    summary.verdicts.map(verdictText).join(', '),
  ]);
}

/** The columns that have anything to say. */
function tidy(summaries: readonly Summary[]): string[][] {
  const all = [HEADERS, ...rows(summaries)];
  const used = HEADERS.map((_, column) => all.slice(1).some((row) => row[column] !== ''));
  return all.map((row) => row.filter((_, column) => used[column]));
}

/** Medians with the interval of each, and in brackets the ratio of the package to that peer. */
export function toTable(summaries: readonly Summary[]): string {
  const table = tidy(summaries);
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  const lines = table
    .map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd());
  return [...lines, '', ...notes(summaries)].join('\n').trimEnd();
}

export function toMarkdownTable(summaries: readonly Summary[]): string {
  const [head = [], ...body] = tidy(summaries);
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const table = [line(head), `|${head.map(() => '---').join('|')}|`, ...body.map(line)];
  return [...table, '', 'Unequal work:', '', ...notes(summaries)].join('\n');
}

/** A line for each row whose subjects do not do the same work. */
function notes(summaries: readonly Summary[]): string[] {
  return summaries.flatMap(({ measurement: { name, unequal } }) =>
    unequal === undefined ? [] : [`- \`${name}\`: ${unequal}`],
  );
}

/**
 * `{ "<case>": { ours, promClient, otel, unit, vsPromClient, vsOtel } }`; further peers follow in the same way, and
 * `vsPromClientInterval` and the like where there are enough samples.
 */
export function toJson(summaries: readonly Summary[]): string {
  const cases = summaries.map(({ measurement, values, ratios }) => {
    const entry: Record<string, number | string | Interval | null> = {
      ours: values.ours?.value ?? null,
      promClient: values.promClient?.value ?? null,
      otel: values.otel?.value ?? null,
      unit: measurement.unit,
      vsPromClient: null,
      vsOtel: null,
    };
    for (const peer of PEERS) {
      const ratio: Estimate | undefined = ratios[peer];
      if (ratio === undefined) continue;
      const title = `vs${peer[0]?.toUpperCase()}${peer.slice(1)}`;
      entry[peer] = values[peer]?.value ?? null;
      entry[title] = ratio.value;
      if (ratio.interval !== undefined) entry[`${title}Interval`] = ratio.interval;
    }
    return [measurement.name, entry] as const;
  });
  return JSON.stringify(Object.fromEntries(cases), null, 2);
}

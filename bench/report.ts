import type { Bar } from './bars.js';
import { SUBJECTS, type Subject } from './measurement.js';
import type { Summary, Verdict } from './summary.js';

const PEERS = SUBJECTS.filter((subject) => subject !== 'ours');

const TITLES: Readonly<Record<Subject, string>> = {
  ours: 'ours',
  promClient: 'prom-client',
  otel: 'plain OTel',
  otelOpenAI: 'instrumentation-openai',
  openLLMetry: 'OpenLLMetry',
  off: 'without',
};

const HEADERS = ['case', 'unit', ...SUBJECTS.map((subject) => TITLES[subject]), 'bars'];

export function toNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 1000 ? value.toFixed(0) : `${Number(value.toPrecision(3))}`;
}

function cell({ medians, spreads, ratios, measurement }: Summary, subject: Subject): string {
  const value = medians[subject];
  if (value === undefined) return '';
  const count = measurement.samples[subject]?.length ?? 0;
  const about = count > 1 ? ` ±${Math.round((spreads[subject] ?? 0) * 100)}%` : '';
  const ratio = ratios[subject];
  return `${toNumber(value)}${about}${ratio === undefined ? '' : ` (×${toNumber(ratio)})`}`;
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

/** Medians, half the distance of the quartiles, and in brackets the ratio of ours to that peer. */
export function toTable(summaries: readonly Summary[]): string {
  const table = tidy(summaries);
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  return table
    .map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

export function toMarkdownTable(summaries: readonly Summary[]): string {
  const [head = [], ...body] = tidy(summaries);
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...body.map(line)].join('\n');
}

/** `{ "<case>": { ours, promClient, otel, unit, vsPromClient, vsOtel } }`; further peers follow in the same way. */
export function toJson(summaries: readonly Summary[]): string {
  const cases = summaries.map(({ measurement, medians, ratios }) => {
    const entry: Record<string, number | string | null> = {
      ours: medians.ours ?? null,
      promClient: medians.promClient ?? null,
      otel: medians.otel ?? null,
      unit: measurement.unit,
      vsPromClient: ratios.promClient ?? null,
      vsOtel: ratios.otel ?? null,
    };
    for (const peer of PEERS) {
      if (peer in entry || medians[peer] === undefined) continue;
      entry[peer] = medians[peer] ?? null;
      entry[`vs${peer[0]?.toUpperCase()}${peer.slice(1)}`] = ratios[peer] ?? null;
    }
    return [measurement.name, entry] as const;
  });
  return JSON.stringify(Object.fromEntries(cases), null, 2);
}

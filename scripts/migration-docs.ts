import { readFileSync } from 'node:fs';
import type { MetricMapping, SourceMapping } from '../lib/cli/migrate/names/mapping.js';
import { SOURCES } from '../lib/cli/migrate/names/sources.js';
import { replaceSection, table } from './markdown.js';
import { snippet } from './snippets.js';

// Fills the tables of docs/migration from the mappings that the command `migrate` uses.

const FOLDER = 'docs/migration';
const code = (text: string): string => `\`${text}\``;

/** What a metric is here, with the matchers that select it. */
function oursText({ ours, match = {} }: MetricMapping): string {
  const matchers = Object.entries(match).map(([label, value]) => `${label}="${value}"`);
  const braces = matchers.length === 0 ? '' : `{${matchers.join(', ')}}`;
  return code(ours + braces);
}

function theirsText({ theirs, part, also = [] }: MetricMapping): string {
  return [theirs, ...also].map((name) => code(part === undefined ? name : `${name}_${part}`)).join(', ');
}

function labelsText({ labels }: MetricMapping): string {
  return (
    labels
      .map(({ theirs, ours }) => (theirs === ours ? code(ours) : `${code(theirs)} → ${code(ours)}`))
      .join(', ') || '-'
  );
}

const unitText = ({ unit }: MetricMapping): string => (unit === undefined ? '-' : `${unit} → ms`);

function metricsTable({ metrics, title }: SourceMapping): string {
  return table(
    [title, 'Here', 'Labels', 'Unit', 'What differs'],
    metrics.map((row) => [
      theirsText(row),
      oursText(row),
      labelsText(row),
      unitText(row),
      row.differs ?? '-',
    ]),
  );
}

function withoutTable({ without, title }: SourceMapping): string {
  return table(
    [title, 'Why there is no counterpart'],
    Object.entries(without).map(([name, why]) => [code(name), why]),
  );
}

/** Values of labels that have another name here. */
function valuesTable({ metrics }: SourceMapping): string {
  const pairs = metrics.flatMap(({ labels }) =>
    labels.flatMap(({ theirs, ours, values = [] }) =>
      values
        .filter(([value, name]) => value !== name)
        .map(([value, name]) => [code(`${theirs}="${value}"`), code(`${ours}="${name}"`)]),
    ),
  );
  const unique = new Map(pairs.map((pair) => [pair.join(), pair]));
  return table(['There', 'Here'], [...unique.values()]);
}

function filled(source: SourceMapping): string {
  const path = `${FOLDER}/${source.name.replace('_', '-')}.md`;
  let text = replaceSection(readFileSync(path, 'utf8'), 'metrics', metricsTable(source));
  text = replaceSection(text, 'values', valuesTable(source));
  if (Object.keys(source.without).length > 0) text = replaceSection(text, 'without', withoutTable(source));
  const origin = `Names as of ${source.title} ${source.version}: ${source.definedIn.map((url) => `<${url}>`).join(', ')}.`;
  return withSnippets(replaceSection(text, 'origin', origin));
}

/** Fills every `<!-- examples/….ts -->` section with that file. */
function withSnippets(page: string): string {
  let text = page;
  for (const [, name = ''] of page.matchAll(/<!-- (examples\/[\w./-]+\.ts) -->/g)) {
    text = replaceSection(text, name, `\`\`\`ts\n${snippet(name)}\n\`\`\``);
  }
  return text;
}

/** The pages of docs/migration, by path. */
export function migrationDocs(): Readonly<Record<string, string>> {
  const pages = SOURCES.map((source) => [`${FOLDER}/${source.name.replace('_', '-')}.md`, filled(source)]);
  const path = `${FOLDER}/prom-client.md`;
  return { ...Object.fromEntries(pages), [path]: withSnippets(readFileSync(path, 'utf8')) };
}

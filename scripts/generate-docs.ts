import { readFileSync } from 'node:fs';
import { INPUT_LIMITS, type InputLimit } from '../lib/catalogue/input-limits.js';
import type { MetricSpec } from '../lib/catalogue/metric-spec.js';
import { METRICS } from '../lib/catalogue/metrics.js';
import { PROVIDERS } from '../lib/catalogue/providers.js';
import { PRELOAD_SETTINGS } from '../lib/clients/preload-settings.js';
import type { Setting } from '../lib/config/definitions.js';
import { SETTINGS } from '../lib/config/settings.js';
import { HOSTS, type Host, type Shares } from '../spec/e2e/hosts/hosts.js';
import { declareOptions, shapeText } from './declare-options.js';
import { GEN_AI_DOC } from './gen-ai-doc.js';
import { emit, replaceSection, table } from './markdown.js';
import { migrationDocs } from './migration-docs.js';
import { snippet } from './snippets.js';

const metrics: [string, MetricSpec][] = Object.entries(METRICS);
const settings: [string, Setting<unknown>][] = Object.entries(SETTINGS);

const code = (text: string): string => `\`${text}\``;

function labelText([label, spec]: [string, MetricSpec['labels'][string]]): string {
  return 'limiter' in spec || spec.length > 4 ? code(label) : `${code(label)} = ${spec.map(code).join(', ')}`;
}

function labelsText({ labels }: MetricSpec): string {
  return Object.entries(labels).map(labelText).join(', ') || '-';
}

function metricSection([name, metric]: [string, MetricSpec]): string {
  const lines = [
    `### \`${name}\``,
    '',
    `${metric.kind}, labels: ${labelsText(metric)}, at most ${metric.seriesBudget} series.`,
    '',
    `**Definition.** ${metric.description}`,
    '',
    `**Interpretation.** ${metric.interpretation}`,
    '',
  ];
  for (const [label, spec] of Object.entries(metric.labels)) {
    if (!('limiter' in spec) && spec.length > 4)
      lines.push(`**Values of \`${label}\`.** ${spec.map(code).join(', ')}.`, '');
  }
  if (metric.buckets) lines.push(`**Buckets.** ${metric.buckets.join(', ')}.`, '');
  if (metric.seeAlso)
    lines.push(`**See also.** ${metric.seeAlso.map((other) => `[\`${other}\`](#${other})`).join(', ')}.`, '');
  return [...lines, '**Example query.**', '', '```promql', metric.query, '```'].join('\n');
}

const METRICS_DOC = `# Metrics

Generated from \`lib/catalogue/metrics.ts\`. Every metric is an OpenTelemetry instrument; names and labels are the same
on a direct scrape and through a Collector. Budgets hold for the default limits (see \`limits\` in the README): what
comes after a limit is folded into \`other\`, and counted in \`llm_edge_monitoring_series_overflow_total\`.

${metrics.map(metricSection).join('\n\n')}
`;

const METRICS_TABLE = table(
  ['Metric', 'Kind', 'Labels', 'Description'],
  metrics.map(([name, metric]) => [
    `[\`${name}\`](docs/metrics.md#${name})`,
    metric.kind,
    labelsText(metric),
    metric.description,
  ]),
);

function defaultText({ defaultValue }: Setting<unknown>): string {
  if (Array.isArray(defaultValue) && defaultValue.length > 0) return code(defaultValue.join(','));
  return defaultValue === undefined || typeof defaultValue === 'object' ? '-' : code(String(defaultValue));
}

const OPTIONS_TABLE = table(
  ['Option', 'Environment', 'Default', 'Meaning'],
  settings.map(([path, setting]) => [
    code(path),
    setting.variables.map(code).join(', '),
    defaultText(setting),
    `${setting.description} (${shapeText(setting)})`,
  ]),
);

const PRELOAD_TABLE = table(
  ['Environment', 'Default', 'Meaning'],
  Object.values<Setting<unknown>>(PRELOAD_SETTINGS).map((setting) => [
    setting.variables.map(code).join(', '),
    defaultText(setting),
    `${setting.description} (${shapeText(setting)})`,
  ]),
);

const PROVIDERS_TABLE = table(
  ['`provider`', 'Hosts', 'APIs', 'Prices'],
  PROVIDERS.flatMap(({ provider, hosts, apis = [], priceListName = provider }) =>
    hosts === undefined
      ? []
      : [[code(provider), hosts.map(code).join(', '), apis.join(', '), priceListName ?? '-']],
  ).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
);

const LOCAL_SERVERS_TABLE = table(
  ['Port', '`provider`', 'APIs'],
  PROVIDERS.flatMap(({ provider, localPort, apis = [] }) =>
    localPort === undefined ? [] : [[String(localPort), code(provider), apis.join(', ')]],
  ),
);

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function boundText({ value, unit }: InputLimit): string {
  if (unit !== 'ms') return `${value.toLocaleString('en-US')} ${unit}`;
  if (value % DAY_MS === 0) return `${value / DAY_MS} days`;
  return value % MINUTE_MS === 0 ? `${value / MINUTE_MS} min` : `${value / 1_000} s`;
}

const LIMITS_TABLE = table(
  ['Sent by', 'What', 'At most', 'Beyond'],
  Object.values<InputLimit>(INPUT_LIMITS).map((limit) => [
    limit.from,
    limit.of,
    boundText(limit),
    limit.beyond,
  ]),
);

/** The names of spans without their parents, in the order of the trace. */
function spanNames(spans: readonly string[]): string {
  const names = spans.map((span) => span.replace(/ <.*/, ''));
  return (
    ['checkout', 'answer', 'chat m', 'POST']
      .filter((name) => names.includes(name))
      .map(code)
      .join(', ') || 'none'
  );
}

/** Breaks a list item into lines of at most 120 characters. */
function wrapped(item: string): string {
  return item.replace(/(.{1,118})(?: |$)/g, '  $1\n').trim();
}

const sharesCells = ({ theirs, ours }: Shares): string[] => [spanNames(theirs), spanNames(ours)];

function hostsSection(): string {
  const hosts = Object.values<Host>(HOSTS);
  const rows = hosts.map(({ title, shared, own }) => [title, ...sharesCells(shared), ...sharesCells(own)]);
  const notes = hosts.flatMap(({ title, note }) =>
    note === undefined ? [] : [wrapped(`- **${title}.** ${note}`)],
  );
  const head = ['SDK', 'it exports', 'we export', "`'own'`: it exports", "`'own'`: we export"];
  return [table(head, rows), '', ...notes].join('\n');
}

/** Fills every `<!-- file.ts -->` section of the README with the file of that name. */
function withSnippets(readme: string): string {
  let text = readme;
  for (const [, name = ''] of readme.matchAll(/<!-- (examples\/[\w./-]+\.ts) -->/g)) {
    text = replaceSection(text, name, `\`\`\`ts\n${snippet(name)}\n\`\`\``);
  }
  return text;
}

const readme = readFileSync('README.md', 'utf8');
emit(
  {
    'lib/config/options.ts': declareOptions(),
    'docs/metrics.md': METRICS_DOC,
    'docs/gen-ai-metrics.md': GEN_AI_DOC,
    ...migrationDocs(),
    'docs/threat-model.md': replaceSection(
      readFileSync('docs/threat-model.md', 'utf8'),
      'input-limits',
      LIMITS_TABLE,
    ),
    'docs/providers.md': replaceSection(
      replaceSection(readFileSync('docs/providers.md', 'utf8'), 'providers', PROVIDERS_TABLE),
      'local-servers',
      LOCAL_SERVERS_TABLE,
    ),
    'docs/register.md': replaceSection(readFileSync('docs/register.md', 'utf8'), 'preload', PRELOAD_TABLE),
    'docs/neighbours.md': replaceSection(readFileSync('docs/neighbours.md', 'utf8'), 'hosts', hostsSection()),
    'README.md': withSnippets(
      replaceSection(replaceSection(readme, 'metrics', METRICS_TABLE), 'options', OPTIONS_TABLE),
    ),
  },
  'npm run docs',
);

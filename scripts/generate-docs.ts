import { readdirSync, readFileSync } from 'node:fs';
import { INPUT_LIMITS, type InputLimit } from '../lib/catalogue/input-limits.js';
import type { MetricName } from '../lib/catalogue/labels.js';
import type { MetricSpec, WorkerMerge } from '../lib/catalogue/metric-spec.js';
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

/** How a gauge of several workers becomes one. */
const MERGE_TEXTS: Readonly<Record<WorkerMerge, string>> = {
  sum: 'The sum over the living workers.',
  lowest: 'The lowest value of a living worker.',
  highest: 'The highest value of a living worker.',
  latest: 'What any worker stated last, those that have ended included, until it is too old to be current.',
  window: 'The sum over all workers, those that have ended included until the end of the window.',
  group: 'A fact about all workers of the port.',
};

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
  if (metric.merge) lines.push(`**Several workers.** ${MERGE_TEXTS[metric.merge]}`, '');
  if (metric.seeAlso)
    lines.push(`**See also.** ${metric.seeAlso.map((other) => `[\`${other}\`](#${other})`).join(', ')}.`, '');
  return [...lines, '**Example query.**', '', '```promql', metric.query, '```'].join('\n');
}

/** The metrics that answer the first questions of a newcomer. */
const FIRST_METRICS: readonly MetricName[] = [
  'llm_edge_requests_total',
  'llm_edge_request_duration_ms',
  'llm_edge_time_to_first_token_ms',
  'llm_edge_tokens_total',
  'llm_edge_cost_usd_total',
  'llm_edge_unpriced_requests_total',
  'llm_edge_cache_hits_total',
  'llm_edge_failovers_total',
  'llm_edge_overhead_ms',
  'llm_edge_budget_spent_usd',
];

const FIRST_METRICS_TABLE = table(
  ['Metric', 'What it says'],
  FIRST_METRICS.map((name) => [`[\`${name}\`](docs/metrics.md#${name})`, METRICS[name].description]),
);

const METRICS_TABLE = table(
  ['Metric', 'Kind', 'Labels', 'Description'],
  metrics.map(([name, metric]) => [
    `[\`${name}\`](#${name})`,
    metric.kind,
    labelsText(metric),
    metric.description,
  ]),
);

const METRICS_DOC = `# Metrics

Generated from \`lib/catalogue/metrics.ts\`. Every metric is an OpenTelemetry instrument; names and labels are the same
on a direct scrape and through a Collector. Budgets hold for the [default limits](configuration.md#limits): what comes
after a limit is folded into \`other\`, and counted in \`llm_edge_monitoring_series_overflow_total\`. Where several workers
share a scrape port, counters and histograms are sums over all of them, those that have ended included. For the views of
backends, \`genAi.metrics\` also records the [metrics of the GenAI conventions](gen-ai-metrics.md) (\`gen_ai.*\`).

${METRICS_TABLE}

## Each metric

${metrics.map(metricSection).join('\n\n')}
`;

function defaultText({ defaultValue }: Setting<unknown>): string {
  if (Array.isArray(defaultValue) && defaultValue.length > 0) return code(defaultValue.join(','));
  return defaultValue === undefined || typeof defaultValue === 'object' ? '-' : code(String(defaultValue));
}

const optionsTable = (rows: typeof settings): string =>
  table(
    ['Option', 'Environment', 'Default', 'Meaning'],
    rows.map(([path, setting]) => [
      code(path),
      setting.variables.map(code).join(', '),
      defaultText(setting),
      `${setting.description} (${shapeText(setting)})`,
    ]),
  );

/** One table for each group of options, such as `metrics`, after the one of those that belong to no group. */
function optionsSection(): string {
  const groupOf = (path: string): string => (path.includes('.') ? path.slice(0, path.indexOf('.')) : '');
  const groups = new Set(['', ...settings.map(([path]) => groupOf(path))]);
  return [...groups]
    .map((group) => {
      const rows = optionsTable(settings.filter(([path]) => groupOf(path) === group));
      return `## ${group === '' ? 'General' : code(group)}\n\n${rows}`;
    })
    .join('\n\n');
}

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

/** A document with every `<!-- examples/file.ts -->` section filled from that file, and the given sections. */
function filled(path: string, sections: Readonly<Record<string, string>> = {}): string {
  let text = readFileSync(path, 'utf8');
  for (const [, name = ''] of text.matchAll(/<!-- (examples\/[\w./-]+\.ts) -->/g)) {
    text = replaceSection(text, name, `\`\`\`ts\n${snippet(name)}\n\`\`\``);
  }
  for (const [name, content] of Object.entries(sections)) text = replaceSection(text, name, content);
  return text;
}

/** The sections that are generated, by document; examples are filled in all documents. */
const SECTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { metrics: FIRST_METRICS_TABLE },
  'docs/configuration.md': { options: optionsSection() },
  'docs/threat-model.md': { 'input-limits': LIMITS_TABLE },
  'docs/providers.md': { providers: PROVIDERS_TABLE, 'local-servers': LOCAL_SERVERS_TABLE },
  'docs/register.md': { preload: PRELOAD_TABLE },
  'docs/neighbours.md': { hosts: hostsSection() },
};

const GENERATED = { 'docs/metrics.md': METRICS_DOC, 'docs/gen-ai-metrics.md': GEN_AI_DOC };

const written = ['README.md', ...readdirSync('docs').map((file) => `docs/${file}`)].filter(
  (path) => path.endsWith('.md') && !(path in GENERATED),
);

emit(
  {
    'lib/config/options.ts': declareOptions(),
    ...GENERATED,
    ...migrationDocs(),
    ...Object.fromEntries(written.map((path) => [path, filled(path, SECTIONS[path])])),
  },
  'npm run docs',
);

import { GEN_AI_METRICS, type GenAiMetricSpec, prometheusName } from '../lib/catalogue/gen-ai-metrics.js';
import { table } from './markdown.js';

// Writes docs/gen-ai-metrics.md from the table of the metrics of the GenAI conventions.

const rows: [string, GenAiMetricSpec][] = Object.entries(GEN_AI_METRICS);
const code = (text: string): string => `\`${text}\``;

function versionText([version, url]: [string, string]): string {
  return `[${version}](${url})`;
}

const METRICS_TABLE = table(
  ['Metric', 'In Prometheus', 'Kind, unit', 'What is measured', 'What is recorded', 'Defined in'],
  rows.map(([name, { kind, unit, description, records, versions }]) => [
    code(name),
    code(prometheusName(name)),
    `${kind}, ${code(unit)}`,
    description,
    records,
    Object.entries(versions).map(versionText).join(', '),
  ]),
);

/** The metrics by what they have in common, such as their buckets. */
function grouped(of: (row: GenAiMetricSpec) => string | undefined): string[][] {
  const groups = new Map<string, string[]>();
  for (const [name, row] of rows) {
    const text = of(row);
    if (text !== undefined) groups.set(text, [...(groups.get(text) ?? []), code(name)]);
  }
  return [...groups].map(([text, names]) => [names.join(', '), text]);
}

const ATTRIBUTES_TABLE = table(
  ['Metrics', 'Attributes'],
  grouped(({ attributes }) => attributes.map(code).join(', ')),
);
const BUCKETS_TABLE = table(
  ['Metrics', 'Upper bounds of the buckets'],
  grouped(({ buckets }) => buckets?.join(', ')),
);

/** The text of docs/gen-ai-metrics.md. */
export const GEN_AI_DOC = `# Metrics of the GenAI conventions

Generated from \`lib/catalogue/gen-ai-metrics.ts\`. The built-in views of backends such as Grafana Cloud, Datadog and
SigNoz read the metrics of OpenTelemetry's GenAI semantic conventions. With \`genAi.metrics\` this package records them in
addition to [its own metrics](metrics.md), with the names, units and buckets of the conventions. Unlike its own, these
are in seconds, have no cost, and still change.

\`\`\`ts
await initMonitoring({
  genAi: { metrics: 'v1.41' },
  metrics: { exporters: ['prometheus', 'otlp'] },
});
\`\`\`

| \`genAi.metrics\` | Records |
|---|---|
| \`none\` | none of them, the default |
| \`v1.41\` | those of version 1.41, the last released one that has them |
| \`next\` | those of the main branch of the conventions' new repository, as of November 2026 |
| \`both\` | both, while dashboards move from one to the other |

\`LLM_EDGE_GEN_AI_METRICS\` sets the same in the environment. Without it \`OTEL_SEMCONV_STABILITY_OPT_IN\` applies, a list
for all conventions: \`gen_ai_latest_experimental\` means \`next\`, and \`gen_ai_latest_experimental/dup\` means \`both\`. The
conventions define the first; \`/dup\` is the suffix that those of other domains use for both versions at once.

These metrics are pushed in the same message as all others. A scrape returns them only if \`genAi.scrape\`
(\`LLM_EDGE_GEN_AI_SCRAPE\`) is true, under the names that the OTLP receiver of Prometheus and the exporter of the
Collector give them, so that the names are the same on both paths. With your own meter provider they go to its readers.

A Prometheus that scrapes both the metrics page with \`genAi.scrape\` and the Collector to which the same process pushes
stores them twice: add \`gen_ai_.+\` to the rule in \`prometheus/prometheus.yml\` that drops pushed metrics.

## Metrics

${METRICS_TABLE}

- A request is one call to one provider, as in \`llm_edge_requests_total\`. A request with several calls within
  \`observeRequest\` is one request with the tokens of all of them; chunks are timed in the first of its streams. Tokens
  of a call that outlasts its request are recorded when it ends.
- Requests that are recorded by hand, with \`recordRequestSuccess\` and the like, have the operation \`chat\`.
- A chunk is an event of the stream, or a value of the stream that \`observeRequest\` returns. The first one is not the
  first token: many providers send an event without output first.
- In \`next\`, tokens have a modality: \`audio\` and \`image\` where the provider counts them, and otherwise \`unknown\`,
  because providers do not report text separately from video and documents. Counters begin at zero, with the modality
  \`unknown\`.
- In \`next\`, the histograms of tokens for one request leave out requests without a known usage. The conventions also
  record a zero for these, but are about to drop that, because it makes percentiles too low.
- In \`next\`, tokens of embeddings are in the same metrics as those of inference.

### Server metrics

In the conventions, \`gen_ai.server.*\` are the metrics that the server of a model records. To its callers a gateway is
that server, so these metrics are recorded for its operations (\`observeOperation\`), as other gateways do. An operation
has no model itself: it takes that of the request that was answered last, or of its last request if none was answered.
An operation without a request, such as a cache hit, is left out, because no model served it;
\`llm_edge_operations_total\` counts it. The first token is that of the answer to this request, timed when it reached the
gateway; the time includes earlier retries.

## Attributes

${ATTRIBUTES_TABLE}

- \`gen_ai.provider.name\` is the name of the conventions, such as \`azure.ai.openai\`, and \`error.type\` is one of the error
  types of this package.
- Providers and requested models are limited by \`limits.providers\` and \`limits.models\`, together with those of all other
  metrics: later ones become \`other\`. All attributes are recorded for twice as many distinct calls as \`limits.models\`
  sets. Later ones lack \`gen_ai.response.model\` and the server, and an operation that is not well known becomes \`other\`;
  \`llm_edge_monitoring_series_overflow_total{label="model"}\` counts the records of these.
- \`server.address\` and \`server.port\` are those of an instrumented fetch or of the options of the request.

## Buckets

${BUCKETS_TABLE}

## Costs

Disabled, these metrics cost nothing: no instrument exists, and no chunk is timed. When they are enabled, the SDK
serialises the attributes with each record, which takes about 3 µs: recording a streamed request takes 6 µs of CPU time
without these metrics, 16 with \`v1.41\`, 20 with \`next\` and 28 with \`both\`, plus 3 for each chunk (Node.js 20, a busy
machine with 2 cores).
`;

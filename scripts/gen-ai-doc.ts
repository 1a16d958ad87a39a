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

Generated from \`lib/catalogue/gen-ai-metrics.ts\`. Views that come with a backend, such as those of Grafana Cloud,
Datadog and SigNoz, read the metrics of OpenTelemetry's GenAI semantic conventions. With \`genAi.metrics\` this package
records them as well, with the names, units and buckets of the conventions. They stand beside the [metrics of this
package](metrics.md), from which they differ: they are in seconds, have no cost, and still change.

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
| \`both\` | both, for the time in which dashboards move from one to the other |

\`LLM_EDGE_GEN_AI_METRICS\` is the same in the environment. Without it \`OTEL_SEMCONV_STABILITY_OPT_IN\` is read, a list for
all conventions: \`gen_ai_latest_experimental\` means \`next\`, and \`gen_ai_latest_experimental/dup\` means \`both\`. The
conventions define the first; \`/dup\` is the suffix that those of other domains use for both versions at once.

They are pushed, together with all other metrics, in the same message. A scrape does not show them, unless
\`genAi.scrape\` (\`LLM_EDGE_GEN_AI_SCRAPE\`) is true: then under the names that the OTLP receiver of Prometheus and the
exporter of the Collector give them, so that they are the same on both paths. With a meter provider of your own they go
to its readers.

One Prometheus that scrapes both this page with \`genAi.scrape\` and the Collector of the same process has them twice: add
\`gen_ai_.+\` to the rule of \`prometheus/prometheus.yml\` that drops what comes pushed.

## Metrics

${METRICS_TABLE}

- A request is one call to one provider, as in \`llm_edge_requests_total\`. A request with several calls within
  \`observeRequest\` is one request with the tokens of all of them; chunks are timed in the first of its streams. Tokens
  of a call that outlasts its request are recorded when it ends.
- Requests that are recorded by hand, with \`recordRequestSuccess\` and the like, are of the operation \`chat\`.
- A chunk is an event of the stream, or a value of the stream that \`observeRequest\` returns. The first one is not the
  first token: many providers begin with an event without output.
- In \`next\`, tokens have a modality: \`audio\` and \`image\` where the provider counts them, and otherwise \`unknown\`, since
  providers do not report text apart from video and documents. Counters begin at zero, with the modality \`unknown\`.
- In \`next\`, the histograms of tokens for one request leave out requests without a known usage. The conventions also
  have a zero for these, but are about to take that back, because it makes percentiles too low.
- Tokens of embeddings are in the same metrics of \`next\` as those of inference.

### Server metrics

The conventions describe by \`gen_ai.server.*\` what the server of a model measures. A gateway is that server to its
callers, so that these metrics are recorded for its operations (\`observeOperation\`), as other gateways do. An operation
has no model of its own: it is named after the request that was answered last, or after its last one if none was. An
operation without a request, such as a hit in a cache, is left out, because no model served it;
\`llm_edge_operations_total\` counts it. The first token is that of the answer of this request, when it reached the
gateway; retries before it count as time until then.

## Attributes

${ATTRIBUTES_TABLE}

- \`gen_ai.provider.name\` is the name of the conventions, such as \`azure.ai.openai\`, and \`error.type\` is one of the error
  types of this package.
- Providers and requested models are limited by \`limits.providers\` and \`limits.models\`, together with those of all other
  metrics: later ones become \`other\`. Twice as many different calls as \`limits.models\` says have all attributes.
  Later ones lack \`gen_ai.response.model\` and the server, and an operation that is not well known becomes \`other\`;
  \`llm_edge_monitoring_series_overflow_total{label="model"}\` counts the records of these.
- \`server.address\` and \`server.port\` are those of an instrumented fetch or of the options of the request.

## Buckets

${BUCKETS_TABLE}

## Costs

Off, they cost nothing: no instrument exists, and no chunk is timed. On, the SDK serialises the attributes with each
record, which takes about 3 µs: recording a streamed request takes 6 µs of processor time without these metrics, 16 in
\`v1.41\`, 20 in \`next\` and 28 in \`both\`, and then 3 for each chunk (Node.js 20, a busy machine with 2 cores).
`;

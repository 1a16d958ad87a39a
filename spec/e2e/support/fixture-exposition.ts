import { type Limiter, METRICS, type MetricSpec } from '../../../lib/index.js';
import { limiterOf, variantsOf } from '../../support/catalogue.js';

type Labels = Readonly<Record<string, string>>;

/** Values of the open labels, as a gateway with two providers would have them. */
const OPEN_LABELS: Readonly<Record<Limiter, readonly Labels[]>> = {
  provider: [{ provider: 'openai' }, { provider: 'anthropic' }],
  model: [
    { provider: 'openai', model: 'gpt-4o' },
    { provider: 'openai', model: 'gpt-4o-mini' },
    { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  ],
  route: [
    { from_provider: 'openai', to_provider: 'anthropic' },
    { from_provider: 'anthropic', to_provider: 'openai' },
  ],
  upstream: [
    { provider: 'openai', upstream: 'openai' },
    { provider: 'anthropic', upstream: 'bedrock' },
  ],
  budget: [{ budget: 'team-a' }, { budget: 'team-b' }],
  host: [{ host: 'gateway.corp.example' }],
  metric: [{ metric: 'llm_edge_requests_total' }, { metric: 'llm_edge_tokens_total' }],
  version: [{ version: '0.1.8' }],
};

/** Gauges whose value means something; any other stands at 5. */
const GAUGES: Readonly<Record<string, (elapsedSeconds: number) => number>> = {
  llm_edge_provider_available: () => 1,
  llm_edge_circuit_breaker_state: () => 0,
  llm_edge_rate_limit_limit: () => 1000,
  llm_edge_rate_limit_remaining: (elapsed) => 600 + 200 * Math.sin(elapsed),
  llm_edge_budget_limit_usd: () => 100,
  llm_edge_price_list_timestamp_seconds: () => 1_790_000_000,
  llm_edge_price_list_info: () => 1,
  llm_edge_price_list_last_reload_successful: () => 1,
  llm_edge_monitoring_oldest_snapshot_timestamp_seconds: () => 1_790_000_000,
  llm_edge_budget_spent_usd: (elapsed) => 10 + elapsed / 60,
};

/**
 * The exposition of a gateway that has worked for some time: every metric of the catalogue in every combination of
 * its closed labels, counters growing steadily, errors a hundredth of the successes.
 *
 * @param elapsedSeconds - Since the process began; values are a function of it alone.
 * @param identity - Labels of every series, such as the `job` that a Collector adds for a process that pushes.
 */
export function renderFixtureGateway(elapsedSeconds: number, identity: Labels = {}): string {
  const metrics: [string, MetricSpec][] = Object.entries(METRICS);
  const lines = metrics.flatMap(([name, spec]) => [
    `# HELP ${name} ${spec.description}`,
    `# TYPE ${name} ${spec.kind}`,
    ...seriesOf(spec).flatMap((labels, index) =>
      samplesOf(name, spec, { ...identity, ...labels }, elapsedSeconds, index),
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

/** The `target_info` of a gateway that is scraped. */
export function renderFixtureTargetInfo(): string {
  const labels = {
    service_name: 'llm-edge-agent',
    service_version: '0.1.0',
    service_instance_id: '6f1c0a7e',
    deployment_environment_name: 'test',
    telemetry_sdk_version: '2.12.0',
  };
  return `# TYPE target_info gauge\n${sample('target_info', labels, 1)}\n`;
}

/** The Collector's metrics about itself. */
export function renderFixtureCollector(elapsedSeconds: number): string {
  const receiver = { receiver: 'otlp', transport: 'grpc' };
  const exporter = { exporter: 'otlp/traces' };
  const counters: [string, Labels, number][] = [
    ['otelcol_receiver_accepted_spans_total', receiver, 10 * elapsedSeconds],
    ['otelcol_receiver_refused_spans_total', receiver, 0],
    ['otelcol_exporter_sent_spans_total', exporter, 9 * elapsedSeconds],
    ['otelcol_exporter_send_failed_spans_total', exporter, 0],
    ['otelcol_exporter_enqueue_failed_spans_total', exporter, 0],
  ];
  const gauges: [string, Labels, number][] = [
    ['otelcol_exporter_queue_size', { ...exporter, data_type: 'traces' }, 12],
    ['otelcol_exporter_queue_capacity', { ...exporter, data_type: 'traces' }, 1000],
  ];
  const lines = [
    ...counters.flatMap(([name, labels, value]) => [`# TYPE ${name} counter`, sample(name, labels, value)]),
    ...gauges.flatMap(([name, labels, value]) => [`# TYPE ${name} gauge`, sample(name, labels, value)]),
  ];
  return `${lines.join('\n')}\n`;
}

function seriesOf(spec: MetricSpec): Labels[] {
  const limiter = limiterOf(spec);
  const open = limiter === undefined ? [{}] : OPEN_LABELS[limiter];
  return open.flatMap((labels) => variantsOf(spec).map((variant) => ({ ...labels, ...variant })));
}

function samplesOf(name: string, spec: MetricSpec, labels: Labels, elapsed: number, index: number): string[] {
  // A second and a bit apart, so that no two series are alike.
  const work = elapsed * (1 + index / 10);
  if (spec.kind === 'gauge') return [sample(name, labels, GAUGES[name]?.(elapsed) ?? 5)];
  if (spec.kind === 'counter') return [sample(name, labels, 'error_type' in labels ? work / 100 : work)];
  return histogram(name, labels, spec.buckets ?? [], work);
}

/** Observations spread evenly over the buckets, the last one left to `+Inf`. */
function histogram(name: string, labels: Labels, buckets: readonly number[], work: number): string[] {
  const perBucket = Math.floor(work);
  const count = perBucket * (buckets.length + 1);
  const sum = buckets.reduce((total, bound) => total + bound * perBucket, 0);
  return [
    ...buckets.map((bound, index) =>
      sample(`${name}_bucket`, { ...labels, le: `${bound}` }, perBucket * (index + 1)),
    ),
    sample(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
    sample(`${name}_sum`, labels, sum),
    sample(`${name}_count`, labels, count),
  ];
}

function sample(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  return `${name}${text.length === 0 ? '' : `{${text.join(',')}}`} ${value}`;
}

import { resolve } from 'node:path';
import { freePorts } from '../../bench/ports.js';
import { countersOfSamples, countersOfSpans, countersOfTotals } from './support/counters.js';
import { eventually } from './support/eventually.js';
import { type GatewayTotals, startGateway } from './support/gateway.js';
import { stopAllPrograms } from './support/program.js';
import { type PrometheusProcess, startPrometheus } from './support/prometheus-process.js';
import { addressOf, type Stack, startStack } from './support/stack.js';
import { createWorkspace } from './support/workspace.js';

const SERVICE = 'pushing-agent';
const SEEDS = [1, 2, 3];

describe('three gateways that push to one Collector', () => {
  const workspace = createWorkspace();
  let stack: Stack;
  let prometheus: PrometheusProcess;
  let totals: readonly GatewayTotals[];

  beforeAll(async () => {
    stack = await startStack(workspace);
    const { port } = await freePorts(['port']);
    prometheus = await startPrometheus({
      repository: resolve(__dirname, '../..'),
      folder: workspace.folder('prometheus'),
      port,
      targets: { 'otel-collector-metrics': { address: addressOf(stack.collector.metricsUrl) } },
    });
    totals = await Promise.all(
      SEEDS.map(async (seed) => {
        const gateway = await startGateway({
          serviceName: SERVICE,
          collector: stack.collector,
          metrics: 'otlp',
          requests: 250,
          rate: 50,
          seed,
          // Pushes come too late for this run: what counts is what each process sends when it ends.
          env: { OTEL_METRIC_EXPORT_INTERVAL: '60000', OTEL_BSP_SCHEDULE_DELAY: '60000' },
        });
        const counted = await gateway.totals();
        expect(await gateway.stop()).not.toContain('Not everything could be sent');
        return counted;
      }),
    );
  }, 120_000);

  afterAll(async () => {
    await stopAllPrograms();
    workspace.remove();
  });

  it('add up to the sums of what each counted', async () => {
    await eventually(
      async () => {
        const samples = await prometheus.query(`{__name__=~"llm_edge_.+", job="${SERVICE}"}`);
        expect(countersOfSamples(samples)).toEqual(countersOfTotals(totals));
        return true;
      },
      { what: 'the sums of three gateways' },
    );
    expect(totals.map(({ operations }) => operations)).toEqual([250, 250, 250]);
  });

  it('stay apart as instances of one service', async () => {
    const counted = await prometheus.query(
      `sort(sum by (instance) (llm_edge_requests_total{job="${SERVICE}"}))`,
    );
    expect(counted.map(({ value }) => value).sort()).toEqual(totals.map(({ requests }) => requests).sort());
  });

  it('send all their spans, which the Collector counts by kind', async () => {
    const {
      'cache hits': _h,
      'cache misses': _m,
      retries: _r,
      failovers: _f,
      ...wanted
    } = countersOfTotals(totals);
    await eventually(
      () => {
        expect(countersOfSpans(stack.store.spans())).toEqual(wanted);
        return true;
      },
      { what: 'the spans of three gateways' },
    );
    const sumOf = (field: 'operations' | 'requests') =>
      totals.reduce((sum, counts) => sum + counts[field], 0);
    await eventually(
      async () => {
        const calls = await prometheus.query(
          `sum by (span_kind) (traces_span_metrics_calls_total{job="${SERVICE}"})`,
        );
        expect(Object.fromEntries(calls.map(({ labels, value }) => [labels['span_kind'], value]))).toEqual({
          SPAN_KIND_SERVER: sumOf('operations'),
          SPAN_KIND_CLIENT: sumOf('requests'),
        });
        return true;
      },
      { what: 'the span metrics of three gateways' },
    );
  });
});

import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { type Collector, prepareCollector } from './support/collector.js';
import { eventually } from './support/eventually.js';
import { parseExposition, sumOf } from './support/exposition.js';
import { readText } from './support/http.js';
import { stopAllPrograms } from './support/program.js';
import { createMetricSender, createSpanSender, type SpanSender } from './support/senders.js';
import { prepareTraceStore, type StoredSpan, type TraceStore } from './support/trace-store.js';
import { createWorkspace, type Workspace } from './support/workspace.js';

const TRACES = 40;
const RETRY = { OTELCOL_RETRY_INTERVAL: '100ms', OTELCOL_RETRY_MAX_INTERVAL: '500ms' };

let workspace: Workspace;
let store: TraceStore;
let gateways: readonly [Collector, Collector];
let agents: readonly [Collector, Collector];
let senders: readonly SpanSender[];

function prepareGateway(index: number): Promise<Collector> {
  return prepareCollector(`gateway ${index}`, 'otel-collector/gateway.yaml', {
    ...RETRY,
    OTELCOL_SAMPLING_WAIT: '6s',
    // Longer than a restart takes: what waits behind the Collector that is away must not come too late.
    OTELCOL_SAMPLING_WAIT_AFTER_ROOT: '4s',
    OTELCOL_SAMPLING_PERCENT: '0',
    OTELCOL_TRACE_STORE: store.endpoint,
    OTELCOL_STORAGE_DIR: workspace.folder(`gateway-${index}`),
  });
}

function prepareAgent(index: number): Promise<Collector> {
  return prepareCollector(`agent ${index}`, 'otel-collector/agent.yaml', {
    ...RETRY,
    OTELCOL_GATEWAYS: `[${gateways.map(({ otlpGrpc }) => otlpGrpc).join(', ')}]`,
    OTELCOL_STORAGE_DIR: workspace.folder(`agent-${index}`),
    OTELCOL_SPAN_METRICS_INTERVAL: '200ms',
  });
}

beforeEach(async () => {
  workspace = createWorkspace();
  store = await prepareTraceStore(workspace.path);
  gateways = await Promise.all([prepareGateway(0), prepareGateway(1)]);
  agents = await Promise.all([prepareAgent(0), prepareAgent(1)]);
  await Promise.all([store, ...gateways, ...agents].map((program) => program.start()));
  senders = agents.map(({ otlpGrpc }, index) =>
    createSpanSender(otlpGrpc, { 'service.name': 'llm-edge-agent', 'service.instance.id': `${index}` }),
  );
});

afterEach(async () => {
  await Promise.all(senders.map((sender) => sender.shutdown().catch(() => {})));
  await stopAllPrograms();
  workspace.remove();
});

/**
 * Sends traces of which each has its root behind one agent and its child behind the other. Only the child failed,
 * and nothing but failures is kept, so a root is stored only where both met in the same Collector.
 */
async function sendSplitTraces(): Promise<readonly string[]> {
  const ids: string[] = [];
  const [first, second] = senders;
  if (first === undefined || second === undefined) throw new Error('Two senders are needed.');
  for (let index = 0; index < TRACES; index += 1) {
    const root = first.tracer.startSpan('operation');
    const child = second.tracer.startSpan('chat gpt-4o', {}, trace.setSpan(ROOT_CONTEXT, root));
    child.setStatus({ code: SpanStatusCode.ERROR });
    child.end();
    root.end();
    ids.push(root.spanContext().spanId, child.spanContext().spanId);
  }
  await Promise.all(senders.map((sender) => sender.flush()));
  return ids;
}

function untilStored(count: number): Promise<readonly StoredSpan[]> {
  return eventually(
    () => {
      const spans = store.spans();
      return spans.length >= count ? spans : undefined;
    },
    { what: `${count} spans in the store`, deadlineMs: 30_000 },
  );
}

function idsOf(spans: readonly StoredSpan[]): readonly string[] {
  return spans.map(({ spanId }) => spanId).sort();
}

async function read(collector: Collector, name: string): Promise<number> {
  return sumOf(parseExposition(await readText(collector.telemetryUrl)), name);
}

describe('otel-collector/agent.yaml and gateway.yaml', () => {
  it('bring all spans of a trace together, on one of several Collectors', async () => {
    const sent = await sendSplitTraces();

    expect(idsOf(await untilStored(sent.length))).toEqual([...sent].sort());
    const taken = await Promise.all(gateways.map((it) => read(it, 'otelcol_receiver_accepted_spans_total')));
    expect(taken.map((count) => count > 0)).toEqual([true, true]);
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(sent.length);
  });

  it('lose and repeat nothing while a Collector of the second tier is away', async () => {
    const [, away] = gateways;
    await away.stop();
    const sent = await sendSplitTraces();
    await eventually(
      async () => ((await read(agents[0], 'otelcol_exporter_queue_size')) > 0 ? true : undefined),
      { what: 'spans on the disk of the agent' },
    );
    await away.start();

    expect(idsOf(await untilStored(sent.length))).toEqual([...sent].sort());
  });

  it('lose nothing when an agent is killed while the second tier is away', async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    const sent = await sendSplitTraces();
    await Promise.all(agents.map((agent) => agent.stop('SIGKILL')));
    await Promise.all([...gateways, ...agents].map((collector) => collector.start()));

    expect(idsOf(await untilStored(sent.length))).toEqual([...sent].sort());
  });

  it('hold the metrics of each process at the agent next to it', async () => {
    for (const [index, { otlpGrpc }] of agents.entries()) {
      const { meter, shutdown } = createMetricSender(otlpGrpc, {
        'service.name': 'llm-edge-agent',
        'service.instance.id': `${index}`,
      });
      meter.createCounter('llm_edge_requests_total').add(index + 1, { provider: 'openai' });
      await shutdown();
    }

    const scrapes = await Promise.all(agents.map(({ metricsUrl }) => readText(metricsUrl)));
    const samples = scrapes
      .map(parseExposition)
      .map((it) => it.filter(({ name }) => name.startsWith('llm_edge_')));
    expect(samples).toEqual(
      ['0', '1'].map((instance, index) => [
        {
          name: 'llm_edge_requests_total',
          labels: { instance, job: 'llm-edge-agent', provider: 'openai' },
          value: index + 1,
        },
      ]),
    );
  });
});

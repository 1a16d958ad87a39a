import { resolve } from 'node:path';
import { freePorts } from '../../bench/ports.js';
import { countersOfSpans, countersOfTotals } from './support/counters.js';
import { eventually } from './support/eventually.js';
import { parseExposition, sumOf } from './support/exposition.js';
import { type Gateway, type GatewayTotals, startGateway } from './support/gateway.js';
import { readText } from './support/http.js';
import { stopAllPrograms } from './support/program.js';
import { type PrometheusProcess, startPrometheus } from './support/prometheus-process.js';
import { addressOf, type Stack, startStack } from './support/stack.js';
import type { StoredSpan } from './support/trace-store.js';
import { type Trace, tracesOf } from './support/traces.js';
import { createWorkspace } from './support/workspace.js';

const SERVICE = 'llm-edge-agent';
const OPERATION = 'POST /v1/chat/completions';
const SERVER = 2;
const CLIENT = 3;
const UNSET = 0;
const ERROR = 2;

const workspace = createWorkspace();
let stack: Stack;
let gateway: Gateway;
let prometheus: PrometheusProcess;
let totals: GatewayTotals;
let traces: readonly Trace[];

beforeAll(async () => {
  stack = await startStack(workspace);
  gateway = await startGateway({
    serviceName: SERVICE,
    collector: stack.collector,
    metrics: 'prometheus',
    requests: 1_200,
    rate: 100,
    env: { LLM_EDGE_SERVICE_VERSION: '1.2.3', OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=e2e' },
  });
  const { port } = await freePorts(['port']);
  prometheus = await startPrometheus({
    repository: resolve(__dirname, '../..'),
    folder: workspace.folder('prometheus'),
    port,
    targets: {
      [SERVICE]: { address: gateway.metricsAddress },
      'otel-collector-metrics': { address: addressOf(stack.collector.metricsUrl) },
    },
  });
  totals = await gateway.totals();
  traces = await eventually(
    () => {
      const spans = stack.store.spans();
      return spans.length >= totals.operations + totals.requests ? tracesOf(spans) : undefined;
    },
    { what: 'a span for each operation and for each request' },
  );
}, 120_000);

afterAll(async () => {
  await stopAllPrograms();
  workspace.remove();
});

function find(what: string, isIt: (trace: Trace) => boolean): Trace {
  const found = traces.find(isIt);
  if (found === undefined) throw new Error(`Among ${traces.length} traces is no ${what}.`);
  return found;
}

const positive = { asymmetricMatch: (value: unknown) => typeof value === 'number' && value > 0 };

describe('the spans of a gateway, in the trace store', () => {
  it('are one trace for each operation, and in it one span for each request', () => {
    const roots = traces.map(({ root }) => root);
    const children = traces.flatMap((trace) => trace.children);
    expect(new Set(roots.map(({ traceId }) => traceId)).size).toBe(totals.operations);
    expect([roots.length, children.length]).toEqual([totals.operations, totals.requests]);
    expect(
      roots.filter(
        ({ name, kind, parentSpanId }) => name !== OPERATION || kind !== SERVER || parentSpanId !== '',
      ),
    ).toEqual([]);
    expect(children.filter(({ kind }) => kind !== CLIENT)).toEqual([]);
    expect(
      traces.filter(
        ({ root, children: { length } }) => (root.attributes['llm_edge.request_count'] ?? 0) !== length,
      ),
    ).toEqual([]);
  });

  it('tell the same outcomes, tokens and costs as the gateway', () => {
    const {
      'cache hits': _h,
      'cache misses': _m,
      retries: _r,
      failovers: _f,
      ...wanted
    } = countersOfTotals([totals]);
    expect(countersOfSpans(stack.store.spans())).toEqual(wanted);
  });

  it('are all counted as exported and none as dropped', async () => {
    const samples = await eventually(
      async () => {
        const read = parseExposition(await readText(gateway.metricsUrl));
        const exported = sumOf(read, 'llm_edge_monitoring_spans_exported_total');
        return exported >= totals.operations + totals.requests ? read : undefined;
      },
      { what: 'the count of exported spans' },
    );
    expect({
      exported: sumOf(samples, 'llm_edge_monitoring_spans_exported_total'),
      dropped: sumOf(samples, 'llm_edge_monitoring_spans_dropped_total'),
    }).toEqual({ exported: totals.operations + totals.requests, dropped: 0 });
  });

  it('describe a streamed answer in the GenAI conventions', () => {
    const { root, children } = find(
      'streamed answer of gpt-4o-mini',
      (trace) =>
        trace.root.statusCode === UNSET &&
        trace.children.length === 1 &&
        trace.children[0]?.attributes['gen_ai.request.model'] === 'gpt-4o-mini' &&
        trace.children[0].attributes['gen_ai.request.stream'] === true,
    );
    expect(root).toMatchObject({
      statusCode: UNSET,
      statusMessage: '',
      attributes: { 'llm_edge.overhead_ms': positive, 'llm_edge.request_count': 1 },
      events: [
        {
          name: 'llm_edge.cache_lookup',
          attributes: { 'llm_edge.cache.tier': 'L1', 'llm_edge.cache.hit': false },
        },
      ],
    });
    expect(children).toEqual([
      {
        traceId: root.traceId,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentSpanId: root.spanId,
        name: 'chat gpt-4o-mini',
        kind: CLIENT,
        startedAtMs: positive,
        statusCode: UNSET,
        statusMessage: '',
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-4o-mini',
          'gen_ai.request.stream': true,
          'gen_ai.request.max_tokens': positive,
          'server.address': '127.0.0.1',
          'server.port': positive,
          'gen_ai.response.id': expect.stringMatching(/^chatcmpl-/),
          'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
          'gen_ai.response.finish_reasons': ['stop'],
          'gen_ai.response.time_to_first_chunk': positive,
          'openai.response.service_tier': 'default',
          'gen_ai.usage.input_tokens': positive,
          'gen_ai.usage.output_tokens': positive,
          'gen_ai.usage.cache_read.input_tokens': expect.any(Number),
          'gen_ai.usage.reasoning.output_tokens': 0,
          'gen_ai.usage.cost': positive,
          'llm_edge.time_to_first_token_ms': positive,
        },
        events: [],
        resource: root.resource,
      },
    ]);
  });

  it('show a failover as a failed request beside the one that saved the operation', () => {
    const { root, children } = find(
      'failover',
      (trace) => trace.root.statusCode === UNSET && new Set(trace.children.map(providerOf)).size === 2,
    );
    const [failed, ...others] = children;
    const saved = others.at(-1);
    expect([failed?.statusCode, saved?.statusCode, root.statusCode]).toEqual([ERROR, UNSET, UNSET]);
    expect(failed?.statusMessage).toBe(failed?.attributes['error.type']);
    expect(['rate_limited', 'overloaded', 'server_error', 'network']).toContain(failed?.statusMessage);
  });

  it('name what broke a stream alike on the request and on the operation', () => {
    const broken = traces.filter(({ children }) => children.at(-1)?.statusMessage === 'stream_interrupted');
    expect(broken.length).toBeGreaterThan(0);
    expect(broken.filter(({ root }) => root.statusMessage !== 'stream_interrupted')).toEqual([]);
  });

  it('show a cache hit as an operation without a request, and what it saved', () => {
    const { root } = find(
      'cache hit',
      (trace) => trace.children.length === 0 && trace.root.statusCode === UNSET,
    );
    expect(root.events).toEqual([
      {
        name: 'llm_edge.cache_lookup',
        attributes: {
          'llm_edge.cache.tier': 'L1',
          'llm_edge.cache.hit': true,
          'llm_edge.cache.saved_usd': positive,
        },
      },
    ]);
  });

  it('carry the Resource that target_info shows', async () => {
    const samples = parseExposition(await readText(gateway.metricsUrl));
    const info = samples.filter(({ name }) => name === 'target_info').map(({ labels }) => labels);
    const resources = new Map(traces.map(({ root }) => [JSON.stringify(root.resource), root.resource]));
    const asLabels = [...resources.values()].map((resource) =>
      Object.fromEntries(Object.entries(resource).map(([key, value]) => [key.replaceAll('.', '_'), value])),
    );
    expect(info).toEqual(asLabels);
    expect(info).toEqual([
      {
        service_name: SERVICE,
        service_version: '1.2.3',
        service_instance_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        deployment_environment_name: 'e2e',
        telemetry_sdk_language: 'nodejs',
        telemetry_sdk_name: 'opentelemetry',
        telemetry_sdk_version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      },
    ]);
  });
});

describe('the exemplars that Prometheus keeps', () => {
  it.each([
    'llm_edge_request_duration_ms_bucket',
    'llm_edge_time_to_first_token_ms_bucket',
    'llm_edge_requests_total',
  ])('of %s lead to a span of the same model in the trace store', async (metric) => {
    const exemplars = await eventually(
      async () => {
        const found = await prometheus.exemplars(`${metric}{job="${SERVICE}"}`);
        return found.length > 0 ? found : undefined;
      },
      { what: `exemplars of ${metric}` },
    );
    const spans = new Map(stack.store.spans().map((span) => [span.spanId, span]));
    const found = exemplars.map(({ labels }) => spans.get(labels['span_id'] ?? ''));
    expect(found.map((span) => [span?.traceId, span?.attributes['gen_ai.request.model']])).toEqual(
      exemplars.map(({ series, labels }) => [labels['trace_id'], series['model']]),
    );
  });
});

function providerOf({ attributes }: StoredSpan): unknown {
  return attributes['gen_ai.provider.name'];
}

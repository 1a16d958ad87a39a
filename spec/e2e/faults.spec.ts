import { resolve } from 'node:path';
import { freePorts } from '../../bench/ports.js';
import { callGateway } from './support/callers.js';
import { countersOfSamples, countersOfTotals } from './support/counters.js';
import { eventually } from './support/eventually.js';
import { parseExposition, type Sample, sumOf } from './support/exposition.js';
import { type Gateway, type GatewayTotals, startGateway } from './support/gateway.js';
import { readText } from './support/http.js';
import { stopAllPrograms } from './support/program.js';
import { type PrometheusProcess, startPrometheus } from './support/prometheus-process.js';
import { addressOf, type Stack, startStack } from './support/stack.js';
import { createWorkspace, type Workspace } from './support/workspace.js';

const SERVICE = 'pushing-agent';
/** Operations after which the fault begins, ends, and the callers stop. */
const SERVED_BEFORE = 150;
const SERVED_DURING = 500;
const SERVED_AFTER = 600;
/** Room for the spans of an outage, however long a slow machine makes it. */
const LARGE_QUEUE = { OTEL_BSP_MAX_QUEUE_SIZE: '100000' };
/** Calls that a test makes itself while something is away. */
const CALLS = 20;

let workspace: Workspace;
let stack: Stack;

beforeEach(async () => {
  workspace = createWorkspace();
  stack = await startStack(workspace);
});

afterEach(async () => {
  await stopAllPrograms();
  workspace.remove();
});

/** A gateway whose providers never fail, so that every failure is one of ours. */
function startHealthyGateway(env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  return startGateway({
    serviceName: SERVICE,
    collector: stack.collector,
    metrics: 'prometheus,otlp',
    rate: 100,
    isInstant: true,
    env,
  });
}

async function scrape(url: string): Promise<readonly Sample[]> {
  return parseExposition(await readText(url));
}

/** Resolves when the gateway has served this many operations. */
function untilServed({ metricsUrl }: Gateway, count: number): Promise<true> {
  return eventually(
    async () => (sumOf(await scrape(metricsUrl), 'llm_edge_operations_total') >= count ? true : undefined),
    { what: `${count} operations` },
  );
}

/** Resolves with what became of the spans, once that is known of each. */
function untilSpansCounted(gateway: Gateway, { operations, requests }: GatewayTotals) {
  return eventually(
    async () => {
      const samples = await scrape(gateway.metricsUrl);
      const exported = sumOf(samples, 'llm_edge_monitoring_spans_exported_total');
      const dropped = sumOf(samples, 'llm_edge_monitoring_spans_dropped_total');
      expect(exported + dropped).toBe(operations + requests);
      return { exported, dropped };
    },
    { what: 'the fate of every span' },
  );
}

function untilCounted(look: () => Promise<readonly Sample[]>, totals: GatewayTotals) {
  return eventually(
    async () => {
      expect(countersOfSamples(await look())).toEqual(countersOfTotals([totals]));
      return true;
    },
    { what: 'the totals of the gateway' },
  );
}

/** The ids of the different spans in the store. */
function storedIds(): ReadonlySet<string> {
  return new Set(stack.store.spans().map(({ spanId }) => spanId));
}

function untilStored(count: number): Promise<true> {
  return eventually(() => (storedIds().size >= count ? true : undefined), {
    what: `${count} spans in the store`,
    // The Collector decides on each trace, writes it to disk and sends it, which takes a busy machine its time.
    deadlineMs: 60_000,
  });
}

describe('a gateway under traffic', () => {
  describe('with a Collector that is killed and started again', () => {
    it('serves on, counts exactly, and delivers the spans of the outage', async () => {
      const gateway = await startHealthyGateway(LARGE_QUEUE);
      await untilServed(gateway, SERVED_BEFORE);
      await stack.collector.stop('SIGKILL');
      const calls = await callGateway(gateway, CALLS);
      await untilServed(gateway, SERVED_DURING);
      await stack.collector.start();
      await untilServed(gateway, SERVED_AFTER);
      const totals = await gateway.totals();

      expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 200));
      expect([totals.failedOperations, totals.errors]).toEqual([0, 0]);
      await untilCounted(() => scrape(gateway.metricsUrl), totals);
      await untilCounted(() => scrape(stack.collector.metricsUrl), totals);
      expect(await untilSpansCounted(gateway, totals)).toEqual({
        exported: totals.operations + totals.requests,
        dropped: 0,
      });
      await eventually(
        () => {
          const spans = stack.store.spans();
          // The operation and its one request.
          const found = calls.map(({ traceId }) => spans.filter((span) => span.traceId === traceId).length);
          expect(found).toEqual(calls.map(() => 2));
          return true;
        },
        { what: 'the traces of the outage' },
      );
      expect(await gateway.stop()).not.toContain('Not everything could be sent');
    });
  });

  describe('with a Collector that is away for longer than the queue has room', () => {
    it('serves on, and counts each span as delivered or as dropped', async () => {
      const gateway = await startHealthyGateway({
        OTEL_BSP_MAX_QUEUE_SIZE: '64',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '32',
      });
      await untilServed(gateway, SERVED_BEFORE);
      await stack.collector.stop();
      await untilServed(gateway, SERVED_DURING);
      await stack.collector.start();
      await untilServed(gateway, SERVED_AFTER);
      const totals = await gateway.totals();

      expect([totals.failedOperations, totals.errors]).toEqual([0, 0]);
      await untilCounted(() => scrape(gateway.metricsUrl), totals);
      const { exported, dropped } = await untilSpansCounted(gateway, totals);
      expect(dropped).toBeGreaterThan(0);
      await untilStored(exported);
      expect(storedIds().size).toBe(exported);
    });
  });

  describe('with a trace store that goes away and a Prometheus that is killed', () => {
    it('loses no span and no count', async () => {
      const gateway = await startHealthyGateway(LARGE_QUEUE);
      const { port } = await freePorts(['port']);
      const start = (): Promise<PrometheusProcess> =>
        startPrometheus({
          repository: resolve(__dirname, '../..'),
          folder: workspace.folder('prometheus'),
          port,
          targets: {
            'llm-edge-agent': { address: gateway.metricsAddress },
            'otel-collector-metrics': { address: addressOf(stack.collector.metricsUrl) },
          },
        });
      const before = await start();
      await before.waitFor('llm_edge_operations_total > 0', 20_000);
      await Promise.all([before.stop('SIGKILL'), stack.store.stop()]);
      const calls = await callGateway(gateway, CALLS);
      await untilServed(gateway, SERVED_DURING);
      const prometheus = await start();
      await stack.store.start();
      await untilServed(gateway, SERVED_AFTER);
      const totals = await gateway.totals();

      expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 200));
      expect([totals.failedOperations, totals.errors]).toEqual([0, 0]);
      for (const job of ['llm-edge-agent', SERVICE]) {
        await untilCounted(() => prometheus.query(`{__name__=~"llm_edge_.+", job="${job}"}`), totals);
      }
      const { exported, dropped } = await untilSpansCounted(gateway, totals);
      expect([exported, dropped]).toEqual([totals.operations + totals.requests, 0]);
      await untilStored(exported);
      expect(stack.store.spans()).toHaveLength(exported);
      // What was measured before Prometheus was killed is still there.
      await prometheus.waitFor('llm_edge_operations_total offset 5s > 0', 20_000);
    });
  });
});

import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { type Collector, prepareCollector } from './support/collector.js';
import { eventually } from './support/eventually.js';
import { parseExposition, sumOf } from './support/exposition.js';
import { readText } from './support/http.js';
import { stopAllPrograms } from './support/program.js';
import { createSpanSender, type SpanSender } from './support/senders.js';
import { prepareTraceStore, type StoredSpan, type TraceStore } from './support/trace-store.js';
import { createWorkspace, type Workspace } from './support/workspace.js';

const TRACES = 50;
const SPANS_PER_TRACE = 4;

let workspace: Workspace;
let store: TraceStore;
let collector: Collector;
let sender: SpanSender;

beforeEach(async () => {
  workspace = createWorkspace();
  store = await prepareTraceStore(workspace.path);
  collector = await prepareCollector('collector', 'otel-collector/config.yaml', {
    OTELCOL_SAMPLING_WAIT: '1s',
    OTELCOL_SAMPLING_WAIT_AFTER_ROOT: '100ms',
    OTELCOL_SAMPLING_PERCENT: '100',
    OTELCOL_TRACE_STORE: store.endpoint,
    OTELCOL_STORAGE_DIR: workspace.folder('queue'),
    OTELCOL_RETRY_INTERVAL: '100ms',
    OTELCOL_RETRY_MAX_INTERVAL: '500ms',
  });
  await Promise.all([store.start(), collector.start()]);
  sender = createSpanSender(collector.otlpGrpc, { 'service.name': 'llm-edge-agent' });
});

afterEach(async () => {
  await sender.shutdown().catch(() => {});
  await stopAllPrograms();
  workspace.remove();
});

/** Sends traces, resolves when the Collector has accepted them, and returns the ids of their spans. */
async function sendTraces(phase: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < TRACES; index += 1) ids.push(...recordTrace(sender, `${phase} ${index}`));
  await sender.flush();
  return ids;
}

function recordTrace({ tracer }: SpanSender, name: string): readonly string[] {
  const root = tracer.startSpan(name);
  const context = trace.setSpan(ROOT_CONTEXT, root);
  const children = Array.from({ length: SPANS_PER_TRACE - 1 }, (_, index) =>
    tracer.startSpan(`${name} child ${index}`, {}, context),
  );
  for (const child of children) child.end();
  root.end();
  return [...children, root].map((span) => span.spanContext().spanId);
}

/** Resolves when the queue on disk holds something that the store has not taken. */
function untilQueued(): Promise<true> {
  return eventually(
    async () => {
      const samples = parseExposition(await readText(collector.telemetryUrl));
      return sumOf(samples, 'otelcol_exporter_queue_size') > 0 ? true : undefined;
    },
    { what: 'spans on disk' },
  );
}

/** Resolves with what the store has once it has this many different spans. */
function untilStored(count: number): Promise<readonly StoredSpan[]> {
  return eventually(
    () => {
      const spans = store.spans();
      return new Set(spans.map(({ spanId }) => spanId)).size >= count ? spans : undefined;
    },
    { what: `${count} spans in the store`, deadlineMs: 30_000 },
  );
}

/** The ids of the spans, sorted, a span that was sent twice being there twice. */
function idsOf(spans: readonly StoredSpan[]): readonly string[] {
  return spans.map(({ spanId }) => spanId).sort();
}

describe('otel-collector/config.yaml', () => {
  describe('with a trace store that goes away and comes back', () => {
    it('delivers every span exactly once', async () => {
      const before = await sendTraces('before');
      await untilStored(before.length);
      await store.stop();
      const during = await sendTraces('during');
      await untilQueued();
      await store.start();
      const after = await sendTraces('after');

      const sent = [...before, ...during, ...after];
      expect(idsOf(await untilStored(sent.length))).toEqual([...sent].sort());
    });
  });

  describe('when it is stopped while the trace store is away', () => {
    it('delivers every span after it is started again, the undecided ones too', async () => {
      await store.stop();
      const decided = await sendTraces('decided');
      await untilQueued();
      const undecided = await sendTraces('undecided');
      await collector.stop('SIGTERM');
      await store.start();
      await collector.start();

      const sent = [...decided, ...undecided];
      expect(idsOf(await untilStored(sent.length))).toEqual([...sent].sort());
    });
  });

  describe('when it is killed while the trace store is away', () => {
    it('delivers every span that was on disk', async () => {
      await store.stop();
      const sent = await sendTraces('queued');
      await eventually(
        async () => {
          const samples = parseExposition(await readText(collector.telemetryUrl));
          const sampled = sumOf(samples, 'otelcol_processor_tail_sampling_global_count_traces_sampled_total');
          const held = sumOf(samples, 'otelcol_processor_tail_sampling_sampling_traces_on_memory');
          return sampled === TRACES && held === 0 ? true : undefined;
        },
        { what: 'every trace to be decided' },
      );
      await collector.stop('SIGKILL');
      await store.start();
      await collector.start();

      expect(idsOf(await untilStored(sent.length))).toEqual([...sent].sort());
    });
  });
});

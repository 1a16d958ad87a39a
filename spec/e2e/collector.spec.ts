import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { METRICS } from '../../lib/index.js';
import { type Collector, prepareCollector, validateConfig } from './support/collector.js';
import { eventually } from './support/eventually.js';
import { parseExposition, parseTypes, type Sample, sumOf } from './support/exposition.js';
import { readText } from './support/http.js';
import { stopAllPrograms } from './support/program.js';
import { createMetricSender, createSpanSender, type SpanSender } from './support/senders.js';
import { prepareTraceStore, type StoredSpan, type TraceStore } from './support/trace-store.js';
import { createWorkspace } from './support/workspace.js';

const OPENMETRICS = { accept: 'application/openmetrics-text; version=1.0.0' };
const RESOURCE = { 'service.name': 'llm-edge-agent', 'service.instance.id': 'one' };
/** A decision takes a second here instead of a minute. */
const FAST = {
  OTELCOL_SAMPLING_WAIT: '1s',
  OTELCOL_SAMPLING_WAIT_AFTER_ROOT: '100ms',
  OTELCOL_SPAN_METRICS_INTERVAL: '200ms',
  OTELCOL_RETRY_INTERVAL: '100ms',
  OTELCOL_RETRY_MAX_INTERVAL: '1s',
};

const workspace = createWorkspace();
let store: TraceStore;
let started = 0;

async function startCollector(env: Readonly<Record<string, string>> = {}): Promise<Collector> {
  started += 1;
  const collector = await prepareCollector('collector', 'otel-collector/config.yaml', {
    ...FAST,
    OTELCOL_TRACE_STORE: store.endpoint,
    OTELCOL_STORAGE_DIR: workspace.folder(`queue-${started}`),
    OTELCOL_SAMPLING_PERCENT: '100',
    ...env,
  });
  await collector.start();
  return collector;
}

/** Sends what `record` does to one span, and returns that span as the store has it. */
async function storedAfter(collector: Collector, record: (span: Span) => void): Promise<StoredSpan> {
  const sender = createSpanSender(collector.otlpGrpc, RESOURCE);
  const span = sender.tracer.startSpan('chat gpt-4o');
  record(span);
  span.end();
  await sender.shutdown();
  const { spanId } = span.spanContext();
  return eventually(() => store.spans().find((stored) => stored.spanId === spanId), { what: 'the span' });
}

/** Ends a span `durationMs` after it began, without waiting. */
function spanOf(
  sender: SpanSender,
  name: string,
  durationMs: number,
  set: (span: Span) => void = () => {},
): void {
  const span = sender.tracer.startSpan(name, { startTime: 1_000_000_000_000 });
  set(span);
  span.end(1_000_000_000_000 + durationMs);
}

beforeAll(async () => {
  store = await prepareTraceStore(workspace.path);
  await store.start();
});

afterAll(async () => {
  await stopAllPrograms();
  workspace.remove();
});

describe('the files of otel-collector', () => {
  it.each(['config.yaml', 'agent.yaml', 'gateway.yaml'])('%s is valid', async (file) => {
    await expect(validateConfig(`otel-collector/${file}`)).resolves.toBeUndefined();
  });
});

describe('otel-collector/config.yaml', () => {
  describe('with spans', () => {
    it('removes content and masks secrets, and leaves the rest alone', async () => {
      const collector = await startCollector({ OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=e2e' });
      const key = `sk-proj-${'a'.repeat(40)}`;

      const span = await storedAfter(collector, (it) => {
        it.setAttributes({
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.usage.input_tokens': 1234,
          'gen_ai.input.messages': '[{"role":"user"}]',
          'gen_ai.system_instructions': 'be kind',
          'gen_ai.tool.call.arguments': '{}',
          'gen_ai.prompt.0.content': 'hello',
          'gen_ai.prompt.name': 'greeting',
          'http.request.header.authorization': 'abc',
          'http.request.header.x-api-key': ['abc'],
          'url.full': `https://user:pass@example.com/v1?key=AIza${'b'.repeat(35)}&alt=sse`,
          'process.command_args': ['node', `--key=${key}`],
          note: 'a basic understanding of Bearer abcdefgh12345678',
        });
        it.addEvent('gen_ai.client.inference.operation.details', {
          'gen_ai.output.messages': '[]',
          kept: 'yes',
        });
        it.recordException(new Error(`Incorrect API key provided: ${key}`));
        it.setStatus({ code: SpanStatusCode.ERROR, message: `Incorrect API key provided: ${key}.` });
      });
      await collector.stop();

      expect({
        ...span,
        events: span.events.map(({ name, attributes: { 'exception.stacktrace': _, ...attributes } }) => ({
          name,
          attributes,
        })),
      }).toEqual({
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentSpanId: '',
        name: 'chat gpt-4o',
        kind: 1,
        startedAtMs: expect.any(Number),
        statusCode: 2,
        statusMessage: 'Incorrect API key provided: ****.',
        resource: { ...RESOURCE, 'deployment.environment.name': 'e2e' },
        attributes: {
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.usage.input_tokens': 1234,
          'gen_ai.prompt.name': 'greeting',
          'http.request.header.authorization': '****',
          'http.request.header.x-api-key': '****',
          'url.full': 'https****example.com/v1****&alt=sse',
          'process.command_args': '["node","--key=****"]',
          note: 'a basic understanding of ****',
          'redaction.masked.count': 5,
        },
        events: [
          { name: 'gen_ai.client.inference.operation.details', attributes: { kept: 'yes' } },
          {
            name: 'exception',
            attributes: {
              'exception.type': 'Error',
              'exception.message': 'Incorrect API key provided: ****',
              'redaction.masked.count': 2,
            },
          },
        ],
      });
    });

    it('keeps content when OTELCOL_GENAI_CONTENT is keep', async () => {
      const collector = await startCollector({ OTELCOL_GENAI_CONTENT: 'keep' });
      const content = { 'gen_ai.input.messages': '[{"role":"user"}]', 'gen_ai.output.messages': '[]' };

      const span = await storedAfter(collector, (it) => {
        it.setAttributes(content);
      });
      await collector.stop();

      expect(span.attributes).toEqual(content);
    });

    it('stores those that failed, were slow or cost much, and none of the rest at a share of 0', async () => {
      const collector = await startCollector({ OTELCOL_SAMPLING_PERCENT: '0' });
      const sender = createSpanSender(collector.otlpGrpc, RESOURCE);
      spanOf(sender, 'ordinary', 100, (span) => span.setAttribute('gen_ai.usage.cost', 0.01));
      spanOf(sender, 'whole-dollars', 100, (span) => span.setAttribute('gen_ai.usage.cost', 2));
      spanOf(sender, 'costly', 100, (span) => span.setAttribute('gen_ai.usage.cost', 0.25));
      spanOf(sender, 'slow', 10_001);
      spanOf(sender, 'failed', 100, (span) => span.setStatus({ code: SpanStatusCode.ERROR }));
      await sender.shutdown();
      // Stopping decides on whatever is undecided and leaves it on disk, from where the next start sends it.
      await collector.stop();
      await collector.start();

      const names = new Set(['ordinary', 'whole-dollars', 'costly', 'slow', 'failed']);
      const stored = await eventually(
        () => {
          const found = store.spans().filter(({ name }) => names.has(name));
          return found.length >= 4 ? found : undefined;
        },
        { what: 'the sampled spans' },
      );
      await collector.stop();
      expect(stored.map(({ name }) => name).sort()).toEqual(['costly', 'failed', 'slow', 'whole-dollars']);
    });

    it('counts all of them, sampled or not, of all processes, with exemplars', async () => {
      const collector = await startCollector({
        OTELCOL_SAMPLING_PERCENT: '0',
        // Exemplars last for one interval: long enough to be seen.
        OTELCOL_SPAN_METRICS_INTERVAL: '1s',
      });
      const instances = ['one', 'two', 'three'];
      for (const [index, instance] of instances.entries()) {
        const sender = createSpanSender(collector.otlpGrpc, { ...RESOURCE, 'service.instance.id': instance });
        for (let count = 0; count < 10 * (index + 1); count += 1) spanOf(sender, 'chat gpt-4o', 20);
        await sender.shutdown();
      }

      const look = async () => parseExposition(await readText(collector.metricsUrl, OPENMETRICS));
      const exemplar = await eventually(
        async () => (await look()).find((sample) => sample.exemplar !== undefined)?.exemplar,
        { what: 'an exemplar' },
      );
      // The connector begins every counter with a zero and shows the calls one interval later.
      const samples = await eventually(
        async () => {
          const read = await look();
          return sumOf(read, 'traces_span_metrics_calls_total') >= 60 ? read : undefined;
        },
        { what: 'the span metrics' },
      );
      await collector.stop();

      expect(exemplar).toEqual({
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
      const labels = {
        collector_instance_id: expect.any(String),
        job: 'llm-edge-agent',
        service_name: 'llm-edge-agent',
        span_kind: 'SPAN_KIND_INTERNAL',
        span_name: 'chat gpt-4o',
        status_code: 'STATUS_CODE_UNSET',
      };
      expect(
        samples.filter(({ name }) => /_(calls_total|milliseconds_count|milliseconds_sum)$/.test(name)),
      ).toEqual([
        { name: 'traces_span_metrics_calls_total', labels, value: 60 },
        { name: 'traces_span_metrics_duration_milliseconds_sum', labels, value: 1200 },
        { name: 'traces_span_metrics_duration_milliseconds_count', labels, value: 60 },
      ]);
    });
  });

  describe('with metrics', () => {
    it('exposes every metric of the catalogue under its own name, exact for each of three processes', async () => {
      const collector = await startCollector();
      for (const [index, instance] of ['one', 'two', 'three'].entries()) {
        const { meter, shutdown } = createMetricSender(collector.otlpGrpc, {
          ...RESOURCE,
          'service.instance.id': instance,
          'service.version': '0.1.0',
        });
        for (const [name, { kind, description }] of Object.entries(METRICS)) {
          if (kind === 'counter') meter.createCounter(name, { description }).add(0.1 * (index + 1));
          if (kind === 'gauge') meter.createGauge(name, { description }).record(index);
          if (kind === 'histogram') meter.createHistogram(name, { description }).record(5 * (index + 1));
        }
        await shutdown();
      }

      const text = await readText(collector.metricsUrl, { accept: 'text/plain; version=0.0.4' });
      const openMetrics = await readText(collector.metricsUrl, OPENMETRICS);
      await collector.stop();

      const kinds = Object.fromEntries(Object.entries(METRICS).map(([name, { kind }]) => [name, kind]));
      expect(parseTypes(text)).toEqual({ ...kinds, target_info: 'gauge' });
      expect(namesIn(parseExposition(openMetrics))).toEqual(namesIn(parseExposition(text)));
      const samples = parseExposition(text);
      expect(samples.filter(({ name }) => name === 'llm_edge_cost_usd_total')).toEqual(
        [0.1, 0.3, 0.2].map((value, index) => ({
          name: 'llm_edge_cost_usd_total',
          labels: { instance: ['one', 'three', 'two'][index], job: 'llm-edge-agent' },
          value: value === 0.3 ? 0.1 * 3 : value,
        })),
      );
      expect(samples.filter(({ name }) => name === 'target_info').map(({ labels }) => labels)).toEqual(
        ['one', 'three', 'two'].map((instance) => ({
          instance,
          job: 'llm-edge-agent',
          service_version: '0.1.0',
        })),
      );
    });
  });

  describe('about itself', () => {
    it('tells how many spans it took, sent and holds', async () => {
      const collector = await startCollector();
      const sender = createSpanSender(collector.otlpGrpc, RESOURCE);
      for (let count = 0; count < 25; count += 1) spanOf(sender, 'counted', 1);
      await sender.shutdown();

      const samples = await eventually(
        async () => {
          const read = parseExposition(await readText(collector.telemetryUrl));
          return sumOf(read, 'otelcol_exporter_sent_spans_total') === 25 ? read : undefined;
        },
        { what: 'the count of sent spans' },
      );
      await collector.stop();

      expect({
        accepted: sumOf(samples, 'otelcol_receiver_accepted_spans_total'),
        queued: sumOf(samples, 'otelcol_exporter_queue_size'),
        capacity: sumOf(samples, 'otelcol_exporter_queue_capacity'),
      }).toEqual({ accepted: 25, queued: 0, capacity: 1_073_741_824 });
    });
  });
});

function namesIn(samples: readonly Sample[]): readonly string[] {
  return [...new Set(samples.map(({ name }) => name))].sort();
}

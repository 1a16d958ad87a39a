import { type HttpReceiver, startHttpReceiver } from '../support/otlp-http-receiver.js';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { runScript } from '../support/run-script.js';

const COUNTS = /^llm_edge_monitoring_(?:spans|pushes)\w*_total(?:\{.*\})? \d+$/gm;

/** Runs a program that ends spans and records a cost, and returns what it counted and how its shutdown ended. */
async function runBackend(options: {
  readonly env: Readonly<Record<string, string>>;
  readonly spans?: number;
  readonly flushes?: number;
}): Promise<{ readonly counts: readonly string[]; readonly reason: string; readonly stderr: string }> {
  const { env, spans = 1, flushes = 1 } = options;
  const { stdout, stderr } = await runScript(
    `import { trace } from '@opentelemetry/api';
    import { initMonitoring, recordCost } from '#lib/index.js';
    const monitoring = await initMonitoring({ metrics: { port: 0 } });
    recordCost('openai', 'gpt-4o', 0.5);
    for (let i = 0; i < ${spans}; i++) trace.getTracer('spec').startSpan('span ' + i).end();
    let reason = '';
    for (let i = 0; i < ${flushes}; i++) await monitoring.forceFlush().catch((error) => { reason = error.message; });
    const page = await (await fetch(monitoring.metricsUrl)).text();
    await monitoring.shutdown().catch((error) => { reason = error.message; });
    console.log(JSON.stringify({ page, reason }));`,
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', ...env },
  ).end();
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const { page, reason } = JSON.parse(stdout) as { page: string; reason: string };
  const counts = [...(page.match(COUNTS) ?? [])].map((line) => line.replace('llm_edge_monitoring_', ''));
  return { counts: counts.filter((line) => !line.endsWith(' 0')).sort(), reason, stderr };
}

describe('OTLP over HTTP', () => {
  let receiver: HttpReceiver;
  afterEach(() => receiver.close());

  it('sends both signals to the paths of OTLP, each with its own headers, compressed', async () => {
    receiver = await startHttpReceiver();
    const { counts, reason, stderr } = await runBackend({
      env: {
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.origin}/base/?tenant=1`,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20general,x-general=1',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=Bearer%20spans',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      },
    });
    expect([reason, stderr]).toEqual(['', '']);
    expect(counts).toEqual(['pushes_total{outcome="success"} 1', 'spans_exported_total 1']);
    const of = (path: string) => receiver.requests.filter(({ url }) => url === path);
    const [spans] = of('/base/v1/traces?tenant=1');
    const [push] = of('/base/v1/metrics?tenant=1');
    expect(spans).toMatchObject({
      spanNames: ['span 0'],
      headers: {
        authorization: 'Bearer spans',
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
      },
    });
    // The variable of the signal replaces the general one: no header for another backend.
    expect(spans?.headers).not.toHaveProperty('x-general');
    expect(push).toMatchObject({
      push: { 'llm_edge_cost_usd_total{provider="openai",model="gpt-4o"}': 0.5 },
      headers: { authorization: 'Bearer general', 'x-general': '1', 'content-encoding': 'gzip' },
    });
    expect(receiver.requests).toHaveLength(
      of('/base/v1/traces?tenant=1').length + of('/base/v1/metrics?tenant=1').length,
    );
  });

  it('lets each signal have its protocol, and gives a metric the same names over both', async () => {
    receiver = await startHttpReceiver();
    const grpc = await startOtlpReceiver();
    const names = async (endpoint: string, protocol: string): Promise<void> => {
      const { reason } = await runBackend({
        env: {
          OTEL_METRICS_EXPORTER: 'prometheus,otlp',
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin,
          OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
          OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol,
        },
      });
      expect(reason).toBe('');
    };
    await names(grpc.endpoint, 'grpc');
    await names(`${receiver.origin}/v1/metrics`, 'http/protobuf');
    await grpc.close();
    expect(grpc.requests.map(({ signal }) => signal)).not.toContain('traces');
    const pushed = receiver.requests.filter(({ url }) => url === '/v1/metrics');
    const namesOf = (pushes: readonly object[]): string[] => Object.keys(pushes[0] ?? {});
    expect(namesOf(grpc.pushes).length).toBeGreaterThan(10);
    expect(namesOf(pushed.map(({ push }) => push))).toEqual(namesOf(grpc.pushes));
  });

  it('halves a batch that is too large', async () => {
    receiver = await startHttpReceiver(({ spanNames }) =>
      spanNames.length > 2 ? { status: 413 } : undefined,
    );
    const { counts, reason } = await runBackend({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin },
      spans: 7,
    });
    expect([counts, reason]).toEqual([['spans_exported_total 7'], '']);
    expect(receiver.requests.map(({ spanNames }) => spanNames.length)).toEqual([7, 4, 2, 2, 3, 2, 1]);
  });

  it('sends a batch again after the delay that the receiver demands, and counts it once', async () => {
    const times: number[] = [];
    receiver = await startHttpReceiver(() => {
      times.push(performance.now());
      return times.length < 3
        ? { status: 503, headers: { 'retry-after': times.length === 1 ? '1' : '0' } }
        : undefined;
    });
    const { counts, reason } = await runBackend({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin },
      spans: 3,
    });
    expect([counts, reason]).toEqual([['spans_exported_total 3'], '']);
    const [first = 0, second = 0, third = 0] = times;
    // A timer may fire a fraction of a millisecond early.
    expect([second - first >= 990, third - second >= 490]).toEqual([true, true]);
    expect(receiver.requests.map(({ spanNames }) => spanNames.length)).toEqual([3, 3, 3]);
  });

  it('sends a push again where the receiver had closed the idle connection', async () => {
    let count = 0;
    receiver = await startHttpReceiver(() => (++count === 2 ? 'cut' : undefined));
    const { counts, reason, stderr } = await runBackend({
      env: {
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin,
      },
    });
    expect([counts, reason, stderr]).toEqual([['pushes_total{outcome="success"} 1'], '', '']);
    // The push of the flush, and the last one twice.
    expect(receiver.requests).toHaveLength(3);
    expect(receiver.requests[2]?.push).toEqual(receiver.requests[1]?.push);
  });

  it('is named in the failure of an export over gRPC to the port of HTTP, with both signals', async () => {
    receiver = await startHttpReceiver();
    const { reason, stderr } = await runBackend({
      env: {
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        LLM_EDGE_SHUTDOWN_TIMEOUT: '1000',
      },
    });
    const [pushes, exports] = reason.split('; spans were not delivered to');
    for (const text of [pushes, exports]) expect(text).toContain('OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf');
    expect(reason + stderr).not.toContain('start a Collector');
  });

  it('drops and counts what is refused for good, and says so once', async () => {
    receiver = await startHttpReceiver(() => ({ status: 401 }));
    const { counts, reason, stderr } = await runBackend({
      env: {
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.origin}/hunter2`,
      },
      spans: 2,
    });
    expect(counts).toEqual([
      'pushes_total{outcome="failed"} 1',
      'spans_dropped_total{reason="export_failed"} 2',
    ]);
    expect(reason).toContain('HTTP 401 Unauthorized');
    expect(reason + stderr).not.toContain('hunter2');
  });
});

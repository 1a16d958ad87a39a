import { runScript } from '../support/run-script.js';
import { SDK_LINE } from '../support/sdk-line.js';

/** Which of the heavy packages a process has loaded after running some code. */
async function loadedAfter(code: string): Promise<readonly string[]> {
  const { stdout, stderr } = await runScript(`
    import { createRequire } from 'node:module';
    ${code}
    const cache = Object.keys(createRequire(process.cwd() + '/x.js').cache);
    const heavy = [
      '@grpc/grpc-js',
      '@opentelemetry/exporter-metrics-otlp-grpc',
      '@opentelemetry/exporter-metrics-otlp-proto',
      '@opentelemetry/exporter-trace-otlp-grpc',
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/sdk-metrics',
      '@opentelemetry/sdk-trace',
      '@pydantic/genai-prices',
    ];
    const loaded = heavy.filter((name) => cache.some((path) => path.includes('/' + name + '/')));
    // At once: without a Collector the last spans would be sent again and again.
    process.stdout.write(JSON.stringify(loaded), () => process.exit());
  `).end();
  if (!stdout.startsWith('[')) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

describe('the package', () => {
  it('loads nothing heavy at import', async () => {
    expect(await loadedAfter(`import '#lib/index.js';`)).toEqual([]);
  });

  it('loads the metrics SDK where the process has none', async () => {
    const code = `
      import { initMonitoring } from '#lib/index.js';
      await initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } });`;
    expect(await loadedAfter(code)).toEqual(['@opentelemetry/sdk-metrics']);
  });

  it('loads no SDK beside providers of the user', async () => {
    const code = `
      import { initMonitoring } from '#lib/index.js';
      const meter = new Proxy({}, { get: () => () => ({ add() {}, record() {} }) });
      await initMonitoring({
        meterProvider: { getMeter: () => meter },
        tracerProvider: { getTracer: () => ({}) },
      });`;
    expect(await loadedAfter(code)).toEqual([]);
  });

  it('loads the trace half where spans are exported, and gRPC not before it has some to send', async () => {
    const code = `
      import { initMonitoring } from '#lib/index.js';
      await initMonitoring({ metrics: { port: 0 } });`;
    const half = [
      '@opentelemetry/exporter-trace-otlp-grpc',
      '@opentelemetry/sdk-metrics',
      '@opentelemetry/sdk-trace',
    ];
    // The exporter of SDK 3.x loads gRPC when it is loaded itself.
    expect(await loadedAfter(code)).toEqual(SDK_LINE < 3 ? half : ['@grpc/grpc-js', ...half]);
    const exporting = `${code}
      import { trace } from '@opentelemetry/api';
      trace.getTracer('spec').startSpan('one').end();
      await (await initMonitoring({ metrics: { port: 0 } })).forceFlush({ timeoutMillis: 50 }).catch(() => {});`;
    expect(await loadedAfter(exporting)).toEqual(['@grpc/grpc-js', ...half]);
  });

  it('loads nothing of gRPC where both signals go over HTTP', async () => {
    const code = `
      import { initMonitoring } from '#lib/index.js';
      import { trace } from '@opentelemetry/api';
      const otlp = { protocol: 'http/protobuf' };
      const monitoring = await initMonitoring({ metrics: { exporters: ['otlp'], ...otlp }, traces: otlp });
      trace.getTracer('spec').startSpan('one').end();
      await monitoring.forceFlush({ timeoutMillis: 50 }).catch(() => {});`;
    expect(await loadedAfter(code)).toEqual([
      '@opentelemetry/exporter-metrics-otlp-proto',
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/sdk-metrics',
      '@opentelemetry/sdk-trace',
    ]);
  });

  it('does not keep a process alive, and reads no environment at import', async () => {
    const { code, stdout } = await runScript(
      `const seen = [];
       const read = (name) => { if (/^(OTEL|LLM)_/.test(String(name))) seen.push(name); };
       process.env = new Proxy(process.env, {
         get: (env, name) => { read(name); return env[name]; },
         has: (env, name) => { read(name); return name in env; },
       });
       await import('#lib/index.js');
       console.log(JSON.stringify(seen));`,
    ).end();
    expect([code, stdout]).toEqual([0, '[]\n']);
  });
});

import { runScript } from './run-script.js';

/** What an export over HTTP is, besides its URL. */
export interface HttpExportOptions {
  readonly timeoutMillis?: number;
  readonly certificateFile?: string;
  readonly clientKeyFile?: string;
  readonly clientCertificateFile?: string;
}

/** What became of an export: the failure as the queue reads it. */
export interface HttpExportResult {
  readonly reason?: string;
  readonly message?: string;
  readonly retryable?: boolean;
  readonly delayMillis?: number;
  readonly tooLarge?: boolean;
}

const PROGRAM = `
  import { TracerProvider } from '@opentelemetry/sdk-trace';
  import { httpTransport } from '#lib/otlp/http-transport.js';
  let span;
  const processor = { onStart() {}, onEnd(ended) { span = ended; }, async forceFlush() {}, async shutdown() {} };
  new TracerProvider({ spanProcessors: [processor] }).getTracer('spec').startSpan('one').end();
  const read = httpTransport.createFailureReader();
  const results = [];
  for (const { url, timeoutMillis = 20_000, ...files } of JSON.parse(process.env.EXPORTS)) {
    const connection = { endpoint: url, headers: {}, compression: 'none', ...files };
    const exporter = httpTransport.spanExporters(connection)(timeoutMillis);
    const { code, error } = await new Promise((resolve) => exporter.export([span], resolve));
    const { error: _, ...failure } = code === 0 ? {} : read(error);
    results.push(failure);
    await exporter.shutdown();
  }
  process.stdout.write(JSON.stringify(results));
`;

/**
 * Exports a span to each URL, one after the other, by the transport over HTTP and without the queue. The exporter of
 * OpenTelemetry imports HTTP dynamically, which Jest does not support, so it runs in a process of its own.
 */
export async function exportOverHttp(
  exports: readonly (HttpExportOptions & { readonly url: string })[],
): Promise<readonly HttpExportResult[]> {
  const { stdout, stderr } = await runScript(PROGRAM, { EXPORTS: JSON.stringify(exports) }).end();
  if (!stdout.startsWith('[')) throw new Error(stderr);
  return JSON.parse(stdout) as HttpExportResult[];
}

import { readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { ExportResult } from '@opentelemetry/core';
import { loadMetricsOtlpHttp, loadTls, loadTracesOtlpHttp } from '../lazy.cjs';
import { withoutVariables } from './exporter-variables.js';
import { createExchangeAgent, newExchange, runExchange } from './http-exchange.js';
import { httpExportError, isSuccess, readHttpFailure } from './http-failure.js';
import { type Connection, EXPORT_SUCCESS, PREFERENCES, type Transport } from './transport.js';

type ExporterConfig = NonNullable<
  ConstructorParameters<typeof import('@opentelemetry/exporter-trace-otlp-proto').OTLPTraceExporter>[0]
>;
type MetricExporterConfig = NonNullable<
  ConstructorParameters<typeof import('@opentelemetry/exporter-metrics-otlp-proto').OTLPMetricExporter>[0]
>;

/** Sends OTLP over HTTP, in Protocol Buffers; HTTP is loaded with the first export. */
export const httpTransport: Transport = {
  spanExporters(traces) {
    const { OTLPTraceExporter } = loadTracesOtlpHttp();
    const { config, close } = httpSettings(traces);
    return (timeoutMillis) =>
      observed(
        withoutVariables(() => new OTLPTraceExporter(config)),
        timeoutMillis,
        close,
      );
  },

  metricExporters(metrics) {
    const { OTLPMetricExporter } = loadMetricsOtlpHttp();
    const { config, close } = httpSettings(metrics);
    // Given explicitly: without it the exporter reads the environment.
    const all = {
      ...config,
      temporalityPreference: PREFERENCES[metrics.temporality],
    } as MetricExporterConfig;
    return (timeoutMillis) =>
      observed(
        withoutVariables(() => new OTLPMetricExporter(all)),
        timeoutMillis,
        close,
      );
  },

  createFailureReader: () => readHttpFailure,
};

/**
 * The exporter tries an export again until its timeout would pass. A timeout that is over at once leaves no time for
 * that, so that the queue alone decides. The deadline of an export is kept by the agent.
 */
const NO_RETRY_MILLIS = 1;

/** Returns the options of the exporters of one signal, which share connections. */
function httpSettings(connection: Connection): { readonly config: ExporterConfig; close(): void } {
  const { endpoint, headers, compression } = connection;
  const tls = endpoint.startsWith('https:') ? tlsOptions(connection) : {};
  let agent: Agent | undefined;
  const config = {
    url: endpoint,
    headers: { ...headers },
    // The exporter types its strings as an enum of a package that is not a dependency of this one.
    compression: compression as unknown as NonNullable<ExporterConfig['compression']>,
    timeoutMillis: NO_RETRY_MILLIS,
    httpAgentOptions: (protocol: string) => {
      agent ??= createExchangeAgent(protocol, tls);
      return agent;
    },
  };
  return { config, close: () => agent?.destroy() };
}

/** Throws where a file is not what it should be, at the start and not with the first export. */
function tlsOptions({ certificateFile, clientKeyFile, clientCertificateFile }: Connection): AgentOptions {
  if ((certificateFile ?? clientKeyFile) === undefined) return {};
  const [ca, key, cert] = [certificateFile, clientKeyFile, clientCertificateFile].map((file) =>
    file === undefined ? undefined : readFileSync(file),
  );
  return { secureContext: loadTls().createSecureContext({ ca, key, cert }) };
}

interface HttpExporter<Items> {
  export(items: Items, done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

/** Makes an exporter end each export in time, and report what it leaves out. */
function observed<Items, Exporter extends HttpExporter<Items>>(
  exporter: Exporter & HttpExporter<Items>,
  timeoutMillis: number,
  close: () => void,
): Exporter {
  const send = exporter.export.bind(exporter);
  const shutdown = exporter.shutdown.bind(exporter);
  exporter.export = (items, done) => {
    const endsAt = performance.now() + timeoutMillis;
    const attempt = (isFirst: boolean): void => {
      const exchange = newExchange(Math.max(1, endsAt - performance.now()));
      runExchange(exchange, () =>
        send(items, ({ code, error }) => {
          if (isFirst && exchange.isStale) {
            // Nothing is wrong with the server, and a push has no queue that would send it again.
            attempt(false);
            return;
          }
          // The status says that the items are accepted, even if the rest of the answer is cut off or too long.
          const isAccepted = code === EXPORT_SUCCESS || isSuccess(exchange);
          done(isAccepted ? { code: EXPORT_SUCCESS } : { code, error: httpExportError(exchange, error) });
        }),
      );
    };
    attempt(true);
  };
  exporter.shutdown = () => shutdown().finally(close);
  return exporter;
}

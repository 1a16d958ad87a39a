import { COMPONENTS, SENDERS } from '../../config/definitions.js';
import { endpointText, type Signal } from '../../config/otlp-endpoint.js';
import type { TelemetryConfig } from '../../config/resolve.js';
import { messageOf } from '../../errors.js';
import { TRANSPORTS } from '../../otlp/protocols.js';
import { EXPORT_SUCCESS, type ExportFailure } from '../../otlp/transport.js';
import { hasPortRemedy } from '../../otlp/wrong-endpoint.js';
import { ok, skipped, type Trial, wrong } from './trial.js';

const NOT_BROUGHT = { meterProvider: false, tracerProvider: false, spanExporter: false };

/** A Collector that is reached answers an empty export at once. */
const TIMEOUT_MILLIS_MAX = 5_000;

const SUBJECTS = { traces: 'spans', metrics: 'pushes' } as const satisfies Record<Signal, string>;
const SWITCHES = {
  traces: 'OTEL_TRACES_EXPORTER=none',
  metrics: 'OTEL_METRICS_EXPORTER=prometheus',
} as const satisfies Record<Signal, string>;

/** What an exporter of either signal has. */
interface EmptyExporter {
  export(items: unknown, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  shutdown(): Promise<void>;
}

/** Sends an export of nothing to the Collector of each signal, on the protocol and with the headers of the settings. */
export function tryCollectors(config: TelemetryConfig): Promise<readonly Trial[]> {
  return Promise.all((['traces', 'metrics'] as const).map((signal) => tryCollector(signal, config)));
}

async function tryCollector(signal: Signal, config: TelemetryConfig): Promise<Trial> {
  const subject = SUBJECTS[signal];
  if (!COMPONENTS[SENDERS[signal]].isUsed(config as never, NOT_BROUGHT)) {
    return skipped(subject, `no ${subject === 'spans' ? 'spans are exported' : 'metrics are pushed'}`);
  }
  const { endpoint, protocol } = config[signal];
  const place = `${endpointText(endpoint)} (${protocol})`;
  const transport = TRANSPORTS[protocol];
  let exporter: EmptyExporter;
  try {
    const create =
      signal === 'traces'
        ? transport.spanExporters(config.traces)
        : transport.metricExporters(config.metrics);
    const timeoutMillis =
      signal === 'traces' ? config.traces.timeoutMillis : config.metrics.exportTimeoutMillis;
    exporter = create(Math.min(timeoutMillis, TIMEOUT_MILLIS_MAX)) as EmptyExporter;
  } catch (error) {
    return wrong(subject, `${place}: the certificates cannot be used: ${messageOf(error)}`);
  }
  const failure = await exportNothing(signal, exporter, transport.createFailureReader());
  await exporter.shutdown().catch(() => undefined);
  if (failure === undefined) return ok(subject, `${place} accepts exports`);
  return wrong(subject, `${place}: ${reasonOf(failure)}${remedyFor(failure, signal)}`);
}

function exportNothing(
  signal: Signal,
  exporter: EmptyExporter,
  read: (error: unknown) => ExportFailure,
): Promise<ExportFailure | undefined> {
  const nothing = signal === 'traces' ? [] : { resource: { attributes: {} }, scopeMetrics: [] };
  return new Promise((resolve) => {
    exporter.export(nothing, ({ code, error }) => resolve(code === EXPORT_SUCCESS ? undefined : read(error)));
  });
}

function reasonOf({ message }: ExportFailure): string {
  // gRPC appends a note even where it is empty.
  return message.replace(/\s*Resolution note:\s*$/, '').replace(/\.$/, '');
}

/** What to change, by what the failure says; the first that fits. */
const REMEDIES: readonly (readonly [RegExp, (signal: Signal) => string])[] = [
  [
    /ECONNREFUSED/,
    (signal) => `nothing listens there: start a Collector, or send nothing with ${SWITCHES[signal]}`,
  ],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, () => 'no host has that name'],
  [
    /\bHTTP 40[13]\b|^code (7|16)\b|UNAUTHENTICATED|PERMISSION_DENIED/,
    () => 'the Collector refuses the credentials: check OTEL_EXPORTER_OTLP_HEADERS',
  ],
  [
    /self.signed|unable to (verify|get)|certificate has expired|altname|CERT_/i,
    () =>
      'its certificate is not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE to the certificate file of its authority',
  ],
  [
    /no application protocol/,
    () => 'that port uses TLS, but not for gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
  ],
  [
    /wrong version number|packet length too long|EPROTO|ssl3_get_record/i,
    () => 'that port does not use TLS: write http:// in place of https://',
  ],
  [
    /ECONNRESET|socket hang up|Connection dropped/,
    () => 'the server closed the connection: if that port uses TLS, write https:// in place of http://',
  ],
  [
    /DEADLINE_EXCEEDED|ETIMEDOUT|EHOSTUNREACH|no answer after/i,
    () => 'check the address, and firewalls and proxies in between',
  ],
];

function remedyFor(failure: ExportFailure, signal: Signal): string {
  if (hasPortRemedy(failure.message)) return '';
  const text = `${failure.reason} ${failure.message}`;
  const remedy = REMEDIES.find(([pattern]) => pattern.test(text))?.[1];
  return remedy === undefined ? '' : `; ${remedy(signal)}`;
}

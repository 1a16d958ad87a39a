import { endpointText, type Protocol, type Signal } from '../config/otlp-endpoint.js';
import { logger } from '../logger.js';

/** What to do where a server speaks the other protocol of OTLP. */
const REMEDIES: Readonly<Record<Protocol, string>> = {
  grpc: 'that port speaks OTLP over HTTP: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or use the gRPC port (4317)',
  'http/protobuf':
    'that port speaks OTLP over gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or use the HTTP port (4318)',
};

const OTHER_PORTS: Readonly<Record<Protocol, string>> = { grpc: '4318', 'http/protobuf': '4317' };

/** Adds to the message of a failed export that the server speaks the other protocol than the one used. */
export function withPortRemedy(message: string, used: Protocol): string {
  return `${message}; ${REMEDIES[used]}`;
}

/** Whether a message says that the server speaks the other protocol. */
export function hasPortRemedy(message: string): boolean {
  return Object.values(REMEDIES).some((remedy) => message.includes(remedy));
}

/** Warns at the start of an endpoint with which exports most likely fail, before the first of them does. */
export function warnOfEndpoint(
  signal: Signal,
  { endpoint, protocol }: { readonly endpoint: string; readonly protocol: Protocol },
): void {
  const { port, pathname, search } = new URL(endpoint);
  const place = `${signal}.endpoint ${endpointText(endpoint)}`;
  if (port === OTHER_PORTS[protocol]) {
    logger().warn(
      `${place} uses the usual port of the other protocol. If exports fail: ${REMEDIES[protocol]}`,
    );
  } else if (protocol !== 'grpc' && pathname === '/' && search === '') {
    logger().warn(`${place} has no path, and a signal-specific variable is used as is: append /v1/${signal}`);
  }
}

import { COMPONENTS } from '../config/components.js';
import { seenText, tellHost } from '../config/seen.js';
import { type ConfigWarning, MonitoringError } from '../errors.js';
import type { MonitoringConfig } from './resolve-config.js';

/** The host and the port that a scrape server listens on, as the environment names them. */
const ADDRESS = [
  { option: 'metrics.host', variable: 'OTEL_EXPORTER_PROMETHEUS_HOST' },
  { option: 'metrics.port', variable: 'OTEL_EXPORTER_PROMETHEUS_PORT' },
] as const;

/**
 * What is wrong with the environment that only listening shows: a host that there is not, or a port that may not be
 * taken. A port that is in use is no fault of a value, and an address from the options is refused.
 */
export function listenWarning(
  { variables, metrics }: MonitoringConfig,
  error: unknown,
): ConfigWarning | undefined {
  if (!(error instanceof MonitoringError) || error.code !== 'ERR_LISTEN_FAILED') return undefined;
  const { code } = error.cause as { readonly code?: unknown };
  const [host, port] = ADDRESS;
  const { option, variable } = code === 'EACCES' ? port : host;
  if (!variables.includes(variable)) return undefined;
  return {
    option,
    variable,
    seen: option === port.option ? String(metrics.port) : seenText(metrics.host, tellHost),
    effect: COMPONENTS.scrape.offText ?? '',
    remedy: `write what can be listened on: ${String(code)}`,
  };
}

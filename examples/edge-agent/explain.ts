import { MonitoringError } from 'llm-edge-monitoring';
import type { Arguments } from './arguments.js';

/** Why the example could not start, and which flag helps. */
export function explain(
  error: unknown,
  { port, metricsPort }: Pick<Arguments, 'port' | 'metricsPort'>,
): string {
  if (error instanceof MonitoringError) {
    const hint = error.code === 'ERR_PORT_IN_USE' ? ' Here that is --metrics-port.' : '';
    return `${error.message}${metricsPort === 0 ? '' : hint}`;
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use. Choose another with --port, or --port 0 for a free one.`;
  if (code === 'EACCES')
    return `Port ${port} requires privileges that this process lacks. Choose another with --port.`;
  return `The example could not start: ${message}`;
}

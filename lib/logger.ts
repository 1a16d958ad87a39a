import { type DiagLogger, diag } from '@opentelemetry/api';

/** The diagnostic log under the name of this package. */
export function logger(): DiagLogger {
  return diag.createComponentLogger({ namespace: 'llm-edge-monitoring' });
}

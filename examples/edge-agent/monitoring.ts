import { initMonitoring, type Monitoring, resolveConfig } from 'llm-edge-monitoring';
import { isListening } from './collector.js';

/** The monitoring of this process, and where its spans go. */
export interface StartedMonitoring {
  readonly monitoring: Monitoring;
  /** One sentence on whether spans are sent, and why. */
  readonly tracing: string;
}

/** Starts the monitoring; spans are sent only if something listens, since otherwise every one would be retried in vain. */
export async function startMonitoring(metricsPort: number | undefined): Promise<StartedMonitoring> {
  const options = {
    providers: { openai: ['gpt-4o-mini', 'gpt-5-mini'], anthropic: ['claude-sonnet-4-6'] },
    metrics: { port: metricsPort },
    // This program has no SDK of its own, and reads the context of its callers before it observes anything.
    registerGlobals: true,
    budgets: [{ name: 'example', limitUsd: 5, window: 'day' as const }],
  };
  const resolved = resolveConfig(options);
  if (!resolved.ok) throw resolved.error;
  for (const { variable, option, seen, effect, remedy } of resolved.value.warnings) {
    console.error(`${variable ?? option}: saw ${seen}; ${effect}; ${remedy}`);
  }

  const { exporter, endpoint } = resolved.value.traces;
  if (exporter === 'none') {
    return { monitoring: await initMonitoring(options), tracing: 'off (OTEL_TRACES_EXPORTER=none)' };
  }
  if (await isListening(endpoint)) {
    return { monitoring: await initMonitoring(options), tracing: `on: spans go to ${endpoint}` };
  }
  return {
    monitoring: await initMonitoring({ ...options, traces: { exporter: 'none' } }),
    tracing: `off: no Collector listens on ${endpoint}`,
  };
}

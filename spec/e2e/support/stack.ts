import { type Collector, prepareCollector } from './collector.js';
import { prepareTraceStore, type TraceStore } from './trace-store.js';
import type { Workspace } from './workspace.js';

/** A Collector with the shipped configuration, and the trace store behind it. */
export interface Stack {
  readonly collector: Collector;
  readonly store: TraceStore;
}

/** Starts both. Every trace is kept, and what takes a minute in production takes a second. */
export async function startStack(workspace: Workspace): Promise<Stack> {
  const store = await prepareTraceStore(workspace.path);
  const collector = await prepareCollector('collector', 'otel-collector/config.yaml', {
    OTELCOL_SAMPLING_WAIT: '1s',
    OTELCOL_SAMPLING_WAIT_AFTER_ROOT: '100ms',
    OTELCOL_SAMPLING_PERCENT: '100',
    OTELCOL_SPAN_METRICS_INTERVAL: '1s',
    OTELCOL_TRACE_STORE: store.endpoint,
    OTELCOL_STORAGE_DIR: workspace.folder('queue'),
    OTELCOL_RETRY_INTERVAL: '100ms',
    OTELCOL_RETRY_MAX_INTERVAL: '500ms',
  });
  await Promise.all([store.start(), collector.start()]);
  return { collector, store };
}

/** `host:port` of a URL, as a scrape job writes it. */
export function addressOf(url: string): string {
  return new URL(url).host;
}

import type { LabelValueOf } from '../catalogue/labels.js';
import { METRIC_COUNT } from '../catalogue/metrics.js';
import { logger } from '../logger.js';
import type { PushOutcome } from '../otlp/metric-readers.js';
import type { SpanDropReason } from '../otlp/span-queue.js';
import type { ScrapeReport } from '../prometheus/scrape-handler.js';
import type { Instruments } from './instruments.js';
import { NameScopes } from './scopes.js';

/** Which limit was reached. */
export type OverflowLabel = LabelValueOf<'llm_edge_monitoring_series_overflow_total', 'label'>;
/** The package's own health, off the path of requests: series, overflow, spans, scrapes and pushes. */
export class SelfMetrics {
  private readonly instruments: Instruments;
  private readonly metricScopes = new NameScopes('metric', METRIC_COUNT, {
    onOverflow: () => undefined,
    onDrop: () => undefined,
  });
  private readonly told = new Set<OverflowLabel>();

  constructor(instruments: Instruments) {
    this.instruments = instruments;
    const { counters } = instruments;
    counters.llm_edge_monitoring_series_overflow_total.declare();
    counters.llm_edge_monitoring_spans_exported_total.declare();
    counters.llm_edge_monitoring_spans_dropped_total.declare();
    counters.llm_edge_monitoring_scrapes_total.declare();
    counters.llm_edge_monitoring_pushes_total.declare();
  }

  overflow(label: OverflowLabel): void {
    const counter = this.instruments.counters.llm_edge_monitoring_series_overflow_total;
    counter.add(1, counter.variant({ label }));
    if (this.told.has(label)) return;
    this.told.add(label);
    logger().warn(
      `the limit of ${label} labels is reached, further values become "other"; see the option limits`,
    );
  }

  spansExported(count: number): void {
    this.instruments.counters.llm_edge_monitoring_spans_exported_total.add(count, 0);
  }

  spansDropped(count: number, reason: SpanDropReason): void {
    const counter = this.instruments.counters.llm_edge_monitoring_spans_dropped_total;
    counter.add(count, counter.variant({ reason }));
  }

  pushed(outcome: PushOutcome): void {
    const counter = this.instruments.counters.llm_edge_monitoring_pushes_total;
    counter.add(1, counter.variant({ outcome }));
  }

  scraped({ outcome, durationMs, bytes, seriesCount }: ScrapeReport): void {
    const { counters, gauges, histograms } = this.instruments;
    const counter = counters.llm_edge_monitoring_scrapes_total;
    counter.add(1, counter.variant({ outcome }));
    histograms.llm_edge_monitoring_scrape_duration_ms.record(durationMs);
    if (outcome !== 'success') return;
    gauges.llm_edge_monitoring_scrape_bytes.set(bytes, 0);
    gauges.llm_edge_monitoring_scrape_series.set(seriesCount, 0);
  }

  /** Sets the number of series of each metric that has any, just before they are collected. */
  observeSizes(): void {
    const gauge = this.instruments.gauges.llm_edge_monitoring_series;
    for (const [metric, size] of this.instruments.sizes()) {
      const scope = size > 0 ? this.metricScopes.get(metric) : undefined;
      if (scope !== undefined) gauge.set(size, 0, scope);
    }
  }
}

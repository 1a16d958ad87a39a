import { PRICE_LIST_VERSIONS } from '../catalogue/cardinality.js';
import type { LabelValueOf } from '../catalogue/labels.js';
import { METRICS } from '../catalogue/metrics.js';
import { logger } from '../logger.js';
import type { Instruments } from './instruments.js';
import type { LimitedLabel } from './label-limits.js';
import type { LabelSet } from './series-table.js';

/** Metrics of the package's health: overflow, spans, scrapes, pushes and the number of series. */
export interface SelfMetrics {
  overflow(label: LimitedLabel): void;
  spansExported(count: number): void;
  spansDropped(
    count: number,
    reason: LabelValueOf<'llm_edge_monitoring_spans_dropped_total', 'reason'>,
  ): void;
  pushed(outcome: LabelValueOf<'llm_edge_monitoring_pushes_total', 'outcome'>): void;
  scraped(report: {
    readonly outcome: LabelValueOf<'llm_edge_monitoring_scrapes_total', 'outcome'>;
    readonly durationMs: number;
    readonly bytes: number;
    readonly seriesCount: number;
  }): void;
  /** Says which price list is in force. */
  priceList(list: PriceListState): void;
  /** Sets the number of series of each metric that has any, and the time, just before they are collected. */
  updateSizes(): void;
}

/** What the metrics say of the price list. */
export interface PriceListState {
  readonly source: LabelValueOf<'llm_edge_price_list_info', 'source'>;
  readonly version: string;
  readonly publishedMs: number;
  readonly isReloadSuccessful: boolean;
}

/** Creates the metrics about the package itself, with each counter at zero. */
export function createSelfMetrics({ counters, gauges, histograms, sizes }: Instruments): SelfMetrics {
  const {
    llm_edge_monitoring_series_overflow_total: overflows,
    llm_edge_monitoring_spans_exported_total: exported,
    llm_edge_monitoring_spans_dropped_total: dropped,
    llm_edge_monitoring_scrapes_total: scrapes,
    llm_edge_monitoring_pushes_total: pushes,
    llm_edge_monitoring_worker_deaths_total: deaths,
  } = counters;
  const labelsOf = new Map(
    Object.keys(METRICS).map((metric, id): [string, LabelSet] => [metric, { id, labels: { metric } }]),
  );
  const logged = new Set<LimitedLabel>();
  const versions = new Map<string, LabelSet>();
  let listShown = { source: '', version: '', end: (): void => undefined };

  function versionLabels(version: string): LabelSet {
    const name = versions.has(version) || versions.size < PRICE_LIST_VERSIONS ? version : 'other';
    const known = versions.get(name);
    if (known !== undefined) return known;
    const labels = { id: versions.size, labels: { version: name } };
    versions.set(name, labels);
    return labels;
  }

  for (const counter of [overflows, exported, dropped, scrapes, pushes, deaths]) counter.declare();
  declareLoneWorker(gauges);

  return {
    overflow(label) {
      overflows.add(1, overflows.variant({ label }));
      if (logged.has(label)) return;
      logged.add(label);
      logger().warn(
        `the limit of ${label} values is reached; further values become "other" (see the option limits)`,
      );
    },
    spansExported: (count) => exported.add(count, 0),
    spansDropped: (count, reason) => dropped.add(count, dropped.variant({ reason })),
    pushed: (outcome) => pushes.add(1, pushes.variant({ outcome })),
    scraped({ outcome, durationMs, bytes, seriesCount }) {
      scrapes.add(1, scrapes.variant({ outcome }));
      histograms.llm_edge_monitoring_scrape_duration_ms.record(durationMs);
      if (outcome !== 'success') return;
      gauges.llm_edge_monitoring_scrape_bytes.set(bytes, 0);
      gauges.llm_edge_monitoring_scrape_series.set(seriesCount, 0);
    },
    priceList({ source, version, publishedMs, isReloadSuccessful }) {
      const info = gauges.llm_edge_price_list_info;
      if (listShown.source !== source || listShown.version !== version) {
        listShown.end();
        const labels = versionLabels(version);
        const variant = info.variant({ source });
        info.set(1, variant, labels);
        listShown = { source, version, end: () => info.set(0, variant, labels, 0) };
      }
      gauges.llm_edge_price_list_timestamp_seconds.set(publishedMs / 1000, 0);
      gauges.llm_edge_price_list_last_reload_successful.set(isReloadSuccessful ? 1 : 0, 0);
    },
    updateSizes() {
      gauges.llm_edge_monitoring_oldest_snapshot_timestamp_seconds.set(Date.now() / 1000, 0);
      for (const [metric, size] of sizes()) {
        if (size > 0) gauges.llm_edge_monitoring_series.set(size, 0, labelsOf.get(metric));
      }
    },
  };
}

/** States that this worker has its port to itself. A page of several workers states what the group knows instead. */
function declareLoneWorker(gauges: Instruments['gauges']): void {
  const { llm_edge_monitoring_workers: workers, llm_edge_monitoring_workers_left_out: leftOut } = gauges;
  workers.set(1, workers.variant({ state: 'alive' }));
  workers.set(0, workers.variant({ state: 'stale' }));
  for (const reason of METRICS.llm_edge_monitoring_workers_left_out.labels.reason) {
    leftOut.set(0, leftOut.variant({ reason }));
  }
}

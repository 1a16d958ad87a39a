import { METRICS } from '../catalogue/metrics.js';
import { logger } from '../logger.js';
import type { CounterSeries } from './counter-series.js';
import type { DropReason } from './recorder.js';

/** Counts what could not be recorded as given, and tells `diag` once for each reason. */
export class DropCounter {
  private readonly counter: CounterSeries<'llm_edge_monitoring_dropped_total'>;
  private readonly variants = new Map<DropReason, number>();
  private readonly told = new Set<DropReason>();

  constructor(counter: CounterSeries<'llm_edge_monitoring_dropped_total'>) {
    this.counter = counter;
    counter.declare();
    for (const reason of METRICS.llm_edge_monitoring_dropped_total.labels.reason) {
      this.variants.set(reason, counter.variant({ reason }));
    }
  }

  drop(reason: DropReason, where: string): void {
    this.counter.add(1, this.variants.get(reason) ?? 0);
    if (this.told.has(reason)) return;
    this.told.add(reason);
    // The value stays out of the line: it may be a secret, or ten kilobytes long.
    logger().warn(
      `${where}: ${reason}; counted in llm_edge_monitoring_dropped_total, told once for each reason`,
    );
  }
}

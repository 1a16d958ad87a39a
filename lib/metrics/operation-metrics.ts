import type { SpanContext } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { CounterSeries } from './counter-series.js';
import type { HistogramSeries } from './histogram-series.js';
import type { SharedParts } from './recorder-parts.js';
import { ROOT_SCOPE } from './scopes.js';
import type { ValueChecks } from './value-checks.js';
import { createErrorVariants, type ErrorVariants } from './variant-tables.js';

/** Outcomes and times of operations. */
export class OperationMetrics {
  private readonly checks: ValueChecks;
  private readonly operations: CounterSeries<'llm_edge_operations_total'>;
  private readonly durations: HistogramSeries<'llm_edge_operation_duration_ms'>;
  private readonly overheads: HistogramSeries<'llm_edge_overhead_ms'>;
  private readonly success: number;
  private readonly errors: ErrorVariants;

  constructor({ instruments: { counters, histograms }, checks }: SharedParts) {
    const operations = counters.llm_edge_operations_total;
    this.checks = checks;
    this.operations = operations;
    this.durations = histograms.llm_edge_operation_duration_ms;
    this.overheads = histograms.llm_edge_overhead_ms;
    this.success = operations.variant({ status: 'success' });
    this.errors = createErrorVariants((error_type) => operations.variant({ status: 'error', error_type }));
  }

  operation(
    errorType: ErrorType | undefined,
    durationMs: number,
    overheadMs: number,
    spanContext?: SpanContext,
  ): void {
    this.operations.add(1, errorType === undefined ? this.success : this.errors[errorType]);
    if (this.checks.isDuration(durationMs, 'recordOperation')) {
      this.durations.record(durationMs, ROOT_SCOPE, spanContext);
    }
    if (this.checks.isDuration(overheadMs, 'recordOperation')) {
      this.overheads.record(overheadMs, ROOT_SCOPE, spanContext);
    }
  }
}

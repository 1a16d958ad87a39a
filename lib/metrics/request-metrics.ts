import type { SpanContext } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { CounterSeries } from './counter-series.js';
import type { MetricExemplars } from './exemplars.js';
import type { HistogramSeries } from './histogram-series.js';
import type { OpenLabels } from './open-labels.js';
import type { SharedParts } from './recorder-parts.js';
import type { ValueChecks } from './value-checks.js';
import { createErrorVariants, type ErrorVariants } from './variant-tables.js';

/** Outcomes and times of requests. */
export class RequestMetrics {
  private readonly open: OpenLabels;
  private readonly checks: ValueChecks;
  private readonly requests: CounterSeries<'llm_edge_requests_total'>;
  private readonly exemplars: MetricExemplars;
  private readonly durations: HistogramSeries<'llm_edge_request_duration_ms'>;
  private readonly firstTokens: HistogramSeries<'llm_edge_time_to_first_token_ms'>;
  private readonly outputTokens: HistogramSeries<'llm_edge_time_per_output_token_ms'>;
  private readonly success: number;
  private readonly errors: ErrorVariants;

  constructor({ instruments: { counters, histograms }, open, checks, exemplars }: SharedParts) {
    const requests = counters.llm_edge_requests_total;
    this.open = open;
    this.checks = checks;
    this.requests = requests;
    this.exemplars = exemplars.metric('llm_edge_requests_total');
    this.durations = histograms.llm_edge_request_duration_ms;
    this.firstTokens = histograms.llm_edge_time_to_first_token_ms;
    this.outputTokens = histograms.llm_edge_time_per_output_token_ms;
    this.success = requests.variant({ status: 'success' });
    this.errors = createErrorVariants((error_type) => requests.variant({ status: 'error', error_type }));
  }

  request(
    provider: string,
    model: string,
    errorType: ErrorType | undefined,
    durationMs: number,
    spanContext?: SpanContext,
  ): void {
    const scope = this.open.model(provider, model, 'recordRequest');
    if (scope === undefined) return;
    const variant = errorType === undefined ? this.success : this.errors[errorType];
    const attributes = this.requests.add(1, variant, scope);
    if (spanContext !== undefined) this.exemplars.offer(attributes, 1, spanContext);
    // The request happened whatever the clock says, so a bad duration costs only the duration.
    if (this.checks.isDuration(durationMs, 'recordRequest')) {
      this.durations.record(durationMs, scope, spanContext);
    }
  }

  /** A request that failed after a time unknown. */
  failure(provider: string, model: string, errorType: ErrorType): void {
    const scope = this.open.model(provider, model, 'recordRequestFailure');
    if (scope !== undefined) this.requests.add(1, this.errors[errorType], scope);
  }

  timeToFirstToken(provider: string, model: string, durationMs: number, spanContext?: SpanContext): void {
    const scope = this.open.model(provider, model, 'recordTimeToFirstToken');
    if (scope !== undefined && this.checks.isDuration(durationMs, 'recordTimeToFirstToken')) {
      this.firstTokens.record(durationMs, scope, spanContext);
    }
  }

  timePerOutputToken(provider: string, model: string, durationMs: number): void {
    const scope = this.open.model(provider, model, 'recordTimePerOutputToken');
    if (scope !== undefined && this.checks.isDuration(durationMs, 'recordTimePerOutputToken')) {
      this.outputTokens.record(durationMs, scope);
    }
  }
}

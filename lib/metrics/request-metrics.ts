import type { SpanContext } from '@opentelemetry/api';
import { ERROR_TYPES, type ErrorType } from '../catalogue/error-types.js';
import type { Checks } from './checks.js';
import type { GenAiRecorder } from './gen-ai-recorder.js';
import type { Instruments } from './instruments.js';
import type { LabelLimits } from './label-limits.js';
import { HAND_RECORDED, type RequestRecorder, type ServedOperation } from './recorder.js';
import { type LabelSet, NO_LABELS } from './series-table.js';

type RequestMetrics = Pick<
  RequestRecorder,
  | 'recordRequestSuccess'
  | 'recordRequestFailure'
  | 'recordRequest'
  | 'recordChunk'
  | 'recordTimeToFirstToken'
  | 'recordTimePerOutputToken'
  | 'recordOperation'
  | 'recordRetry'
  | 'recordFailover'
  | 'recordRoutedRequest'
>;

/** Called with each failed request, and the labels that it is counted under. */
export type OnFailure = (
  labels: Readonly<Record<string, string>>,
  errorType: ErrorType,
  spanContext: SpanContext | undefined,
) => void;

/** Creates the metrics of requests and operations: outcomes, times, retries and failovers. */
export function createRequestMetrics(
  { counters, histograms, recording }: Instruments,
  limits: LabelLimits,
  checks: Checks,
  genAi: GenAiRecorder | undefined,
  onFailure: OnFailure | undefined,
): RequestMetrics {
  const {
    llm_edge_requests_total: requests,
    llm_edge_operations_total: operations,
    llm_edge_retries_total: retries,
    llm_edge_failovers_total: failovers,
    llm_edge_routed_requests_total: routedRequests,
  } = counters;
  const {
    llm_edge_request_duration_ms: durations,
    llm_edge_time_to_first_token_ms: firstTokens,
    llm_edge_time_per_output_token_ms: outputTokens,
    llm_edge_operation_duration_ms: operationDurations,
    llm_edge_overhead_ms: overheads,
  } = histograms;
  const requestSuccess = requests.variant({ status: 'success' });
  const requestError = byErrorType((error_type) => requests.variant({ status: 'error', error_type }));
  const operationSuccess = operations.variant({ status: 'success' });
  const operationError = byErrorType((error_type) => operations.variant({ status: 'error', error_type }));
  const retriedError = byErrorType((error_type) => retries.variant({ error_type }));
  const failedError = byErrorType((error_type) => failovers.variant({ error_type }));

  const recordRequest: RequestMetrics['recordRequest'] = (
    provider,
    model,
    errorType,
    durationMs,
    spanContext,
    call = HAND_RECORDED,
  ) => {
    const labels = limits.model(provider, model, 'recordRequest');
    if (labels === undefined) return;
    const outcome = errorType === undefined ? requestSuccess : requestError(errorType);
    requests.add(1, outcome, labels, spanContext);
    if (errorType !== undefined) noteFailure(labels, errorType, spanContext);
    // The request happened even if its duration is invalid, so only the duration is dropped.
    if (!checks.isDuration(durationMs, 'recordRequest')) return;
    durations.record(durationMs, labels, spanContext);
    genAi?.request(labels, call, errorType, durationMs);
  };

  function noteFailure({ labels }: LabelSet, errorType: ErrorType, spanContext?: SpanContext): void {
    if (!recording.isOver) onFailure?.(labels, errorType, spanContext);
  }

  function recordServed(
    served: ServedOperation | undefined,
    errorType: ErrorType | undefined,
    durationMs: number,
  ): void {
    if (genAi === undefined || served === undefined) return;
    const { provider, model } = served.request;
    const labels = limits.model(provider, model, 'recordOperation');
    if (labels !== undefined) genAi.operation(labels, served, errorType, durationMs);
  }

  return {
    recordRequest,
    recordRequestSuccess: (provider, model, latencyMs) =>
      recordRequest(provider, model, undefined, latencyMs),
    recordRequestFailure(provider, model, errorType, latencyMs) {
      const known = checks.errorType(errorType, 'recordRequestFailure');
      if (latencyMs !== undefined) {
        recordRequest(provider, model, known, latencyMs);
        return;
      }
      const labels = limits.model(provider, model, 'recordRequestFailure');
      if (labels === undefined) return;
      requests.add(1, requestError(known), labels);
      noteFailure(labels, known);
    },
    recordChunk(provider, model, place, durationMs, call) {
      if (genAi === undefined) return;
      const labels = limits.model(provider, model, 'recordChunk');
      if (labels === undefined || !checks.isDuration(durationMs, 'recordChunk')) return;
      genAi.chunk(labels, call, place, durationMs);
    },
    recordTimeToFirstToken(provider, model, durationMs, spanContext) {
      const labels = limits.model(provider, model, 'recordTimeToFirstToken');
      if (labels !== undefined && checks.isDuration(durationMs, 'recordTimeToFirstToken')) {
        firstTokens.record(durationMs, labels, spanContext);
      }
    },
    recordTimePerOutputToken(provider, model, durationMs) {
      const labels = limits.model(provider, model, 'recordTimePerOutputToken');
      if (labels !== undefined && checks.isDuration(durationMs, 'recordTimePerOutputToken')) {
        outputTokens.record(durationMs, labels);
      }
    },
    recordOperation(errorType, durationMs, overheadMs, spanContext, served) {
      operations.add(1, errorType === undefined ? operationSuccess : operationError(errorType));
      if (checks.isDuration(durationMs, 'recordOperation')) {
        operationDurations.record(durationMs, NO_LABELS, spanContext);
        recordServed(served, errorType, durationMs);
      }
      if (checks.isDuration(overheadMs, 'recordOperation')) {
        overheads.record(overheadMs, NO_LABELS, spanContext);
      }
    },
    recordRetry(provider, model, errorType) {
      const labels = limits.model(provider, model, 'recordRetry');
      if (labels !== undefined) {
        retries.add(1, retriedError(checks.errorType(errorType, 'recordRetry')), labels);
      }
    },
    recordFailover(fromProvider, toProvider, errorType) {
      const labels = limits.route(fromProvider, toProvider, 'recordFailover');
      if (labels !== undefined) {
        failovers.add(1, failedError(checks.errorType(errorType, 'recordFailover')), labels);
      }
    },
    recordRoutedRequest(provider, upstream) {
      const labels = limits.upstream(provider, upstream, 'recordRoutedRequest');
      if (labels !== undefined) routedRequests.add(1, 0, labels);
    },
  };
}

/** Looks up the variant of each error type, once at the start. */
function byErrorType(variant: (errorType: ErrorType) => number): (errorType: ErrorType) => number {
  const variants = new Map(ERROR_TYPES.map((errorType) => [errorType, variant(errorType)]));
  const unknown = variant('unknown');
  return (errorType) => variants.get(errorType) ?? unknown;
}

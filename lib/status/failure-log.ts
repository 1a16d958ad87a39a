import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';

/** A request that failed, as the status page shows it. */
export interface FailedRequest {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** The names of the metrics' labels, which are limited in length and number. */
  readonly provider: string;
  readonly model: string;
  readonly errorType: string;
  /** Absent where the request has no span. */
  readonly traceId: string | undefined;
}

/** The last failed requests. */
export interface FailureLog {
  /** @param labels - those of the metrics */
  add(labels: Readonly<Record<string, string>>, errorType: string, span: SpanContext | undefined): void;
  /** Returns them, newest first. */
  list(): readonly FailedRequest[];
}

const FAILURES_MAX = INPUT_LIMITS.statusFailures.value;

/** Creates a log of the last failures. */
export function createFailureLog(wallNow: () => number = Date.now): FailureLog {
  const ring: FailedRequest[] = [];
  let count = 0;
  return {
    add({ provider = '', model = '' }, errorType, span) {
      const traceId = span !== undefined && isSpanContextValid(span) ? span.traceId : undefined;
      ring[count % FAILURES_MAX] = { atMs: wallNow(), provider, model, errorType, traceId };
      count += 1;
    },
    list() {
      const start = count % FAILURES_MAX;
      const oldestFirst = count < FAILURES_MAX ? [...ring] : [...ring.slice(start), ...ring.slice(0, start)];
      return oldestFirst.reverse();
    },
  };
}

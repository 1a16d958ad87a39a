import type { Attributes, Context, Span } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { ATTRIBUTES, EVENTS } from '../catalogue/semconv.js';
import { brokenPipeType } from '../errors/classify-error.js';
import type { CacheTier, RequestRecorder, ServingRequest } from '../metrics/recorder.js';
import { onSettled } from '../streams/promise.js';
import { type ActiveOperation, activeContext, surroundingsOf, withOperation } from './context.js';
import { countFailure } from './guard.js';
import type { CacheLookupOptions } from './handle.js';
import { cutText, type OperationInput } from './input.js';
import { Lifecycle, type RequestDeps } from './lifecycle.js';
import { type Interval, type OperationRequest, OperationRequests, unionMs } from './operation-requests.js';
import { recordEvent, setFailure } from './span-events.js';
import { startOperationSpan } from './spans.js';

/** The lifecycle of one operation, with everything that is recorded about it. */
export class OperationLifecycle extends Lifecycle implements ActiveOperation {
  /** Created with the first request, because an operation that ends with a cache hit needs none. */
  private requests: OperationRequests | undefined;

  /** @param parent - the context in which the operation is started. */
  constructor(
    input: OperationInput,
    recorder: RequestRecorder,
    deps: RequestDeps,
    parent: Context = activeContext(),
  ) {
    super(recorder, deps, parent, startSpan(input, recorder, parent));
  }

  /** The error type of the request that ended last, or `undefined` if it succeeded or there was none. */
  get lastErrorType(): ErrorType | undefined {
    return this.requests?.last;
  }

  elapsedMs(): number {
    return this.recorder.now() - this.startMs;
  }

  cacheLookup<T>(tier: CacheTier, lookup: () => T, options?: CacheLookupOptions<T>): T {
    return lookUp(this.span, this.recorder, this.deps.price, tier, lookup, options);
  }

  requestStarted(provider: string, operation: string, startMs: number): OperationRequest {
    this.requests ??= new OperationRequests();
    return this.requests.start(provider, operation, startMs);
  }

  requestNamed({ follows, provider }: OperationRequest, model: string): void {
    if (follows === undefined) return;
    if (follows.provider === provider) this.recorder.recordRetry(provider, model, follows.errorType);
    else this.recorder.recordFailover(follows.provider, provider, follows.errorType);
  }

  requestEnded(
    request: OperationRequest,
    errorType: ErrorType | undefined,
    endMs: number,
    error: unknown,
  ): void {
    this.requests?.end(request, errorType, endMs, error);
  }

  includeRequests(intervals: readonly Interval[], serving: ServingRequest | undefined): void {
    this.requests ??= new OperationRequests();
    this.requests.include(intervals, serving);
  }

  /**
   * Uses the error type of the request that failed with the same error, because only the request knows whether an
   * answer had begun. The error of a pipe does not show which end closed it, but the outcome of the last request does.
   */
  override classify(error: unknown): ErrorType {
    const { requests } = this;
    const known = requests?.errorTypeOf(error);
    if (known !== undefined) return known;
    const errorType = super.classify(error);
    if (requests === undefined || requests.count === 0) return errorType;
    return brokenPipeType(error, errorType, requests.last);
  }

  protected createContext(): Context {
    return withOperation(this.parent, this, this.span);
  }

  protected record(errorType: ErrorType | undefined, error: unknown, endMs: number): void {
    const { recorder, requests, span, startMs } = this;
    const durationMs = endMs - startMs;
    const outer = surroundingsOf(this.parent).operation;
    const serving = requests?.serving;
    let overheadMs = durationMs;
    // Each step has its own `try` block, so that only the span is lost if a span processor throws.
    try {
      if (requests !== undefined) {
        const intervals = requests.intervals(endMs);
        overheadMs -= unionMs(intervals, startMs, endMs);
        outer?.includeRequests(intervals, serving);
      }
      // An operation within another one serves no caller, and is part of the duration of the other.
      const served = serving && outer === undefined ? { request: serving, startMs } : undefined;
      recorder.recordOperation(errorType, durationMs, overheadMs, span.spanContext(), served);
    } catch {
      countFailure(recorder, 'operation');
    }
    try {
      if (span.isRecording()) {
        span.setAttribute(ATTRIBUTES.overheadMs, overheadMs);
        span.setAttribute(ATTRIBUTES.requestCount, requests?.count ?? 0);
        if (errorType !== undefined) setFailure(span, recorder, errorType, error);
      }
    } catch {
      countFailure(recorder, 'operation');
    }
    try {
      span.end();
    } catch {
      countFailure(recorder, 'operation');
    }
  }
}

function startSpan(input: OperationInput, recorder: RequestRecorder, parent: Context): Span | undefined {
  try {
    return startOperationSpan(recorder.tracer, input, parent);
  } catch {
    countFailure(recorder, 'observeOperation');
    return undefined;
  }
}

/** Runs a cache lookup, returns its result, and records hit or miss and savings once the result is known. */
function lookUp<T>(
  span: Span,
  recorder: RequestRecorder,
  price: RequestDeps['price'],
  tier: CacheTier,
  lookup: () => T,
  options: CacheLookupOptions<T> | undefined,
): T {
  const result = lookup();
  const record = (value: unknown): void => {
    try {
      recordLookup(span, recorder, price, tier, value as Awaited<T>, options);
    } catch {
      countFailure(recorder, 'cacheLookup');
    }
  };
  try {
    // A failed lookup is neither a hit nor a miss.
    if (!onSettled(result, record, () => undefined)) record(result);
  } catch {
    countFailure(recorder, 'cacheLookup');
  }
  return result;
}

function recordLookup<T>(
  span: Span,
  recorder: RequestRecorder,
  price: RequestDeps['price'],
  tier: CacheTier,
  value: Awaited<T>,
  options: CacheLookupOptions<T> | undefined,
): void {
  const isHit = value !== undefined && value !== null;
  let savedUsd: number | undefined;
  if (!isHit) recorder.recordCacheMiss(tier);
  else {
    recorder.recordCacheHit(tier);
    try {
      savedUsd = savings(price, value, options);
      if (savedUsd !== undefined) recorder.recordCacheSavings(tier, savedUsd);
    } catch {
      // The caller's function throws. The hit is recorded without savings.
      countFailure(recorder, 'cacheLookup');
    }
  }
  if (!span.isRecording()) return;
  const attributes: Attributes = {
    [ATTRIBUTES.cacheTier]: cutText(String(tier)),
    [ATTRIBUTES.cacheHit]: isHit,
  };
  if (savedUsd !== undefined) attributes[ATTRIBUTES.cacheSavedUsd] = savedUsd;
  recordEvent(span, recorder, EVENTS.cacheLookup, attributes);
}

function savings<T>(
  price: RequestDeps['price'],
  value: NonNullable<Awaited<T>>,
  options: CacheLookupOptions<T> | undefined,
): number | undefined {
  const answer = typeof options?.answer === 'function' ? options.answer(value) : options?.answer;
  if (answer === undefined) return undefined;
  return price(answer.provider, answer.model, answer.usage, answer)?.totalUsd;
}

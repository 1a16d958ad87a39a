import type { SpanContext } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ErrorType } from '../../lib/catalogue/error-types.js';
import type { Usage } from '../../lib/cost/usage.js';
import type { RequestRecorder } from '../../lib/metrics/recorder.js';
import type { RequestDeps } from '../../lib/requests/lifecycle.js';
import type { Abandonable, AbandonmentTracker, AbandonReason } from '../../lib/streams/abandoned.js';
import { RECORD_HELPERS } from './recorder-harness.js';

/** One call of the recorder: the method without its `record` prefix, then its arguments without span contexts. */
export type RecordedCall = readonly [name: string, ...args: unknown[]];

export interface FakeRecorder extends RequestRecorder {
  readonly calls: RecordedCall[];
  readonly exporter: InMemorySpanExporter;
  /** What the active gauge stands at. */
  readonly active: number;
  /** Span ids that were handed over as exemplars. */
  readonly exemplars: string[];
  advance(ms: number): void;
  /** The calls of one method. */
  callsOf(name: string): RecordedCall[];
}

/** A recorder in memory: a clock that stands still until it is advanced, real spans, and a log of all calls. */
export function createFakeRecorder(): FakeRecorder {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const calls: RecordedCall[] = [];
  const exemplars: string[] = [];
  let nowMs = 1_000;
  let active = 0;
  const log =
    (name: string) =>
    (...args: unknown[]): void => {
      calls.push([name, ...args]);
    };
  const note = (spanContext: SpanContext | undefined): void => {
    if (spanContext !== undefined) exemplars.push(spanContext.spanId);
  };
  const fake: Partial<FakeRecorder> = {
    enabled: true,
    tracer: provider.getTracer('spec'),
    calls,
    exporter,
    exemplars,
    get active() {
      return active;
    },
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    callsOf: (name) => calls.filter((call) => call[0] === name),
    addActiveRequests: (delta) => {
      active += delta;
    },
    recordRequest(provider, model, errorType: ErrorType | undefined, durationMs, spanContext) {
      calls.push(['request', provider, model, errorType ?? 'success', durationMs]);
      note(spanContext);
    },
    recordTimeToFirstToken(provider, model, durationMs, spanContext) {
      calls.push(['timeToFirstToken', provider, model, durationMs]);
      note(spanContext);
    },
    recordOperation(errorType, durationMs, overheadMs, spanContext) {
      calls.push(['operation', errorType ?? 'success', durationMs, overheadMs]);
      note(spanContext);
    },
    recordTimePerOutputToken: log('timePerOutputToken'),
    genAi: false,
    recordUsage(provider, model, usage, _call, _errorType, servedModel = model) {
      calls.push(['tokenUsage', provider, servedModel, usage.inputTokens, usage.outputTokens, usage]);
    },
    recordTokenUsage: log('tokenUsage'),
    recordCost: log('cost'),
    recordReportedCost: log('reportedCost'),
    recordRoutedRequest: log('routedRequest'),
    recordUnpricedRequest: log('unpriced'),
    recordUsageMissing: log('usageMissing'),
    recordEstimate: log('estimate'),
    recordUnrecognised(host, seenBy) {
      calls.push(['unrecognised', host, seenBy]);
      return calls.filter((call) => call[0] === 'unrecognised' && call[1] === host).length === 1;
    },
    admitGuest: (host) => host,
    recordCacheHit: log('cacheHit'),
    recordCacheMiss: log('cacheMiss'),
    recordCacheSavings: log('cacheSavings'),
    recordRetry: log('retry'),
    recordFailover: log('failover'),
    drop: log('drop'),
  };
  // Any other helper does nothing.
  const others = RECORD_HELPERS.map((name) => [name, () => undefined]);
  return Object.setPrototypeOf(fake, Object.fromEntries(others)) as FakeRecorder;
}

export interface FakeTracker extends AbandonmentTracker {
  /** Does to every request and operation in flight what the process would. */
  abandonAll(reason: AbandonReason): void;
  readonly inFlight: number;
  readonly deadlinesMs: (number | undefined)[];
}

/** A tracker whose garbage collector and clock the spec is. */
export function createFakeTracker(): FakeTracker {
  const lifecycles = new Set<Abandonable>();
  const deadlinesMs: (number | undefined)[] = [];
  return {
    deadlinesMs,
    get inFlight() {
      return lifecycles.size;
    },
    track(_handle, target, maxDurationMs) {
      lifecycles.add(target);
      deadlinesMs.push(maxDurationMs);
      return {
        handle: undefined,
        target,
        deadlineMs: Number.POSITIVE_INFINITY,
        timer: undefined,
        list: undefined,
        index: 0,
      };
    },
    untrack: ({ target }) => {
      lifecycles.delete(target);
    },
    abandonAll: (reason) => {
      for (const lifecycle of [...lifecycles]) lifecycle.abandon(reason);
    },
  };
}

/** One US dollar per million tokens, for every model that is not called `unpriced`. */
export const dollarPerMillion: RequestDeps['price'] = (_provider, model, usage: Usage, context) => {
  if (context?.reportedCostUsd !== undefined)
    return { totalUsd: context.reportedCostUsd, source: 'provider' };
  if (model.startsWith('unpriced')) return undefined;
  return { totalUsd: (usage.inputTokens + usage.outputTokens) / 1e6, source: 'list' };
};

/** Prices by {@link dollarPerMillion}, tracked by the spec. */
export function createFakeDeps(
  price: RequestDeps['price'] = dollarPerMillion,
): RequestDeps & { tracker: FakeTracker } {
  return { price, tracker: createFakeTracker() };
}

import type { Attributes, Span } from '@opentelemetry/api';
import { ATTRIBUTES, EVENTS } from '../catalogue/semconv.js';
import type { CacheTier, RequestRecorder } from '../metrics/recorder.js';
import { onSettled } from '../streams/promise.js';
import { attempt } from './attempt.js';
import { cutText } from './bounded-members.js';
import type { RequestDeps } from './deps.js';
import type { CacheLookupOptions } from './operation-handle.js';

/** What a lookup records through. */
export interface LookupScope {
  readonly span: Span;
  readonly recorder: RequestRecorder;
  readonly price: RequestDeps['price'];
}

/** Runs a cache lookup, hands on what it returned or threw, and records hit, miss and savings once it is known. */
export function lookUp<T>(
  scope: LookupScope,
  tier: CacheTier,
  lookup: () => T,
  options: CacheLookupOptions<T> | undefined,
): T {
  const result = lookup();
  const record = (value: unknown): void => {
    attempt(scope.recorder, 'cacheLookup', () => recordLookup(scope, tier, value as Awaited<T>, options));
  };
  attempt(scope.recorder, 'cacheLookup', () => {
    // A lookup that fails found neither an answer nor its absence.
    if (!onSettled(result, record, () => undefined)) record(result);
  });
  return result;
}

function recordLookup<T>(
  scope: LookupScope,
  tier: CacheTier,
  value: Awaited<T>,
  options: CacheLookupOptions<T> | undefined,
): void {
  const { recorder, span } = scope;
  const isHit = value !== undefined && value !== null;
  let savedUsd: number | undefined;
  if (!isHit) recorder.recordCacheMiss(tier);
  else {
    recorder.recordCacheHit(tier);
    attempt(recorder, 'cacheLookup', () => {
      savedUsd = savings(scope, value, options);
      if (savedUsd !== undefined) recorder.recordCacheSavings(tier, savedUsd);
    });
  }
  if (!span.isRecording()) return;
  const attributes: Attributes = {
    [ATTRIBUTES.cacheTier]: cutText(String(tier)),
    [ATTRIBUTES.cacheHit]: isHit,
  };
  if (savedUsd !== undefined) attributes[ATTRIBUTES.cacheSavedUsd] = savedUsd;
  span.addEvent(EVENTS.cacheLookup, attributes);
}

function savings<T>(
  scope: LookupScope,
  value: NonNullable<Awaited<T>>,
  options: CacheLookupOptions<T> | undefined,
): number | undefined {
  const answer = typeof options?.answer === 'function' ? options.answer(value) : options?.answer;
  if (answer === undefined) return undefined;
  return scope.price(answer.provider, answer.model, answer.usage, answer)?.totalUsd;
}

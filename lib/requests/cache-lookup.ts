import type { Attributes, Span } from '@opentelemetry/api';
import { ATTRIBUTES, EVENTS } from '../catalogue/attributes.js';
import type { CacheTier, RequestRecorder } from '../instruments/recorder.js';
import { attempt } from './attempt.js';
import type { RequestDeps } from './deps.js';
import { onSettled } from './on-settled.js';
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
  attempt(scope.recorder, 'cacheLookup', () => {
    const record = (value: unknown): void => {
      attempt(scope.recorder, 'cacheLookup', () => recordLookup(scope, tier, value as Awaited<T>, options));
    };
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
  const attributes: Attributes = { [ATTRIBUTES.cacheTier]: tier, [ATTRIBUTES.cacheHit]: false };
  if (value === undefined || value === null) {
    recorder.recordCacheMiss(tier);
  } else {
    recorder.recordCacheHit(tier);
    attributes[ATTRIBUTES.cacheHit] = true;
    attempt(recorder, 'cacheLookup', () => {
      const savedUsd = savings(scope, value, options);
      if (savedUsd === undefined) return;
      recorder.recordCacheSavings(tier, savedUsd);
      attributes[ATTRIBUTES.cacheSavedUsd] = savedUsd;
    });
  }
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

import type { Attributes } from '@opentelemetry/api';
import {
  type OnDrop,
  objectOf,
  readAttributes,
  readGuarded,
  readName,
  readText,
  readTexts,
  readTyped,
} from './bounded-members.js';
import type { OperationOptions } from './operation-handle.js';
import type { RequestOptions } from './request-handle.js';
import type { ResponseInfo } from './response-info.js';
import type { Usage } from './usage.js';

/** What a request is started with. */
export interface StartOptions extends RequestOptions {
  /** Whether `describe` will tell the model, so that what names it waits until then. */
  readonly isModelLate?: boolean | undefined;
}

/** What {@link StartOptions} become. */
export interface RequestInput extends Omit<StartOptions, 'attributes'> {
  readonly operation: string;
  readonly attributes: Attributes;
}

/** What {@link OperationOptions} become. */
export interface OperationInput extends Omit<OperationOptions, 'attributes'> {
  readonly attributes: Attributes;
}

const COUNTS = [
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'reasoningTokens',
  'inputAudioTokens',
  'cacheReadAudioTokens',
  'outputAudioTokens',
  'inputImageTokens',
  'cacheReadImageTokens',
  'outputImageTokens',
  'inputAudioSeconds',
  'webSearches',
] as const satisfies readonly (keyof Usage)[];

// The one door for objects of callers and upstreams: what is kept is never the caller's own object.

/** Reads the options of a request. A name that is none is empty: whoever records by it counts it. */
export function readRequestOptions(given: unknown, onDrop: OnDrop): RequestInput {
  const from = objectOf(given, onDrop);
  return {
    provider: readName(from, 'provider', onDrop) ?? '',
    model: readName(from, 'model', onDrop) ?? '',
    operation: readText(from, 'operation', onDrop) ?? 'chat',
    streaming: readTyped(from, 'streaming', 'boolean', onDrop),
    serverAddress: readText(from, 'serverAddress', onDrop),
    serverPort: readTyped(from, 'serverPort', 'number', onDrop),
    maxDurationMs: readTyped(from, 'maxDurationMs', 'number', onDrop),
    isModelLate: readTyped(from, 'isModelLate', 'boolean', onDrop),
    attributes: readAttributes(from, onDrop),
  };
}

/** Reads the options of an operation. */
export function readOperationOptions(given: unknown, onDrop: OnDrop): OperationInput {
  const from = objectOf(given, onDrop);
  return {
    name: readText(from, 'name', onDrop),
    maxDurationMs: readTyped(from, 'maxDurationMs', 'number', onDrop),
    attributes: readAttributes(from, onDrop),
  };
}

/** Reads what an answer said of itself. */
export function readResponseInfo(from: object, onDrop: OnDrop): ResponseInfo {
  return {
    id: readText(from, 'id', onDrop),
    model: readName(from, 'model', onDrop),
    finishReasons: readTexts(from, 'finishReasons', onDrop),
    serviceTier: readText(from, 'serviceTier', onDrop),
    costUsd: readTyped(from, 'costUsd', 'number', onDrop),
  };
}

const ignore: OnDrop = () => undefined;

/** Reads a usage. What is no number becomes `NaN`: whoever records it counts it. */
export function readUsage(from: object): Usage {
  const counts: { -readonly [Count in keyof Usage]?: Usage[Count] } = {};
  for (const name of COUNTS) {
    const count = readGuarded(from, name, ignore, Number.NaN);
    // Answers say null where they mean nothing.
    if (count !== undefined && count !== null) counts[name] = typeof count === 'number' ? count : Number.NaN;
  }
  return counts as Usage;
}

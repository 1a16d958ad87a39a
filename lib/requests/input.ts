import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { isObject } from '../config/shapes.js';
import type { Usage } from '../cost/usage.js';
import { nameOf, nameProblem } from '../metrics/names.js';
import type { DropReason } from '../metrics/recorder.js';
import type { OperationOptions, RequestOptions, ResponseInfo } from './handle.js';

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

/** Counts what was not taken as it was given. */
export type OnDrop = (reason: DropReason) => void;

// Members of objects of callers and upstreams: each is read once, behind a guard, and what is kept is well-formed and
// as short as INPUT_LIMITS says.

/** A text as a span may carry it. */
export function cutText(text: string, lengthMax: number = INPUT_LIMITS.spanTextLength.value): string {
  if (text.length <= lengthMax) return text.toWellFormed();
  // By way of bytes: a slice would keep the whole text in memory.
  return Buffer.from(text.slice(0, lengthMax)).toString();
}

/** The object itself; an empty one in the place of anything else. */
export function objectOf(given: unknown, onDrop: OnDrop): object {
  if (isObject(given)) return given;
  onDrop('invalid_value');
  return {};
}

/** A member as it is; `otherwise` where its getter throws. */
export function readGuarded(from: object, key: string, onDrop: OnDrop, otherwise?: unknown): unknown {
  try {
    return (from as Readonly<Record<string, unknown>>)[key];
  } catch {
    // A getter of the caller's that throws costs what it would have said, and nothing else.
    onDrop('invalid_value');
    return otherwise;
  }
}

interface Types {
  boolean: boolean;
  number: number;
  string: string;
}

/** A member of one type; `undefined` for one of another. */
export function readTyped<Type extends keyof Types>(
  from: object,
  key: string,
  type: Type,
  onDrop: OnDrop,
): Types[Type] | undefined {
  const value = readGuarded(from, key, onDrop);
  if (value === undefined || value === null) return undefined;
  if (typeof value === type) return value as Types[Type];
  onDrop('invalid_value');
  return undefined;
}

/** A text as a span may carry it. */
export function readText(from: object, key: string, onDrop: OnDrop): string | undefined {
  const text = readTyped(from, key, 'string', onDrop);
  return text === undefined ? undefined : cutText(text);
}

/** A name as {@link readNameText} takes it. */
export function readName(from: object, key: string, onDrop: OnDrop): string | undefined {
  const name = readTyped(from, key, 'string', onDrop);
  return name === undefined ? undefined : readNameText(name, onDrop);
}

/** A name as labels, prices and spans may carry it; `undefined` for one that is none. */
export function readNameText(name: string, onDrop: OnDrop): string | undefined {
  const problem = nameProblem(name);
  if (problem === 'invalid_name') return undefined;
  if (problem !== undefined) onDrop(problem);
  return nameOf(name);
}

/** A list of texts. */
export function readTexts(from: object, key: string, onDrop: OnDrop): string[] | undefined {
  const list = readGuarded(from, key, onDrop);
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list)) {
    onDrop('invalid_value');
    return undefined;
  }
  const texts: string[] = [];
  const count = Number(readGuarded(list, 'length', onDrop, 0));
  for (let index = 0; index < Math.min(count, INPUT_LIMITS.finishReasonCount.value); index += 1) {
    const text = readText(list, String(index), onDrop);
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

/** Attributes of a span, as many as INPUT_LIMITS says. */
export function readAttributes(from: object, onDrop: OnDrop): Attributes {
  const given = readGuarded(from, 'attributes', onDrop);
  const attributes: Attributes = {};
  if (!isObject(given)) {
    if (given !== undefined && given !== null) onDrop('invalid_value');
    return attributes;
  }
  let count = 0;
  for (const key of keysOf(given, onDrop)) {
    const value = readGuarded(given, key, onDrop);
    if (value === undefined || value === null) continue;
    if (count >= INPUT_LIMITS.attributeCount.value || key.length > INPUT_LIMITS.attributeKeyLength.value) {
      onDrop('over_limit');
      continue;
    }
    const kept = attributeValue(value);
    if (kept === undefined) {
      onDrop('invalid_value');
      continue;
    }
    attributes[key.toWellFormed()] = kept;
    count += 1;
  }
  return attributes;
}

function attributeValue(value: unknown): AttributeValue | undefined {
  if (typeof value === 'string') return cutText(value, INPUT_LIMITS.attributeValueLength.value);
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

function keysOf(object: object, onDrop: OnDrop): string[] {
  try {
    return Object.keys(object);
  } catch {
    // A Proxy that does not tell: there is nothing to read.
    onDrop('invalid_value');
    return [];
  }
}

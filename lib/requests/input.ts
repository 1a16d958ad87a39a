import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { answeringProvider } from '../catalogue/intermediaries.js';
import { nameOf, nameProblem } from '../catalogue/names.js';
import { checkParameters, type RequestParameters } from '../catalogue/request-parameters.js';
import { isObject } from '../config/issues.js';
import { COUNTS, type Usage, type UsagePart } from '../cost/usage.js';
import type { DropReason } from '../metrics/recorder.js';
import type { OperationOptions, RequestOptions, ResponseInfo } from './handle.js';

/** Options for starting a request. */
export interface StartOptions extends RequestOptions {
  /** Whether `describe` sets the model later. Records that need its name wait until then. */
  readonly isModelLate?: boolean | undefined;
}

/** {@link StartOptions}, checked and copied. */
export interface RequestInput extends Omit<StartOptions, 'attributes'> {
  readonly operation: string;
  readonly attributes: Attributes | undefined;
}

/** {@link OperationOptions}, checked and copied. */
export interface OperationInput extends Omit<OperationOptions, 'attributes'> {
  readonly attributes: Attributes | undefined;
}

// This file reads all objects from callers and upstreams. Each member is read once, in a `try` block, and its copy is
// well-formed and within INPUT_LIMITS.

/** Reads the options of a request. A name that is not valid becomes empty, which the recorder counts. */
export function readRequestOptions(given: unknown, onDrop: OnDrop): RequestInput {
  const from = objectOf(given, onDrop);
  return {
    provider: readName(from, 'provider', onDrop) ?? '',
    model: readName(from, 'model', onDrop) ?? '',
    operation: readText(from, 'operation', onDrop) ?? 'chat',
    streaming: readTyped(from, 'streaming', 'boolean', onDrop),
    serverAddress: readText(from, 'serverAddress', onDrop),
    serverPort: readTyped(from, 'serverPort', 'number', onDrop),
    parameters: readParameters(from, onDrop),
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

/**
 * Reads the description of an answer.
 *
 * @param label - the provider of the request.
 */
export function readResponseInfo(from: object, label: string, onDrop: OnDrop): ResponseInfo {
  const upstream = readName(from, 'upstream', onDrop);
  return {
    id: readText(from, 'id', onDrop),
    model: readName(from, 'model', onDrop),
    finishReasons: readTexts(from, 'finishReasons', onDrop),
    serviceTier: readText(from, 'serviceTier', onDrop),
    costUsd: readTyped(from, 'costUsd', 'number', onDrop),
    upstream: upstream && answeringProvider(label, upstream),
    isFallback: readTyped(from, 'isFallback', 'boolean', onDrop),
  };
}

/** Reads a usage. A count that is not a number becomes `NaN`, which the recorder counts. */
export function readUsage(from: object): Usage {
  const counts: { -readonly [Count in keyof Usage]?: Usage[Count] } = {};
  for (let index = 0; index < COUNTS.length; index += 1) {
    try {
      // All counts share one `try` block, because a block for each would cost more than the reads.
      for (; index < COUNTS.length; index += 1) {
        const name = COUNTS[index] as keyof Usage;
        const count: unknown = (from as Usage)[name];
        // Answers contain null for counts that they do not report.
        if (count !== undefined && count !== null)
          counts[name] = typeof count === 'number' ? count : Number.NaN;
      }
    } catch {
      // If a getter of the caller throws, only this count is lost.
      counts[COUNTS[index] as keyof Usage] = Number.NaN;
    }
  }
  return counts as Usage;
}

/** Copies parts, because the caller may change them. Other values, such as the index that `forEach` passes, are none. */
export function readParts(parts: readonly UsagePart[] | undefined): readonly UsagePart[] | undefined {
  return Array.isArray(parts)
    ? parts.map((part: UsagePart) => ({ ...part, usage: readUsage(part.usage) }))
    : undefined;
}

/** Counts a value that was dropped or changed. */
export type OnDrop = (reason: DropReason) => void;

/** Makes a text well-formed, and cuts it to the length that a span may carry. */
export function cutText(text: string, lengthMax: number = INPUT_LIMITS.spanTextLength.value): string {
  if (text.length <= lengthMax) return text.toWellFormed();
  // The text is copied as bytes, because a slice would keep the whole text in memory.
  return Buffer.from(text.slice(0, lengthMax)).toString();
}

/** Returns the value if it is an object, and an empty object otherwise. */
function objectOf(given: unknown, onDrop: OnDrop): object {
  if (isObject(given)) return given;
  onDrop('invalid_value');
  return {};
}

/** Reads a member; returns `otherwise` where its getter throws. */
function readGuarded(from: object, key: string, onDrop: OnDrop, otherwise?: unknown): unknown {
  try {
    return (from as Readonly<Record<string, unknown>>)[key];
  } catch {
    // If a getter of the caller throws, only this member is lost.
    onDrop('invalid_value');
    return otherwise;
  }
}

interface Types {
  boolean: boolean;
  number: number;
  string: string;
}

/** Reads a member of the given type; returns `undefined` if its value has another type. */
function readTyped<Type extends keyof Types>(
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

/** Reads a text and applies {@link cutText}. */
function readText(from: object, key: string, onDrop: OnDrop): string | undefined {
  const text = readTyped(from, key, 'string', onDrop);
  return text === undefined ? undefined : cutText(text);
}

/** Reads a name and applies {@link readNameText}. */
function readName(from: object, key: string, onDrop: OnDrop): string | undefined {
  const name = readTyped(from, key, 'string', onDrop);
  return name === undefined ? undefined : readNameText(name, onDrop);
}

/** Makes a name fit for labels, prices and spans; returns `undefined` if it is not valid. */
export function readNameText(name: string, onDrop: OnDrop): string | undefined {
  const problem = nameProblem(name);
  if (problem === 'invalid_name') return undefined;
  if (problem !== undefined) onDrop(problem);
  return nameOf(name);
}

/** Reads a list of texts, up to the number that INPUT_LIMITS allows. */
function readTexts(from: object, key: string, onDrop: OnDrop): string[] | undefined {
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

/** Reads the parameters of a call, without those that are not valid. */
function readParameters(from: object, onDrop: OnDrop): RequestParameters | undefined {
  const given = readGuarded(from, 'parameters', onDrop);
  if (given === undefined || given === null) return undefined;
  return checkParameters(
    (name) => readGuarded(objectOf(given, onDrop), name, onDrop),
    () => onDrop('invalid_value'),
  );
}

/** Reads the attributes of a span, up to the number that INPUT_LIMITS allows. */
function readAttributes(from: object, onDrop: OnDrop): Attributes | undefined {
  const given = readGuarded(from, 'attributes', onDrop);
  if (given === undefined || given === null) return undefined;
  if (!isObject(given)) {
    onDrop('invalid_value');
    return undefined;
  }
  const attributes: Attributes = {};
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
    // The trap of a Proxy throws, so no key can be read.
    onDrop('invalid_value');
    return [];
  }
}

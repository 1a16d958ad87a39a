import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Usage } from '../cost/usage.js';
import type { ResponseInfo } from '../requests/handle.js';
import { isObject, type JsonObject, type Projection } from './json.js';

/** What has been read of an answer so far. */
export interface Answer {
  usage?: Usage | undefined;
  /** The provider's own counts, kept by formats that report them in several events. */
  counts?: JsonObject | undefined;
  /** Replaced when a member changes, so that changes are found by reference. */
  response: Omit<ResponseInfo, 'finishReasons'>;
  finishReasons: string[];
  /** Whether output of any kind has come: text, reasoning, a tool call, a refusal, a picture, a citation. */
  generated: boolean;
  /** Whether the model has said that it is done; a stream that ends without this was cut off. */
  finished: boolean;
  /** Whether the last event of a stream has come. */
  closed: boolean;
  /** What the provider sent in place of an answer, or of its rest. */
  error?: unknown;
}

/**
 * How one API writes its answers. An event of a stream and a whole body are read alike, because every API uses the
 * same names in both.
 */
export interface WireFormat {
  /** What is read of a body; the rest is never held. */
  readonly fields: Projection;
  /** What is read of an event that is too large to be held, where that differs from a body: its output, too. */
  readonly eventFields?: Projection;
  /** Which events are read after the first token. */
  readonly marks: EventMarks;
  /** Adds what a body or an event says to the answer. */
  readonly read: (json: JsonObject, answer: Answer) => void;
}

/** The response of an answer that has said nothing yet. */
export const NOTHING_SAID: Answer['response'] = {};

export function createAnswer(): Answer {
  return { response: NOTHING_SAID, finishReasons: [], generated: false, finished: false, closed: false };
}

/** Adds to what is known of an answer; members that are `undefined` leave the earlier values in place. */
export function addResponse(answer: Answer, said: Answer['response']): void {
  const known = answer.response;
  const {
    id = known.id,
    model = known.model,
    serviceTier = known.serviceTier,
    costUsd = known.costUsd,
  } = said;
  const isSame = id === known.id && model === known.model && serviceTier === known.serviceTier;
  if (isSame && costUsd === known.costUsd) return;
  const response = { id, model, serviceTier };
  answer.response = costUsd === undefined ? response : { ...response, costUsd };
}

/** Sets the finish reasons of an answer that says them all at once, if it says any. */
export function setFinishReasons(answer: Answer, ...reasons: readonly (string | undefined)[]): void {
  const known = reasons.filter((reason) => reason !== undefined);
  if (known.length === 0) return;
  answer.finished = true;
  answer.finishReasons = known;
}

/** Selects the events of a stream that have to be parsed once the first output has come. */
export interface EventMarks {
  /** Matches every event that is to be read at all. */
  readonly any: RegExp;
  /** Matches those of them that are to be read at once: the end, an error. */
  readonly urgent: RegExp;
}

/** The marks of one format: names of JSON members, and strings that are values. */
export interface MarkNames {
  /** Members that make an event urgent unless they are null. */
  readonly urgentMembers?: readonly string[];
  /** Strings that make an event urgent, such as its type. */
  readonly urgentValues?: readonly string[];
  /** Members of which only the last one counts, such as a running usage. They are read when the stream ends. */
  readonly latestMembers?: readonly string[];
}

/** A letter, a digit or a sign of a name that is written as an escape: serialisers do not do so, but JSON allows it. */
const ESCAPED_NAME = '\\\\u00(?:2[dDeE]|3\\d|[4-7])';

/**
 * Compiles marks. A mark may also occur in the text of the model, but not unescaped: the worst case is an event that is
 * parsed in vain. An event that may hide a mark behind escapes is read at once.
 */
export function eventMarks(names: MarkNames): EventMarks {
  const { urgentMembers = [], urgentValues = [], latestMembers = [] } = names;
  const members = (list: readonly string[]): string[] =>
    list.length === 0 ? [] : [`"(?:${list.join('|')})"\\s*:\\s*[^n\\s]`];
  const values = urgentValues.length === 0 ? [] : [`"(?:${urgentValues.join('|').replaceAll('.', '\\.')})"`];
  const anyOf = (patterns: readonly string[]): RegExp =>
    new RegExp(patterns.length === 0 ? '' : [...patterns, ESCAPED_NAME].join('|'));
  const urgent = [...members(urgentMembers), ...values];
  return { any: anyOf([...urgent, ...members(latestMembers)]), urgent: anyOf(urgent) };
}

/** Members that describe or frame a piece of output, and are no output themselves. */
const DESCRIBING: ReadonlySet<string> = new Set([
  'type',
  'id',
  'call_id',
  'index',
  'role',
  'object',
  'status',
  'format',
  'phase',
  'caller',
  'error',
  // They vouch for reasoning that came before or is kept back.
  'signature',
  'thoughtSignature',
]);

/** Output lies at most this deep: the name in the function of a call in a list of calls. */
const OUTPUT_DEPTH_MAX = INPUT_LIMITS.outputDepth.value;

/**
 * Whether a piece of an answer has output in it: text, reasoning, encrypted or not, the name or arguments of a call, a
 * refusal, an image, a citation. Roles, identifiers, signatures and empty deltas are no output.
 */
export function hasOutput(value: unknown, depth = 0): boolean {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length > 0;
  if (depth > OUTPUT_DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    // Numbers are references to what is cited.
    return value.some((item) => typeof item === 'number' || hasOutput(item, depth + 1));
  }
  if (!isObject(value)) return false;
  return Object.keys(value).some((name) => !DESCRIBING.has(name) && hasOutput(value[name], depth + 1));
}

/** Whether one of these members has output in it. */
export function hasOutputIn(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.some((name) => hasOutput(value[name]));
}

/** Keeps these members whole, of an event that is too large to be held. */
export function keepWhole<Name extends string>(names: readonly Name[]): Readonly<Record<Name, true>> {
  return Object.fromEntries(names.map((name) => [name, true])) as Record<Name, true>;
}

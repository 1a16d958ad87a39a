import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Usage, UsagePart } from '../cost/usage.js';
import type { Job, ResponseInfo } from '../requests/handle.js';
import type { UsageResult } from '../requests/later-usage.js';
import { isObject, type JsonObject, type Projection } from './json.js';
import type { OutputEstimator } from './output-estimator.js';

/** What has been read from an answer so far. */
export interface Answer {
  /** What the format keeps of the body of the request, by its `requestFields`; the body may be read later. */
  readonly request: () => JsonObject;
  usage?: Usage | undefined;
  /** The parts of the usage, where they are billed separately. They replace it, and change only together with it. */
  parts?: readonly UsagePart[] | undefined;
  /** Raw counts of the provider, kept by formats that report them in several events. */
  counts?: JsonObject | undefined;
  /** Replaced when a member changes, so that a change can be detected by reference. */
  response: Omit<ResponseInfo, 'finishReasons'>;
  finishReasons: string[];
  /** The number of events, or of documents, that have arrived. */
  events: number;
  /** Estimates the output; absent unless estimates are on. */
  estimator?: OutputEstimator | undefined;
  /** Whether usage was reported after the first output; a stream may count its input before that. */
  hasLateUsage?: boolean | undefined;
  /** Whether a part of the answer exceeded a limit and was not read. */
  isTooLarge?: boolean | undefined;
  /** Whether output of any kind has arrived: text, reasoning, a tool call, a refusal, a picture, a citation. */
  generated: boolean;
  /** Whether the model has reported that it is done; a stream that ends before that was cut off. */
  finished: boolean;
  /** Whether the last event of a stream has arrived. */
  closed: boolean;
  /** What the answer is about, where its usage may be reported in another one. */
  job?: Job | undefined;
  /** Receives the answers in a body with several. */
  onResult?: ((result: UsageResult) => void) | undefined;
  /** The error that the provider sent instead of an answer, or after part of one. */
  error?: unknown;
}

/** The headers of an answer. */
export interface AnswerHeaders {
  get(name: string): string | null | undefined;
}

/**
 * How one API writes its answers. An event of a stream and a whole body are read by the same function, because every
 * API uses the same names in both.
 */
export interface WireFormat {
  /** Members of the request's body on which the bill depends, for `Answer.request`. */
  readonly requestFields?: { readonly [member: string]: Projection };
  /**
   * What has one JSON document a line, whatever its content type: streams that are not of server-sent events, or every
   * body, which may be one of something else: it is read up to the first line that is no object.
   */
  readonly lines?: 'stream' | 'body';
  /** Members of a body that are read; other members are not kept in memory. */
  readonly fields: Projection;
  /** Members of an event too large to be held, if they differ from `fields`; they include output. */
  readonly eventFields?: Projection;
  /** Which events are read after the first token. */
  readonly marks: EventMarks;
  /** Adds what the headers of an answer say, before its body is read. */
  readonly readHeaders?: (headers: AnswerHeaders, answer: Answer) => void;
  /** Adds the contents of a body or an event to the answer. */
  readonly read: (json: JsonObject, answer: Answer) => void;
  /**
   * Completes an answer that has ended well, whatever its content type: what only the request tells, such as the
   * characters that are spoken.
   */
  readonly finish?: (answer: Answer) => void;
}

const NO_MEMBERS: JsonObject = Object.freeze({});

const noMembers = (): JsonObject => NO_MEMBERS;

/** The response of an answer before anything has been read. */
export const EMPTY_RESPONSE: Answer['response'] = {};

export function createAnswer(request: Answer['request'] = noMembers): Answer {
  return {
    request,
    response: EMPTY_RESPONSE,
    finishReasons: [],
    events: 0,
    generated: false,
    finished: false,
    closed: false,
  };
}

/**
 * Updates the response of an answer; members that are `undefined` leave the earlier values in place. So does a model
 * where the headers have named the fallback: gateways may write the requested one into the body.
 */
export function addResponse(answer: Answer, changes: Answer['response']): void {
  const known = answer.response;
  const {
    id = known.id,
    serviceTier = known.serviceTier,
    costUsd = known.costUsd,
    upstream = known.upstream,
    isFallback = known.isFallback,
  } = changes;
  const model = (known.isFallback ? undefined : changes.model) ?? known.model;
  const isSame = id === known.id && model === known.model && serviceTier === known.serviceTier;
  const isRouteSame = upstream === known.upstream && isFallback === known.isFallback;
  if (isSame && isRouteSame && costUsd === known.costUsd) return;
  answer.response = { id, model, serviceTier, costUsd, upstream, isFallback };
}

/** Sets the finish reasons, for formats that report all of them at once; does nothing if all are `undefined`. */
export function setFinishReasons(answer: Answer, ...reasons: readonly (string | undefined)[]): void {
  const known = reasons.filter((reason) => reason !== undefined);
  if (known.length === 0) return;
  answer.finished = true;
  answer.finishReasons = known;
}

/** Selects the events of a stream that have to be parsed once the first output has come. */
export interface EventMarks {
  /** Matches every event that has to be read. */
  readonly any: RegExp;
  /** Matches the events that have to be read at once, such as the end or an error. */
  readonly urgent: RegExp;
}

/** The marks of one format: names of JSON members, and strings that are values. */
export interface MarkNames {
  /** Members that make an event urgent unless they are null. */
  readonly urgentMembers?: readonly string[];
  /** Strings that make an event urgent, such as its type. */
  readonly urgentValues?: readonly string[];
  /** Members that later events replace, such as a running usage. Only the last one is read, when the stream ends. */
  readonly latestMembers?: readonly string[];
}

/** An escaped character that may occur in a name. Serialisers do not escape these, but JSON allows it. */
const ESCAPED_NAME = '\\\\u00(?:2[dDeE]|3\\d|[4-7])';

/**
 * Compiles marks. Quotes in the text of the model are escaped, so text seldom matches; if it does, an event is parsed
 * unnecessarily. An event with escapes that may hide a mark is read at once.
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

/** Members that describe output but are not output themselves. */
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
  // Signatures verify reasoning that was sent earlier or is hidden.
  'signature',
  'thoughtSignature',
]);

/** The deepest output is the name in the function of a call in a list of calls. */
const OUTPUT_DEPTH_MAX = INPUT_LIMITS.outputDepth.value;

/**
 * Whether part of an answer contains output: text, reasoning, encrypted or not, the name or arguments of a call, a
 * refusal, an image, a citation. Roles, identifiers, signatures and empty deltas are not output.
 */
export function hasOutput(value: unknown, depth = 0): boolean {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length > 0;
  if (depth > OUTPUT_DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    // Numbers refer to cited sources.
    return value.some((item) => typeof item === 'number' || hasOutput(item, depth + 1));
  }
  if (!isObject(value)) return false;
  return Object.keys(value).some((name) => !DESCRIBING.has(name) && hasOutput(value[name], depth + 1));
}

/** Whether one of these members contains output. */
export function hasOutputIn(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.some((name) => hasOutput(value[name]));
}

/** Creates a projection that keeps each of these members whole. */
export function keepWhole<Name extends string>(names: readonly Name[]): Readonly<Record<Name, true>> {
  return Object.fromEntries(names.map((name) => [name, true])) as Record<Name, true>;
}

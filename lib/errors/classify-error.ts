import { type ErrorType, normaliseErrorType } from '../catalogue/error-types.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import {
  ANTHROPIC_TYPES,
  AWS_NAMES,
  CLASS_NAMES,
  CODE_PREFIXES,
  GOOGLE_STATUSES,
  GRPC_CODES,
  HTTP_STATUSES,
  MESSAGES,
  NODE_CODES,
  OPENAI_CODES,
  UNDICI_CODES,
} from './error-codes.js';

type Table = Readonly<Record<string, ErrorType>>;

/** Codes of providers and platforms. A code that is in several tables has the same type in each. */
const CODES: Table = Object.assign(
  Object.create(null),
  AWS_NAMES,
  NODE_CODES,
  UNDICI_CODES,
  GOOGLE_STATUSES,
  OPENAI_CODES,
  ANTHROPIC_TYPES,
);

/** Names of error classes. They are less specific than a status, because one class covers several statuses. */
const CLASSES: Table = Object.assign(Object.create(null), CLASS_NAMES);

/** Members in which SDKs and providers put a code, the most specific first. */
const CODE_KEYS = ['code', 'error_code', 'reason', '__type', 'type', 'status', 'name'] as const;

/** Members in which SDKs and providers put the HTTP status. */
const STATUS_KEYS = ['status', 'statusCode', 'httpStatusCode', 'code'] as const;

/** Members of an error or a body that contain the body of the answer. */
const BODY_KEYS = ['error', 'body', 'data', 'details', 'response', '$metadata'] as const;

const BODY_DEPTH_MAX = INPUT_LIMITS.errorDepth.value;
const CAUSES_MAX = INPUT_LIMITS.errorCauses.value;
const OBJECTS_MAX = INPUT_LIMITS.errorObjects.value;
const MESSAGES_LENGTH_MAX = INPUT_LIMITS.errorMessages.value;
const BODY_LENGTH_MAX = INPUT_LIMITS.errorBody.value;
const PROTOTYPES_MAX = INPUT_LIMITS.errorClasses.value;
const CODE_LENGTH_MAX = INPUT_LIMITS.errorCode.value;
const MESSAGE_LENGTH_MAX = INPUT_LIMITS.errorMessage.value;

/** How specific a type is. A nested cause wins only if it is more specific. Types not listed are the most specific. */
const STRENGTHS: Partial<Record<ErrorType, number>> = {
  unknown: 0,
  api_error: 1,
  invalid_request: 2,
  // Providers give it to any failure of theirs, such as the one of an answer with status 503.
  server_error: 2,
  network: 2,
  client_cancelled: 2,
};
const STRENGTH_MAX = 3;

/** The types for which the message of a provider may be more specific than its code. */
const REFINABLE: ReadonlySet<ErrorType> = new Set(['unknown', 'api_error', 'invalid_request']);

/** Types of the error of a pipe or connection, whichever end was closed. */
const BROKEN: ReadonlySet<ErrorType> = new Set(['stream_interrupted', 'network', 'client_cancelled']);

/** Types of errors without a known cause. */
const UNSPECIFIC: ReadonlySet<ErrorType> = new Set(['unknown', 'api_error']);

/** Types of requests whose upstream broke off the answer. */
const UPSTREAM_BROKEN: ReadonlySet<ErrorType> = new Set(['stream_interrupted', 'network', 'timeout']);

/** Codes of Node's streams for a pipe with one end closed. */
const CLOSED_CODES: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);

/** How much of one error may still be read. It bounds the work for errors of any shape. */
interface Allowance {
  objects: number;
  messageLength: number;
}

/**
 * Returns the error type of any thrown value. It reads codes and types in provider bodies, error classes, HTTP
 * statuses, codes of Node and undici, and the chain of causes. Never throws; an unrecognised error is `unknown`.
 *
 * @param error - the thrown value, of any shape.
 */
export function classifyError(error: unknown): ErrorType {
  const causes = new Set([error]);
  const allowance = createAllowance();
  let verdict: ErrorType = 'unknown';
  try {
    // The iteration of a set includes members added meanwhile, and each cause only once.
    for (const cause of causes) {
      verdict = stronger(verdict, classifyOne(cause, allowance));
      if (strength(verdict) === STRENGTH_MAX || allowance.objects === 0) break;
      for (const further of causesOf(cause)) if (causes.size < CAUSES_MAX) causes.add(further);
    }
  } catch {
    // A proxy can throw from every trap. The type found so far is returned.
  }
  return verdict;
}

/**
 * Returns the error type of an answer that is not a success.
 *
 * @param status - HTTP status of the answer.
 * @param body - the body, parsed or as text; a code in it wins over a status that is not more specific.
 */
export function classifyResponse(status: number, body?: unknown): ErrorType {
  try {
    const verdict = stronger(
      classifyOne(parsed(body), createAllowance()),
      classifyStatus(status) ?? 'api_error',
    );
    return verdict === 'unknown' ? 'api_error' : verdict;
  } catch {
    // A proxy can throw from every trap. The status alone decides then.
    return classifyStatus(status) ?? 'api_error';
  }
}

/** Whether an error is of a pipe with an end that was closed too early. */
export function isClosedEarly(error: unknown): boolean {
  return CLOSED_CODES.has(readMember(error, 'code'));
}

/**
 * Derives the type of an error that ended an operation from the operation's last request, so that both blame the same
 * side.
 *
 * @param errorType - the type of the error alone.
 * @param lastErrorType - the error type of the request that ended last, or `undefined` if it succeeded.
 */
export function brokenPipeType(
  error: unknown,
  errorType: ErrorType,
  lastErrorType: ErrorType | undefined,
): ErrorType {
  const hasUpstreamBroken = lastErrorType !== undefined && UPSTREAM_BROKEN.has(lastErrorType);
  if (hasUpstreamBroken && (BROKEN.has(errorType) || UNSPECIFIC.has(errorType))) return lastErrorType;
  if (!BROKEN.has(errorType)) return errorType;
  // No answer broke off, so the operation's caller must have closed its end.
  if (isClosedEarly(error)) return 'client_cancelled';
  const isOfAnswer = errorType !== 'network' || readMember(error, 'syscall') === 'write' || isAborted(error);
  return lastErrorType === 'client_cancelled' && isOfAnswer ? lastErrorType : errorType;
}

/**
 * Whether an error is the one that Node emits on an HTTP answer whose connection was closed, by either side. From Node 24
 * a `pipeline()` rejects with it where its target was closed.
 */
function isAborted(error: unknown): boolean {
  return readMember(error, 'code') === 'ECONNRESET' && readMember(error, 'message') === 'aborted';
}

function createAllowance(): Allowance {
  return { objects: OBJECTS_MAX, messageLength: MESSAGES_LENGTH_MAX };
}

function classifyOne(value: unknown, allowance: Allowance): ErrorType {
  if (typeof value === 'string') return lookUp(value) ?? classifyMessage(value, allowance);
  const bodies = bodiesOf(value, allowance);
  const codes = bodies.flatMap((body) => CODE_KEYS.map((key) => readMember(body, key)));
  const verdicts = [
    ...codes.map((code) => lookUp(code, [CODES])),
    ...bodies.flatMap((body) => STATUS_KEYS.map((key) => classifyStatus(readMember(body, key)))),
    ...bodies.map(classifyGrpc),
    ...codes.map((code) => lookUp(code, [CLASSES])),
    classifyClass(value),
  ];
  let verdict = verdicts.reduce<ErrorType>(stronger, 'unknown');
  for (const body of bodies) {
    if (REFINABLE.has(verdict))
      verdict = stronger(verdict, classifyMessage(readMember(body, 'message'), allowance));
  }
  return verdict;
}

function lookUp(code: unknown, tables: readonly Table[] = [CODES, CLASSES]): ErrorType | undefined {
  if (typeof code !== 'string' || code.length > CODE_LENGTH_MAX) return undefined;
  // AWS puts a namespace before its names: `com.amazon.coral.service#ThrottlingException`.
  const name = code.slice(code.lastIndexOf('#') + 1);
  const known = tables.map((table) => table[name]).find((type) => type !== undefined);
  const family = CODE_PREFIXES.find(([prefix]) => name.startsWith(prefix));
  return known ?? normaliseErrorType(name) ?? family?.[1];
}

function classifyStatus(value: unknown): ErrorType | undefined {
  // Azure sends its statuses as text.
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  if (typeof status !== 'number' || !(status >= 400 && status <= 599)) return undefined;
  return HTTP_STATUSES[status] ?? (status < 500 ? 'invalid_request' : 'server_error');
}

/** Classifies the numeric codes of gRPC clients. Such small numbers have no meaning on other errors. */
function classifyGrpc(error: unknown): ErrorType | undefined {
  const code = readMember(error, 'code');
  const isGrpc =
    typeof readMember(error, 'details') === 'string' && readMember(error, 'metadata') !== undefined;
  return isGrpc && typeof code === 'number' ? GRPC_CODES[code] : undefined;
}

/** Classifies by the names of the class and its ancestors, because OpenAI's error classes do not set `name`. */
function classifyClass(error: unknown): ErrorType | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  let prototype: unknown = Object.getPrototypeOf(error);
  for (let depth = 0; depth < PROTOTYPES_MAX && prototype !== null; depth += 1) {
    const known = lookUp(readMember(readMember(prototype, 'constructor'), 'name'));
    if (known !== undefined) return known;
    prototype = Object.getPrototypeOf(prototype);
  }
  return undefined;
}

function classifyMessage(message: unknown, allowance: Allowance): ErrorType {
  if (typeof message !== 'string') return 'unknown';
  const start = message.slice(0, Math.min(MESSAGE_LENGTH_MAX, allowance.messageLength));
  allowance.messageLength -= start.length;
  return MESSAGES.find(([pattern]) => pattern.test(start))?.[1] ?? 'unknown';
}

/**
 * Returns the error or body itself, then the bodies inside it, outermost first and each once. It goes level by level,
 * so that a body at several levels is found at the outermost.
 */
function bodiesOf(value: unknown, allowance: Allowance): readonly object[] {
  const bodies = new Set<object>();
  let level = [value];
  for (let depth = 0; depth <= BODY_DEPTH_MAX && level.length > 0; depth += 1) {
    const found = level.map(bodyIn).filter((body) => body !== undefined && !bodies.has(body));
    const added = [...new Set(found as object[])].slice(0, allowance.objects);
    allowance.objects -= added.length;
    for (const body of added) bodies.add(body);
    level =
      depth < BODY_DEPTH_MAX ? added.flatMap((body) => BODY_KEYS.map((key) => readMember(body, key))) : [];
  }
  return [...bodies];
}

function bodyIn(value: unknown): object | undefined {
  // Gemini's streaming endpoints answer with an array of one error.
  const body: unknown = Array.isArray(value) ? value[0] : value;
  return typeof body === 'object' && body !== null ? body : undefined;
}

function causesOf(error: unknown): unknown[] {
  const errors = readMember(error, 'errors');
  const several = Array.isArray(errors) ? errors.slice(0, CAUSES_MAX) : [];
  return [readMember(error, 'cause'), readMember(error, 'lastError'), ...several].filter(
    (cause) => cause !== undefined,
  );
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string' || body.length > BODY_LENGTH_MAX || !/^\s*[[{]/.test(body)) return body;
  try {
    return JSON.parse(body);
  } catch {
    // An incomplete JSON body is still a text that may contain a known phrase.
    return body;
  }
}

function strength(type: ErrorType): number {
  return STRENGTHS[type] ?? STRENGTH_MAX;
}

function stronger(first: ErrorType, second: ErrorType | undefined): ErrorType {
  return second !== undefined && strength(second) > strength(first) ? second : first;
}

/** Reads a member of any value; returns `undefined` if it has none or its getter throws. */
export function readMember(value: unknown, name: PropertyKey): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  try {
    return (value as Readonly<Record<PropertyKey, unknown>>)[name];
  } catch {
    // If a getter throws, only its member is lost.
    return undefined;
  }
}

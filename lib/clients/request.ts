import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { nameProblem } from '../catalogue/names.js';
import type { RequestParameters } from '../catalogue/request-parameters.js';
import { readMember } from '../errors/classify-error.js';
import { bodyParameters, PARAMETER_FIELDS } from '../wire/body-parameters.js';
import { isObject, type JsonObject, object, type Projection, text } from '../wire/json.js';
import { readJson } from '../wire/json-document.js';
import type { WireFormat } from '../wire/wire-format.js';

export type Fetch = typeof globalThis.fetch;
export type Input = Parameters<Fetch>[0];
export type Init = Parameters<Fetch>[1];

/** The part of `Headers` that is needed. */
export interface HeadersLike {
  get(name: string): string | null;
}

/** What is read from the body of a request. */
export interface RequestFacts {
  readonly model: string | undefined;
  /** Whether the body asks for a stream; `undefined` if it does not say. */
  readonly isStreamed: boolean | undefined;
  readonly hasStreamOptions: boolean;
  /** Whether the request asks for the usage of its stream. */
  readonly isUsageAsked?: boolean | undefined;
  readonly parameters?: RequestParameters | undefined;
  /** What the format of the target reads of the body. */
  readonly members?: JsonObject | undefined;
}

/** Members that are read from every JSON body. */
const FACT_FIELDS = { ...PARAMETER_FIELDS, model: true, stream: true, stream_options: true } as const;
/** The facts for a body that cannot be read. */
export const NO_FACTS: RequestFacts = {
  model: undefined,
  isStreamed: undefined,
  hasStreamOptions: false,
};

const FORM_TEXT_MAX = INPUT_LIMITS.keptString.value;

/** Name of the model for a request that does not name one. */
export const UNKNOWN_MODEL = 'unknown';

/** Whether the argument of a fetch is a `Request`, of this realm, of another one, or of a package. */
export function isRequest(input: Input): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input;
}

/** The URL that is called; `undefined` if the argument does not contain one. */
export function urlOf(input: Input): string | undefined {
  if (typeof input === 'string') return input;
  const url = readMember(input, 'url') ?? readMember(input, 'href');
  return typeof url === 'string' ? url : undefined;
}

/** The method in capitals; `undefined` if it is not given, or if a getter throws. */
export function methodOf(input: Input, init: Init): string | undefined {
  try {
    const method = init?.method ?? (isRequest(input) ? input.method : undefined);
    return typeof method === 'string' ? method.toUpperCase() : undefined;
  } catch {
    // The inner fetch reads the same getter, and reports its error.
    return undefined;
  }
}

/** The signal that stops a call. */
export function signalOf(input: Input, init: Init): AbortSignal | null | undefined {
  return init?.signal ?? (isRequest(input) ? input.signal : undefined);
}

/** The headers of a call, as they were given. */
export function headersOf(input: Input, init: Init): NonNullable<Init>['headers'] {
  return init?.headers ?? (isRequest(input) ? input.headers : undefined);
}

/** The content type in lower case, because any case is allowed; empty if the header is absent. */
export function contentTypeOf(headers: HeadersLike): string {
  return headers.get('content-type')?.toLowerCase() ?? '';
}

/**
 * Returns a model name if it is valid, else `undefined`. A blank name is invalid: nothing would be recorded under it,
 * so calls to servers that choose the model themselves would not be counted.
 */
export function namedModel(name: string | undefined): string | undefined {
  return nameProblem(name) === 'invalid_name' ? undefined : name;
}

/** What a format reads of a request. */
type RequestFormat = Pick<WireFormat, 'requestFields'>;

/** The members of a JSON body that are read for a format. */
export function factFields({ requestFields }: RequestFormat): Readonly<Record<string, Projection>> {
  if (requestFields === undefined) return FACT_FIELDS;
  let fields = FIELDS_BY_FORMAT.get(requestFields);
  if (fields === undefined) {
    fields = { ...requestFields, ...FACT_FIELDS };
    FIELDS_BY_FORMAT.set(requestFields, fields);
  }
  return fields;
}

const FIELDS_BY_FORMAT = new WeakMap<object, Readonly<Record<string, Projection>>>();

/** Reads a body that is in memory. A stream or a blob is not read, because that would consume it. */
export function readBody(body: unknown, format: RequestFormat = {}): RequestFacts {
  if (typeof body === 'string' || body instanceof Uint8Array)
    return factsIn(readJson(body, factFields(format)), format);
  if (body instanceof ArrayBuffer) return factsIn(readJson(new Uint8Array(body), factFields(format)), format);
  if (!isForm(body)) return NO_FACTS;
  return {
    ...NO_FACTS,
    model: text(body.get('model')),
    isStreamed: toFlag(body.get('stream')),
    members: formMembers(body, format),
  };
}

/** The facts in what was kept of a JSON body. */
export function factsIn(json: unknown, { requestFields }: RequestFormat = {}): RequestFacts {
  if (!isObject(json)) return NO_FACTS;
  return {
    // The member of an agent is read for the formats that name it.
    model: text(json['model']) ?? text(json['agent']),
    isStreamed: toFlag(json['stream']),
    hasStreamOptions: isObject(json['stream_options']),
    isUsageAsked: object(json['stream_options'])['include_usage'] === true || undefined,
    parameters: bodyParameters(json),
    members: requestFields && json,
  };
}

/** The texts of a form; its files are not read. */
function formMembers(
  form: { get(name: string): unknown },
  { requestFields }: RequestFormat,
): JsonObject | undefined {
  if (requestFields === undefined) return undefined;
  const members: Record<string, unknown> = {};
  for (const name of Object.keys(requestFields)) {
    const value = form.get(name);
    if (typeof value === 'string' && value.length <= FORM_TEXT_MAX) members[name] = value;
  }
  return members;
}

/** A flag of a JSON body or of a form; `undefined` if it is neither true nor false. */
function toFlag(value: unknown): boolean | undefined {
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : undefined;
}

/** Whether a call asks for a stream. */
export function isStreamedCall(facts: RequestFacts, { isStreamed }: { readonly isStreamed?: true }): boolean {
  return facts.isStreamed ?? isStreamed === true;
}

/** Whether a body is a form, of this realm, of another one, or of a package. */
function isForm(body: unknown): body is { get(name: string): unknown } {
  return (
    typeof body === 'object' && body !== null && Object.prototype.toString.call(body) === '[object FormData]'
  );
}

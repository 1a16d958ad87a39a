import type { Span } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { RequestParameters } from '../catalogue/request-parameters.js';
import type { CostContext } from '../cost/pricing.js';
import type { Usage, UsagePart } from '../cost/usage.js';
import type { CacheTier, UsageMissingReason } from '../metrics/recorder.js';
import type { NodeServerResponse } from '../streams/node-response.js';

/** Describes a request when it is sent. */
export interface RequestOptions {
  /** The called provider, such as `openai`. A name longer than 200 characters is recorded as `other`. */
  readonly provider: string;
  /** The requested model. A name longer than 200 characters is recorded as `other`. */
  readonly model: string;
  /** GenAI operation name; `chat` by default. */
  readonly operation?: string | undefined;
  /** Whether the answer is streamed; set on the span. */
  readonly streaming?: boolean | undefined;
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
  /** Parameters of the call, set on the span. An instrumented fetch reads them from the body of its call. */
  readonly parameters?: RequestParameters | undefined;
  /**
   * Time after which a request that has not ended ends as a `timeout`, in milliseconds; `Infinity` for no limit.
   *
   * @defaultValue 1,800,000 (30 minutes)
   */
  readonly maxDurationMs?: number | undefined;
  /**
   * Additional span attributes, which never become metric labels. At most 64 are recorded, with keys of at most 200
   * characters; values longer than 4,096 characters are cut.
   */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/**
 * One request in flight. It ends exactly once: the first of `end` and `fail` counts, all later calls do nothing.
 * No method throws.
 */
export interface RequestHandle {
  readonly provider: string;
  readonly model: string;
  /** The span of the request; a non-recording one when tracing is off. */
  readonly span: Span;
  readonly ended: boolean;
  /** Marks the first output of any kind: text, reasoning, a tool call, a refusal. Later calls do nothing. */
  firstToken(): void;
  /**
   * Sets the usage; the last call wins. It replaces the tokens and cost that an instrumented fetch has read from the
   * calls made within the request. The counts are read once, during this call.
   */
  setUsage(usage: Usage): void;
  /** Adds fields to the description of the answer; later values win. They are read once, during this call. */
  setResponse(info: ResponseInfo): void;
  /** Ends the request as a success. */
  end(): void;
  /** Ends the request as a failure. The error is classified unless its type is given. */
  fail(error: unknown, errorType?: ErrorType): void;
  /** Runs `fn` with the request's span active. */
  run<T>(fn: () => T): T;
}

/** Describes an answer. */
export interface ResponseInfo {
  readonly id?: string | undefined;
  /** The model that answered, if it differs from the requested one. */
  readonly model?: string | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  /** The tier that the provider billed, such as `flex`, `priority` or `batch`. */
  readonly serviceTier?: string | undefined;
  /**
   * The cost that the provider reported, in US dollars. It must be the whole cost of the request, since it replaces the
   * computed one.
   */
  readonly costUsd?: number | undefined;
  /**
   * The provider that answered, where an intermediary such as a gateway says which; counted in
   * `llm_edge_routed_requests_total`. Prices of this provider apply. The `provider` of the request stays.
   */
  readonly upstream?: string | undefined;
  /**
   * Whether `model` answered in place of the requested one, as a fallback. If absent, that is so where the names are
   * those of two models, and not of one model and its snapshot or alias. A fallback's tokens and cost are recorded under
   * `model`; requests, errors and durations stay with the requested one.
   */
  readonly isFallback?: boolean | undefined;
}

/** Merges two descriptions of an answer. The members of `added` win. */
export function mergeResponseInfo(known: ResponseInfo, added: ResponseInfo): ResponseInfo {
  const {
    id = known.id,
    model = known.model,
    finishReasons = known.finishReasons,
    serviceTier = known.serviceTier,
    costUsd = known.costUsd,
    upstream = known.upstream,
    isFallback = known.isFallback,
  } = added;
  return { id, model, finishReasons, serviceTier, costUsd, upstream, isFallback };
}

/** Describes an operation when it starts. */
export interface OperationOptions {
  /**
   * Name of the span, such as `POST /v1/chat/completions`. It must have a low cardinality.
   *
   * @defaultValue `llm_edge.operation`
   */
  readonly name?: string | undefined;
  /**
   * Span attributes, which never become metric labels. At most 64 are recorded, with keys of at most 200 characters;
   * values longer than 4,096 characters are cut.
   */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
  /**
   * Time after which an operation that has not ended ends as a `timeout`, in milliseconds; `Infinity` for no limit.
   *
   * @defaultValue 1,800,000 (30 minutes)
   */
  readonly maxDurationMs?: number | undefined;
}

/** The request that produced a cached answer. Its cost is the amount that a cache hit saves. */
export interface CachedAnswer extends CostContext {
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
}

export interface CacheLookupOptions<Value> {
  /** The request that produced the answer, or a function that reads it from the value. If absent, no savings count. */
  readonly answer?:
    | CachedAnswer
    | ((value: NonNullable<Awaited<Value>>) => CachedAnswer | undefined)
    | undefined;
}

/**
 * One operation in flight. It ends exactly once: the first of `end` and `fail` counts, all later calls do nothing.
 * No method throws, except for exceptions of the functions that the caller passes.
 */
export interface OperationHandle {
  /** The span of the operation; a non-recording one when tracing is off. */
  readonly span: Span;
  readonly ended: boolean;
  /**
   * Records a cache lookup: `undefined` and `null` are misses, all other values are hits. If it throws, it is neither.
   *
   * @param tier - `L1` in memory, `L2` shared, `L3` durable.
   * @param lookup - performs the lookup; its result or promise is returned unchanged.
   */
  cacheLookup<T>(tier: CacheTier, lookup: () => T, options?: CacheLookupOptions<T>): T;
  /** Ends the operation as a success. */
  end(): void;
  /** Ends the operation as a failure. The error is classified unless its type is given. */
  fail(error: unknown, errorType?: ErrorType): void;
  /**
   * Ends the operation with the response that it answers with. Call it before the response begins.
   *
   * The end is the last byte: the `finish` event, when Node.js has handed all data to the operating system. A status of
   * 500 and up is a failure, of the type of the last request if that failed. A lower status is a success, because a
   * response of 4xx is a mistake of the caller; call `fail` to record it as a failure. A response that is closed before
   * its last byte is `client_cancelled`. If this process destroyed it, the type is that of the error or, once the
   * response has begun, `stream_interrupted`.
   *
   * The time to the first byte of the body is set on the span as `llm_edge.time_to_first_byte_ms`, the status as
   * `http.response.status_code`.
   *
   * The first response counts. `end` and `fail` still end the operation at once, but the result of the callback of
   * `observeOperation` no longer does.
   *
   * @param response - `ServerResponse` of `node:http` or `Http2ServerResponse`, which the response of Express extends;
   *   `reply.raw` of Fastify. Another value is counted as `invalid_value` and ignored.
   */
  endWith(response: NodeServerResponse): void;
  /** Runs `fn` within the operation: requests started there belong to it. */
  run<T>(fn: () => T): T;
}

/** The model that an observed call goes to. */
export interface CalledModel {
  readonly provider: string;
  readonly model: string;
  /** GenAI operation name. */
  readonly operation: string;
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
  readonly parameters?: RequestParameters | undefined;
}

/** An answer that is, or may be, read after its request has ended: a response in the background, a run, a prediction. */
export interface Job {
  readonly id: string;
  /** Whether no more usage will be reported, as where this answer has reported it. */
  readonly isOver: boolean;
  /** Whether it is counted only if this process made it, as it does not say whether its usage was reported before. */
  readonly isOwnOnly?: true;
}

/** What is unknown of the usage of an answer. */
export interface UsageGap {
  /** `cut_off` also where a part of the usage is known. */
  readonly reason: UsageMissingReason;
  /** The output that no usage counts, estimated; absent unless estimates are on. */
  readonly estimatedOutputTokens?: number | undefined;
}

/** A request as used by the clients of this package: one that they started, or one of the calls of a request. */
export interface StartedRequest extends RequestHandle {
  /** @param parts - the parts of the usage, where they are billed separately. */
  setUsage(usage: Usage, parts?: readonly UsagePart[]): void;
  /** Sets what may be unknown when the request starts. */
  describe(model: string | undefined, streaming: boolean, parameters?: RequestParameters): void;
  /**
   * Notes the job that the answer is about, whose usage may be reported by another answer.
   *
   * @param owner - the provider that is called: an intermediary, where `provider` names another one.
   */
  noteJob?(job: Job, owner: string): void;
  /** Notes that chunks of a stream have arrived together. */
  chunks?(count: number): void;
  /** Notes that the answer is still being read. */
  touch?(): void;
  /** Notes what is unknown of the usage, just before the end. */
  missUsage?(gap: UsageGap): void;
  /** Makes the time of the last `touch` the end, because a dropped answer is noticed long after it was dropped. */
  lost?(): void;
}

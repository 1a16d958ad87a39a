import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { genAiProviderName } from '../catalogue/providers.js';
import { ATTRIBUTES, EVENTS } from '../catalogue/semconv.js';
import type { Usage } from '../cost/usage.js';
import { isCount } from '../metrics/amounts.js';
import type { ResponseInfo } from './handle.js';
import type { OperationInput, RequestInput } from './input.js';

/** Accepts class names only: the `name` of an error can be any text, including a prompt or a key. */
const CLASS_NAME = /^[A-Za-z_$][\w$.]*$/;

/** The result of a request, which is known when the request ends. */
export interface RequestResult {
  readonly response: ResponseInfo;
  readonly usage: Usage | undefined;
  readonly costUsd: number | undefined;
}

/** Starts the span of a request, with all attributes that a sampler may use. */
export function startRequestSpan(tracer: Tracer, input: RequestInput, parent: Context): Span {
  const { provider, model, operation, streaming, serverAddress, serverPort } = input;
  const attributes: Attributes = { ...input.attributes, [ATTRIBUTES.operationName]: operation };
  if (provider !== '') attributes[ATTRIBUTES.providerName] = genAiProviderName(provider);
  if (model !== '') attributes[ATTRIBUTES.requestModel] = model;
  if (streaming !== undefined) attributes[ATTRIBUTES.requestStream] = streaming;
  if (serverAddress !== undefined) {
    attributes[ATTRIBUTES.serverAddress] = serverAddress;
    if (serverPort !== undefined) attributes[ATTRIBUTES.serverPort] = serverPort;
  }
  const name = model === '' ? operation : `${operation} ${model}`;
  return tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
}

/** Sets attributes that were unknown when the span was started. Samplers do not see them. */
export function describeRequestSpan(span: Span, operation: string, model: string, streaming: boolean): void {
  if (!span.isRecording()) return;
  span.updateName(`${operation} ${model}`);
  span.setAttributes({ [ATTRIBUTES.requestModel]: model, [ATTRIBUTES.requestStream]: streaming });
}

/** Starts the span of an operation, with kind SERVER unless a span of this process is already active. */
export function startOperationSpan(tracer: Tracer, input: OperationInput, parent: Context): Span {
  const outer = trace.getSpanContext(parent);
  // A remote parent is the caller of this process, so the operation is a server span.
  const isWithin = outer !== undefined && isSpanContextValid(outer) && outer.isRemote !== true;
  const kind = isWithin ? SpanKind.INTERNAL : SpanKind.SERVER;
  const { name = 'llm_edge.operation', attributes } = input;
  return tracer.startSpan(name, attributes === undefined ? { kind } : { kind, attributes }, parent);
}

/** Sets the attributes of an answer. The span must be recording. */
export function setResultAttributes(
  span: Span,
  { response, usage, costUsd }: RequestResult,
  timeToFirstTokenMs: number | undefined,
): void {
  const attributes: Attributes = {};
  if (response.id !== undefined) attributes[ATTRIBUTES.responseId] = response.id;
  if (response.model !== undefined) attributes[ATTRIBUTES.responseModel] = response.model;
  if (response.finishReasons !== undefined) {
    // The list is a copy, made when the answer was read, and never changes.
    attributes[ATTRIBUTES.finishReasons] = response.finishReasons as string[];
  }
  if (usage !== undefined) {
    if (isCount(usage.inputTokens)) attributes[ATTRIBUTES.inputTokens] = usage.inputTokens;
    if (isCount(usage.outputTokens)) attributes[ATTRIBUTES.outputTokens] = usage.outputTokens;
    if (isCount(usage.cacheReadTokens)) attributes[ATTRIBUTES.cacheReadTokens] = usage.cacheReadTokens;
    if (isCount(usage.cacheWriteTokens)) attributes[ATTRIBUTES.cacheWriteTokens] = usage.cacheWriteTokens;
    if (isCount(usage.reasoningTokens)) attributes[ATTRIBUTES.reasoningTokens] = usage.reasoningTokens;
  }
  if (costUsd !== undefined) attributes[ATTRIBUTES.costUsd] = costUsd;
  if (timeToFirstTokenMs !== undefined) attributes[ATTRIBUTES.timeToFirstTokenMs] = timeToFirstTokenMs;
  span.setAttributes(attributes);
}

/**
 * Marks a span as failed. The error's message and stack are not recorded, because providers repeat prompts and keys in
 * them.
 *
 * @param error - the cause. Only its class name is recorded.
 */
export function setFailure(span: Span, errorType: ErrorType, error: unknown): void {
  span.setAttribute(ATTRIBUTES.errorType, errorType);
  span.setStatus({ code: SpanStatusCode.ERROR, message: errorType });
  const name = classNameOf(error);
  if (name !== undefined) span.addEvent(EVENTS.exception, { [ATTRIBUTES.exceptionType]: name });
}

function classNameOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    const { name, constructor: ofClass } = error as { name?: unknown; constructor?: { name?: unknown } };
    // OpenAI's error classes do not set `name`, so it is "Error"; the name of the class is more specific.
    const className = name === undefined || name === 'Error' ? ofClass?.name : name;
    if (typeof className !== 'string' || className.length > INPUT_LIMITS.errorCode.value) return undefined;
    return CLASS_NAME.test(className) ? className : undefined;
  } catch {
    // The getters of the error throw, so the span has an error type but no class name.
    return undefined;
  }
}

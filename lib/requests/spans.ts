import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { genAiProviderName } from '../catalogue/providers.js';
import { isOpenAi, parameterAttributes, type RequestParameters } from '../catalogue/request-parameters.js';
import { ATTRIBUTES, type CostAttributes } from '../catalogue/semconv.js';
import type { RequestCost } from '../cost/compute-cost.js';
import type { Usage } from '../cost/usage.js';
import { isCount } from '../metrics/amounts.js';
import type { ResponseInfo } from './handle.js';
import type { OperationInput, RequestInput } from './input.js';

/** The result of a request, which is known when the request ends. */
export interface RequestResult {
  readonly response: ResponseInfo;
  readonly usage: Usage | undefined;
  readonly cost: RequestCost | undefined;
}

/** Times since the start of a request, in milliseconds. */
export interface RequestTimes {
  readonly firstChunkMs: number | undefined;
  readonly firstTokenMs: number | undefined;
}

/** Starts the span of a request, with all attributes that a sampler may use. */
export function startRequestSpan(tracer: Tracer, input: RequestInput, parent: Context): Span {
  const { provider, model, operation, streaming, serverAddress, serverPort, parameters } = input;
  const attributes: Attributes = {
    ...input.attributes,
    ...(parameters && parameterAttributes(provider, parameters)),
    [ATTRIBUTES.operationName]: operation,
  };
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

/** Sets parameters that were unknown when the span was started. Samplers do not see them. */
export function describeParameters(span: Span, provider: string, parameters: RequestParameters): void {
  if (span.isRecording()) span.setAttributes(parameterAttributes(provider, parameters));
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
  provider: string,
  { response, usage, cost }: RequestResult,
  { firstChunkMs, firstTokenMs }: RequestTimes,
  costAttributes: readonly CostAttributes[],
): void {
  const attributes: Attributes = {};
  const { id, model, finishReasons, serviceTier, upstream } = response;
  if (id !== undefined) attributes[ATTRIBUTES.responseId] = id;
  if (model !== undefined) attributes[ATTRIBUTES.responseModel] = model;
  if (upstream !== undefined) attributes[ATTRIBUTES.upstream] = upstream;
  // The list is a copy, made when the answer was read, and never changes.
  if (finishReasons !== undefined) attributes[ATTRIBUTES.finishReasons] = finishReasons as string[];
  if (serviceTier !== undefined) {
    const { openAiResponseTier, responseTier } = ATTRIBUTES;
    attributes[isOpenAi(provider) ? openAiResponseTier : responseTier] = serviceTier;
  }
  if (usage !== undefined) {
    if (isCount(usage.inputTokens)) attributes[ATTRIBUTES.inputTokens] = usage.inputTokens;
    if (isCount(usage.outputTokens)) attributes[ATTRIBUTES.outputTokens] = usage.outputTokens;
    if (isCount(usage.cacheReadTokens)) attributes[ATTRIBUTES.cacheReadTokens] = usage.cacheReadTokens;
    if (isCount(usage.cacheWriteTokens)) attributes[ATTRIBUTES.cacheWriteTokens] = usage.cacheWriteTokens;
    if (isCount(usage.reasoningTokens)) attributes[ATTRIBUTES.reasoningTokens] = usage.reasoningTokens;
  }
  if (cost !== undefined) setCost(attributes, cost, costAttributes);
  if (firstChunkMs !== undefined) attributes[ATTRIBUTES.timeToFirstChunk] = firstChunkMs / 1_000;
  if (firstTokenMs !== undefined) attributes[ATTRIBUTES.timeToFirstTokenMs] = firstTokenMs;
  span.setAttributes(attributes);
}

function setCost(attributes: Attributes, cost: RequestCost, names: readonly CostAttributes[]): void {
  const { totalUsd, inputUsd, outputUsd } = cost;
  attributes[ATTRIBUTES.cost] = totalUsd;
  if (names.includes('langfuse')) {
    attributes[ATTRIBUTES.langfuseCost] = JSON.stringify({
      input: inputUsd,
      output: outputUsd,
      total: totalUsd,
    });
  }
  if (names.includes('openinference')) {
    attributes[ATTRIBUTES.openInferenceTotalCost] = totalUsd;
    if (inputUsd !== undefined) attributes[ATTRIBUTES.openInferenceInputCost] = inputUsd;
    if (outputUsd !== undefined) attributes[ATTRIBUTES.openInferenceOutputCost] = outputUsd;
  }
}

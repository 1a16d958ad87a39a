/**
 * The attributes of spans and GenAI metrics this package writes, in the names of the GenAI semantic conventions v1.41.
 * Later conventions rename some of them (`cache_creation` becomes `cache_write`); only this file has to change.
 *
 * @see https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-spans.md
 */
export const ATTRIBUTES = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  maxTokens: 'gen_ai.request.max_tokens',
  temperature: 'gen_ai.request.temperature',
  topP: 'gen_ai.request.top_p',
  /** From the conventions after v1.41, which have no name for it. */
  reasoningEffort: 'gen_ai.request.reasoning.level',
  openAiRequestTier: 'openai.request.service_tier',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  /** In seconds, for streams. */
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  openAiResponseTier: 'openai.response.service_tier',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_creation.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  tokenModality: 'gen_ai.token.modality',
  tokenType: 'gen_ai.token.type',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  errorType: 'error.type',
  exceptionType: 'exception.type',
  /** From the conventions for HTTP spans: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
  httpMethod: 'http.request.method',
  httpRoute: 'http.route',
  httpStatusCode: 'http.response.status_code',
  /** Not in the conventions. */
  timeToFirstByteMs: 'llm_edge.time_to_first_byte_ms',
  /**
   * In US dollars. The conventions have no cost; this name is the one that Langfuse and OpenLIT use, so that a cost is
   * on a span once and not under a name of this package as well.
   */
  cost: 'gen_ai.usage.cost',
  /** Langfuse's cost by kind, as JSON: `{"input":0.1,"output":0.2,"total":0.3}`. */
  langfuseCost: 'langfuse.observation.cost_details',
  /** OpenInference's costs, in US dollars. */
  openInferenceInputCost: 'llm.cost.prompt',
  openInferenceOutputCost: 'llm.cost.completion',
  openInferenceTotalCost: 'llm.cost.total',
  /** Not in the conventions: their time to first chunk includes frames without output, such as the role. */
  timeToFirstTokenMs: 'llm_edge.time_to_first_token_ms',
  /** Not in the conventions, which have a name for OpenAI's tiers only. */
  requestTier: 'llm_edge.request.service_tier',
  responseTier: 'llm_edge.response.service_tier',
  /** Not in the conventions: the provider that answered behind an intermediary. */
  upstream: 'llm_edge.upstream',
  overheadMs: 'llm_edge.overhead_ms',
  requestCount: 'llm_edge.request_count',
  cacheTier: 'llm_edge.cache.tier',
  cacheHit: 'llm_edge.cache.hit',
  cacheSavedUsd: 'llm_edge.cache.saved_usd',
} as const;

/** Further names under which the cost of a request is set on its span. */
export type CostAttributes = 'langfuse' | 'openinference';

/** Names of events: of spans or, where there is a LoggerProvider, of log records. */
export const EVENTS = { exception: 'exception', cacheLookup: 'llm_edge.cache_lookup' } as const;

/** GenAI operations that are billed by tokens or other units: an answer without usage is counted as missing it. */
const BILLED_OPERATIONS: ReadonlySet<string> = new Set([
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
  'rerank',
  'image_generation',
  'speech',
  'transcription',
  'ocr',
  'moderation',
  'prediction',
]);

/** Whether the answer to a request of this operation should report what was used. */
export function billsTokens(operation: string): boolean {
  return BILLED_OPERATIONS.has(operation);
}

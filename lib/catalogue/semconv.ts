/**
 * The span attributes this package writes, in the names of the GenAI semantic conventions v1.41.
 * Later conventions rename some of them (`cache_creation` becomes `cache_write`); only this file has to change.
 *
 * @see https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-spans.md
 */
export const ATTRIBUTES = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_creation.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  errorType: 'error.type',
  exceptionType: 'exception.type',
  /** From the conventions for HTTP spans: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
  httpMethod: 'http.request.method',
  httpRoute: 'http.route',
  httpStatusCode: 'http.response.status_code',
  /** Not in the conventions: they have no cost, and their time to first chunk includes role frames. */
  costUsd: 'llm_edge.cost_usd',
  timeToFirstTokenMs: 'llm_edge.time_to_first_token_ms',
  timeToFirstByteMs: 'llm_edge.time_to_first_byte_ms',
  overheadMs: 'llm_edge.overhead_ms',
  requestCount: 'llm_edge.request_count',
  cacheTier: 'llm_edge.cache.tier',
  cacheHit: 'llm_edge.cache.hit',
  cacheSavedUsd: 'llm_edge.cache.saved_usd',
} as const;

/** Names of span events. */
export const EVENTS = { exception: 'exception', cacheLookup: 'llm_edge.cache_lookup' } as const;

/** GenAI operations that are billed by tokens: an answer without usage is counted as missing it. */
const TOKEN_OPERATIONS: ReadonlySet<string> = new Set([
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
]);

/** Whether the answer to a request of this operation should report how many tokens were used. */
export function billsTokens(operation: string): boolean {
  return TOKEN_OPERATIONS.has(operation);
}

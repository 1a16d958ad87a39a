import type { Usage } from 'llm-edge-monitoring';
import { createChunks, DONE, toCompletion, toErrorJson, type Written } from '../openai-format.js';
import { countTokens } from './answers.js';
import type { Answer, Dialect, Failure } from './provider-server.js';

interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly max_completion_tokens?: number;
}

/** What OpenAI answers to a request that it does not serve. */
const FAILURES: Readonly<Record<Failure, { status: number; body: object }>> = {
  rate_limited: {
    status: 429,
    body: toErrorJson(
      'Rate limit reached in organization org-loopback on requests per min (RPM). Please try again in 1s.',
      'requests',
      'rate_limit_exceeded',
    ),
  },
  server_error: {
    status: 500,
    body: toErrorJson(
      'The server had an error while processing your request. Sorry about that!',
      'server_error',
      null,
    ),
  },
  overloaded: {
    status: 503,
    body: toErrorJson(
      'The engine is currently overloaded, please try again later',
      'service_unavailable_error',
      null,
    ),
  },
  unauthorised: {
    status: 401,
    body: toErrorJson('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'),
  },
  not_found: {
    status: 404,
    body: toErrorJson(
      'The model does not exist or you do not have access to it.',
      'invalid_request_error',
      'model_not_found',
    ),
  },
  invalid: {
    status: 400,
    body: toErrorJson('We could not parse the JSON body of your request.', 'invalid_request_error', null),
  },
};

/** Chat completions as OpenAI speaks them. */
export const OPENAI_DIALECT: Dialect = {
  path: '/v1/chat/completions',
  models: {
    'gpt-4o-mini': { version: 'gpt-4o-mini-2024-07-18', isReasoning: false },
    'gpt-5-mini': { version: 'gpt-5-mini-2025-08-07', isReasoning: true },
  },
  cachedTokensMin: 1024,
  isAuthorised: (headers) => headers.authorization?.startsWith('Bearer sk-') ?? false,
  readQuestion(body) {
    const chat = body as ChatBody | undefined;
    if (typeof chat?.model !== 'string' || !Array.isArray(chat.messages)) return undefined;
    const isSystem = (message: { role: string }) => message.role === 'system' || message.role === 'developer';
    const textOf = (messages: ChatBody['messages']) => messages.map((message) => message.content).join('\n');
    return {
      model: chat.model,
      prefix: textOf(chat.messages.filter(isSystem)),
      text: textOf(chat.messages.filter((message) => !isSystem(message))),
      tokensMax: chat.max_completion_tokens ?? 16_384,
      isStreamed: chat.stream === true,
      includesUsage: chat.stream_options?.include_usage === true,
    };
  },
  headers: (window, requestId, isRefused) => ({
    'x-request-id': requestId,
    'openai-organization': 'org-loopback',
    'openai-processing-ms': '12',
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': String(window.limits.requests),
    'x-ratelimit-remaining-requests': String(window.requestsRemaining),
    'x-ratelimit-reset-requests': isRefused ? '1s' : '6m0s',
    'x-ratelimit-limit-tokens': String(window.limits.tokens),
    'x-ratelimit-remaining-tokens': String(window.tokensRemaining),
    'x-ratelimit-reset-tokens': isRefused ? '1s' : '120ms',
    ...(isRefused ? { 'retry-after': '1', 'retry-after-ms': '1000' } : {}),
  }),
  failure: (kind) => FAILURES[kind],
  body: (answer) => toCompletion(write(answer)),
  events(answer) {
    const written = write(answer);
    const chunks = createChunks(written, answer.question.includesUsage);
    return [
      { data: chunks.role() },
      ...answer.pieces.map((piece) => ({ data: chunks.text(piece), tokens: countTokens(piece) })),
      { data: chunks.finish(written.finishReason) },
      ...(answer.question.includesUsage ? [{ data: chunks.usage(written.usage) }] : []),
      { data: DONE },
    ];
  },
};

function write(answer: Answer): Written {
  const usage: Usage = {
    inputTokens: answer.prefix.total + answer.textTokens,
    outputTokens: answer.reasoningTokens + answer.textOutputTokens,
    // The cache keeps whole blocks of 128 tokens; what it stores anew costs nothing and is not reported.
    cacheReadTokens: answer.prefix.read - (answer.prefix.read % 128),
    reasoningTokens: answer.reasoningTokens,
  };
  return {
    id: `chatcmpl-${answer.requestNumber.toString(36).padStart(24, '0')}`,
    created: Math.floor(Date.now() / 1000),
    model: OPENAI_DIALECT.models[answer.question.model]?.version ?? answer.question.model,
    text: answer.text,
    finishReason: answer.isCutOff ? 'length' : 'stop',
    usage,
  };
}

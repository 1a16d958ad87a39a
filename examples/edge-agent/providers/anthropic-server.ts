import { countTokens } from './answers.js';
import type { Answer, Dialect, Failure, StreamEvent } from './provider-server.js';

interface MessagesBody {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly system?: readonly {
    readonly text: string;
    readonly cache_control?: { readonly type: 'ephemeral' };
  }[];
  readonly stream?: boolean;
}

/** What Anthropic answers to a request that it does not serve. */
const FAILURES: Readonly<Record<Failure, { status: number; type: string; message: string }>> = {
  rate_limited: {
    status: 429,
    type: 'rate_limit_error',
    message: "This request would exceed your organization's rate limit of requests per minute.",
  },
  server_error: { status: 500, type: 'api_error', message: 'Internal server error' },
  overloaded: { status: 529, type: 'overloaded_error', message: 'Overloaded' },
  unauthorised: { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
  not_found: { status: 404, type: 'not_found_error', message: 'model not found' },
  invalid: { status: 400, type: 'invalid_request_error', message: 'messages: Field required' },
};

/** Messages as Anthropic speaks them. */
export const ANTHROPIC_DIALECT: Dialect = {
  path: '/v1/messages',
  models: { 'claude-sonnet-4-6': { version: 'claude-sonnet-4-6', isReasoning: false } },
  cachedTokensMin: 2048,
  // The client sends the key as a bearer token since version 1, and as `x-api-key` before.
  isAuthorised: (headers) =>
    headers['anthropic-version'] !== undefined &&
    (headers['x-api-key'] !== undefined || (headers.authorization?.startsWith('Bearer sk-ant-') ?? false)),
  readQuestion(body) {
    const asked = body as MessagesBody | undefined;
    if (typeof asked?.model !== 'string' || !Array.isArray(asked.messages)) return undefined;
    if (typeof asked.max_tokens !== 'number') return undefined;
    const system = asked.system ?? [];
    const isCached = system.some((block) => block.cache_control !== undefined);
    const systemText = system.map((block) => block.text).join('\n');
    const texts = asked.messages.map((message) => message.content);
    return {
      model: asked.model,
      // Unlike OpenAI, Anthropic caches only what the caller marks.
      prefix: isCached ? systemText : '',
      text: [...(isCached || systemText === '' ? [] : [systemText]), ...texts].join('\n'),
      tokensMax: asked.max_tokens,
      isStreamed: asked.stream === true,
      includesUsage: true,
    };
  },
  headers(window, requestId, isRefused) {
    const reset = new Date(Date.now() + (isRefused ? 1_000 : 60_000)).toISOString().replace(/\.\d+Z$/, 'Z');
    return {
      'request-id': requestId,
      'anthropic-organization-id': 'org-loopback',
      'anthropic-ratelimit-requests-limit': String(window.limits.requests),
      'anthropic-ratelimit-requests-remaining': String(window.requestsRemaining),
      'anthropic-ratelimit-requests-reset': reset,
      'anthropic-ratelimit-tokens-limit': String(window.limits.tokens),
      'anthropic-ratelimit-tokens-remaining': String(window.tokensRemaining),
      'anthropic-ratelimit-tokens-reset': reset,
      ...(isRefused ? { 'retry-after': '1' } : {}),
    };
  },
  failure(kind, requestId) {
    const { status, type, message } = FAILURES[kind];
    return { status, body: { type: 'error', error: { type, message }, request_id: requestId } };
  },
  body: (answer) => ({
    ...envelope(answer),
    content: [{ type: 'text', text: answer.text, citations: null }],
    stop_reason: stopReason(answer),
    usage: usageOf(answer, answer.textOutputTokens),
  }),
  events(answer) {
    const delta = (text: string) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text },
    });
    return [
      // The count at the start is what was generated so far: one token.
      event({
        type: 'message_start',
        message: { ...envelope(answer), usage: usageOf(answer, 1) },
      }),
      event({
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'text', text: '', citations: null },
      }),
      event({ type: 'ping' }),
      ...answer.pieces.map((piece) => ({ ...event(delta(piece)), tokens: countTokens(piece) })),
      event({ type: 'content_block_stop', index: 0 }),
      event({
        type: 'message_delta',
        delta: { stop_reason: stopReason(answer), stop_sequence: null, stop_details: null, container: null },
        usage: countsOf(answer, answer.textOutputTokens),
      }),
      event({ type: 'message_stop' }),
    ];
  },
  interruption: {
    name: 'error',
    data: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  },
};

function event(data: { readonly type: string; readonly [field: string]: unknown }): StreamEvent {
  return { name: data.type, data };
}

function stopReason(answer: Answer): string {
  return answer.isCutOff ? 'max_tokens' : 'end_turn';
}

function envelope(answer: Answer) {
  return {
    id: `msg_${answer.requestNumber.toString(36).padStart(24, '0')}`,
    type: 'message',
    role: 'assistant',
    model: ANTHROPIC_DIALECT.models[answer.question.model]?.version ?? answer.question.model,
    content: [] as object[],
    stop_reason: null as string | null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
  };
}

/** Unlike OpenAI's, `input_tokens` leaves out what the prompt cache read or wrote. */
function countsOf(answer: Answer, outputTokens: number) {
  const { prefix } = answer;
  return {
    input_tokens: answer.textTokens + prefix.total - prefix.read - prefix.written,
    cache_creation_input_tokens: prefix.written,
    cache_read_input_tokens: prefix.read,
    output_tokens: outputTokens,
    output_tokens_details: null,
    server_tool_use: null,
  };
}

function usageOf(answer: Answer, outputTokens: number) {
  return {
    ...countsOf(answer, outputTokens),
    cache_creation: { ephemeral_5m_input_tokens: answer.prefix.written, ephemeral_1h_input_tokens: 0 },
    service_tier: 'standard',
    inference_geo: 'global',
    speed: 'standard',
  };
}

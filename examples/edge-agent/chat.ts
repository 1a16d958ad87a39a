import type { Usage } from 'llm-edge-monitoring';

/** What a caller of the gateway asks for, in the part of the OpenAI format that this example understands. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream: boolean;
  readonly includesUsage: boolean;
  readonly tokensMax: number;
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What a provider answered. */
export interface Completion {
  readonly provider: Provider;
  readonly model: string;
  readonly text: string;
  readonly finishReason: 'stop' | 'length';
  readonly usage: Usage;
}

export const PROVIDERS = ['openai', 'anthropic'] as const;

export type Provider = (typeof PROVIDERS)[number];

export function isProvider(name: unknown): name is Provider {
  return PROVIDERS.includes(name as Provider);
}

/** Something the caller did wrong, or that the gateway cannot do, with the HTTP status that says so. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Checks the body of a request. Throws a {@link GatewayError} with status 400 that says what is wrong. */
export function parseChatRequest(body: unknown): ChatRequest {
  const invalid = (message: string) => new GatewayError(400, 'invalid_request', message);
  if (!isObject(body)) throw invalid('the body must be a JSON object');
  const { model, messages, stream, stream_options: streamOptions, max_completion_tokens: tokensMax } = body;
  if (typeof model !== 'string') throw invalid('"model" must be a string');
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isChatMessage)) {
    throw invalid('"messages" must be a list of { role: system | user | assistant, content: string }');
  }
  if (tokensMax !== undefined && (!Number.isInteger(tokensMax) || Number(tokensMax) < 1)) {
    throw invalid('"max_completion_tokens" must be a whole number above 0');
  }
  const { include_usage: includesUsage } = isObject(streamOptions) ? streamOptions : {};
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    stream: stream === true,
    includesUsage: includesUsage === true,
    tokensMax: typeof tokensMax === 'number' ? tokensMax : 1024,
  };
}

function isChatMessage(value: unknown): value is ChatMessage {
  if (!isObject(value)) return false;
  const { role, content } = value;
  return (role === 'system' || role === 'user' || role === 'assistant') && typeof content === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { Usage } from 'llm-edge-monitoring';

/** What an answer is, whichever format it will be written in. */
export interface Written {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly text: string;
  readonly finishReason: 'stop' | 'length';
  readonly usage: Usage;
}

/** The body of an answer that is not streamed. */
export function toCompletion(written: Written): object {
  return {
    id: written.id,
    object: 'chat.completion',
    created: written.created,
    model: written.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: written.text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: written.finishReason,
      },
    ],
    usage: toUsageJson(written.usage),
    service_tier: 'default',
    system_fingerprint: 'fp_loopback',
  };
}

type Delta = { role?: 'assistant'; content?: string; refusal?: null };

/** Writes the events of one stream; with `include_usage` each one has a `usage`, which is null until the last. */
export function createChunks(of: Pick<Written, 'id' | 'created' | 'model'>, includesUsage: boolean) {
  const common = {
    id: of.id,
    object: 'chat.completion.chunk',
    created: of.created,
    model: of.model,
    service_tier: 'default',
    system_fingerprint: 'fp_loopback',
  };
  const chunk = (delta: Delta, finishReason: string | null): object => ({
    ...common,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(includesUsage ? { usage: null } : {}),
  });
  return {
    role: () => chunk({ role: 'assistant', content: '', refusal: null }, null),
    text: (content: string) => chunk({ content }, null),
    finish: (reason: Written['finishReason']) => chunk({}, reason),
    /** Sent after the finish, and only where usage was asked for. */
    usage: (usage: Usage) => ({ ...common, choices: [], usage: toUsageJson(usage) }),
  };
}

/** The last event of every stream, which is not JSON. */
export const DONE = '[DONE]';

/** The body of an answer that failed. */
export function toErrorJson(
  message: string,
  type: string,
  code: string | null,
  param: string | null = null,
): object {
  return { error: { message, type, param, code } };
}

function toUsageJson(usage: Usage): object {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens ?? 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens ?? 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

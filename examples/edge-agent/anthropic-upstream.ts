import Anthropic from '@anthropic-ai/sdk';
import type { Usage } from 'llm-edge-monitoring';
import type { ChatRequest, Completion } from './chat.js';
import { UnfinishedStreamError, type Upstream, type UpstreamOptions } from './upstreams.js';

/** Anthropic through its own client. Retries are the router's business, so the client makes none. */
export function createAnthropicUpstream(options: UpstreamOptions): Upstream {
  // The client's own spans would repeat what the monitored fetch already tells.
  const client = new Anthropic({ ...options, maxRetries: 0, openTelemetry: false });
  return {
    provider: 'anthropic',
    async complete(model, request, { onText, onUsage, signal }) {
      const body = toBody(model, request);
      if (onText === undefined) {
        const answer = await client.messages.create(body, { signal });
        const usage = toUsage(answer.usage);
        onUsage(usage);
        const text = answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
        return {
          provider: 'anthropic',
          model,
          text,
          finishReason: toFinishReason(answer.stop_reason),
          usage,
        };
      }

      const stream = await client.messages.create({ ...body, stream: true }, { signal });
      let text = '';
      let stopReason: string | null = null;
      let usage: Usage = { inputTokens: 0, outputTokens: 0 };
      for await (const event of stream) {
        if (event.type === 'message_start') {
          usage = toUsage(event.message.usage);
          onUsage(usage);
        } else if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
          text += event.delta.text;
          await onText(event.delta.text);
        } else if (event.type === 'message_delta') {
          stopReason = event.delta.stop_reason;
          // The input was told at the start; the count of the output grows until the end.
          usage = { ...usage, outputTokens: event.usage.output_tokens };
          onUsage(usage);
        }
      }
      // The client ends an aborted stream without an error, as if it had been complete.
      signal.throwIfAborted();
      if (stopReason === null) throw new UnfinishedStreamError('no stop_reason received');
      return { provider: 'anthropic', model, text, finishReason: toFinishReason(stopReason), usage };
    },
  };
}

/** Instructions are no message of their own here, and are cached only where they are marked. */
function toBody(model: string, { messages, tokensMax }: ChatRequest) {
  const system = messages.filter(({ role }) => role === 'system');
  return {
    model,
    max_tokens: tokensMax,
    system: system.map(({ content }, index) => ({
      type: 'text' as const,
      text: content,
      ...(index === system.length - 1 ? { cache_control: { type: 'ephemeral' as const } } : {}),
    })),
    messages: messages.flatMap(({ role, content }) => (role === 'system' ? [] : [{ role, content }])),
  };
}

function toFinishReason(stopReason: string | null): Completion['finishReason'] {
  return stopReason === 'max_tokens' ? 'length' : 'stop';
}

/** Anthropic's input tokens leave out what the prompt cache read or wrote. */
function toUsage(usage: Anthropic.Usage): Usage {
  const cacheReadTokens = usage.cache_read_input_tokens ?? 0;
  const cacheWriteTokens = usage.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: usage.input_tokens + cacheReadTokens + cacheWriteTokens,
    outputTokens: usage.output_tokens,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
  };
}

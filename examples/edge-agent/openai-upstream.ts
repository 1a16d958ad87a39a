import type { Usage } from 'llm-edge-monitoring';
import OpenAI from 'openai';
import type { ChatRequest } from './chat.js';
import { UnfinishedStreamError, type Upstream, type UpstreamOptions } from './upstreams.js';

/** OpenAI through its own client. Retries are the router's business, so the client makes none. */
export function createOpenAIUpstream(options: UpstreamOptions): Upstream {
  const client = new OpenAI({ ...options, maxRetries: 0 });
  return {
    provider: 'openai',
    async complete(model, request, { onText, onUsage, signal }) {
      const body = toBody(model, request);
      if (onText === undefined) {
        const answer = await client.chat.completions.create(body, { signal });
        const usage = toUsage(answer.usage);
        onUsage(usage);
        const [choice] = answer.choices;
        const finishReason = choice?.finish_reason === 'length' ? 'length' : 'stop';
        return { provider: 'openai', model, text: choice?.message.content ?? '', finishReason, usage };
      }

      const stream = await client.chat.completions.create(
        { ...body, stream: true, stream_options: { include_usage: true } },
        { signal },
      );
      let text = '';
      let finishReason: string | undefined;
      let usage: Usage | undefined;
      for await (const chunk of stream) {
        const [choice] = chunk.choices;
        const piece = choice?.delta.content ?? '';
        text += piece;
        finishReason = choice?.finish_reason ?? finishReason;
        if (chunk.usage) {
          usage = toUsage(chunk.usage);
          onUsage(usage);
        }
        if (piece !== '') await onText(piece);
      }
      // The client ends an aborted stream without an error, as if it had been complete.
      signal.throwIfAborted();
      if (finishReason === undefined || usage === undefined)
        throw new UnfinishedStreamError('no finish_reason received');
      return {
        provider: 'openai',
        model,
        text,
        finishReason: finishReason === 'length' ? 'length' : 'stop',
        usage,
      };
    },
  };
}

function toBody(model: string, { messages, tokensMax }: ChatRequest) {
  return { model, messages: messages.map((message) => ({ ...message })), max_completion_tokens: tokensMax };
}

/** OpenAI's prompt tokens include the cached ones, and its completion tokens the reasoning. */
function toUsage(usage: OpenAI.CompletionUsage | undefined): Usage {
  return {
    inputTokens: usage?.prompt_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
    cacheReadTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

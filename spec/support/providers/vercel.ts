/** Counts as version 3 of the AI SDK's specification has them. */
const USAGE = {
  inputTokens: { total: 30, noCache: 10, cacheRead: 20, cacheWrite: 0 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
};

/** What is counted of an answer. */
export const GATEWAY_COUNTS = { inputTokens: 30, outputTokens: 9, cacheReadTokens: 20, reasoningTokens: 4 };

const METADATA = { gateway: { routing: { finalProvider: 'azure' }, cost: '0.0042' } };
const FINISH = { unified: 'stop', raw: 'stop' };

/** An answer of Vercel's gateway to the AI SDK. */
export function gatewayAnswer(rest: object = {}): object {
  return {
    content: [{ type: 'text', text: 'Hi' }],
    finishReason: FINISH,
    usage: USAGE,
    providerMetadata: METADATA,
    response: { id: 'r', modelId: 'gpt-4o-2024-08-06' },
    warnings: [],
    ...rest,
  };
}

/** The same as a stream. */
export const GATEWAY_FRAMES: readonly string[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'response-metadata', id: 'r', modelId: 'gpt-4o-2024-08-06', timestamp: '2026-11-01T00:00:00Z' },
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', delta: 'H' },
  { type: 'text-delta', id: '0', delta: 'i' },
  { type: 'text-end', id: '0' },
  { type: 'finish', finishReason: FINISH, usage: USAGE, providerMetadata: METADATA },
].map((part) => `data: ${JSON.stringify(part)}`);

import type { Usage } from 'llm-edge-monitoring';
import type { ChatRequest, Completion, Provider } from './chat.js';

/** A provider as the gateway sees it, whatever its own format is. */
export interface Upstream {
  readonly provider: Provider;
  /** Rejects with what the client threw. */
  complete(model: string, request: ChatRequest, hooks: Hooks): Promise<Completion>;
}

/** What an upstream tells while it works. */
export interface Hooks {
  /** Given, the answer is streamed: called with each piece, and the next one waits for the promise. */
  readonly onText?: ((text: string) => Promise<void>) | undefined;
  /** The usage known so far; the last call is the final one. */
  readonly onUsage: (usage: Usage) => void;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** Where an upstream listens, and with which `fetch` to reach it. */
export interface UpstreamOptions {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly fetch: typeof globalThis.fetch;
}

/** The provider closed the stream properly, but before the answer was complete. */
export class UnfinishedStreamError extends Error {
  override readonly name = 'UnfinishedStreamError';
}

import type { ChatRequest, Completion } from './chat.js';

/** The L1 cache: answers kept in memory, the ones unused for longest dropped first. */
export interface AnswerCache {
  get(request: ChatRequest): Completion | undefined;
  set(request: ChatRequest, completion: Completion): void;
}

/** Creates a cache of at most `entriesMax` answers, none of them older than `ageMaxMs`. */
export function createAnswerCache(
  entriesMax: number,
  ageMaxMs: number,
  now = () => performance.now(),
): AnswerCache {
  const entries = new Map<string, { readonly completion: Completion; readonly storedAt: number }>();
  return {
    get(request) {
      const key = keyOf(request);
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      // A Map iterates in the order of insertion: taking the entry out and putting it back makes it the youngest.
      entries.delete(key);
      if (now() - entry.storedAt > ageMaxMs) return undefined;
      entries.set(key, entry);
      return entry.completion;
    },
    set(request, completion) {
      const key = keyOf(request);
      entries.delete(key);
      entries.set(key, { completion, storedAt: now() });
      const [oldest] = entries.keys();
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
    },
  };
}

/** Whether the answer is streamed does not change what it is, so both kinds of request share it. */
function keyOf({ model, tokensMax, messages }: ChatRequest): string {
  return JSON.stringify([model, tokensMax, messages.map(({ role, content }) => [role, content])]);
}

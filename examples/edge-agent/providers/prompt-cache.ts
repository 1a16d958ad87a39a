import { countTokens } from './answers.js';

/** What a provider's prompt cache did with a prefix. */
export interface PrefixTokens {
  readonly total: number;
  readonly read: number;
  readonly written: number;
}

/** Remembers which prefixes were seen. Its answers are what the `usage` of a response reports. */
export function createPromptCache(tokensMin: number): (prefix: string) => PrefixTokens {
  const seen = new Set<string>();
  return (prefix) => {
    const total = countTokens(prefix);
    if (total < tokensMin) return { total, read: 0, written: 0 };
    if (seen.has(prefix)) return { total, read: total, written: 0 };
    seen.add(prefix);
    return { total, read: 0, written: total };
  };
}

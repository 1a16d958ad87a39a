import { priceListProvider } from '../catalogue/providers.js';

/** Ways to write a model's name that the price list does not know, and what to write instead. */
const MODEL_REWRITES: readonly {
  /** The providers of the price list it holds for; all, when absent. */
  readonly providers?: readonly string[];
  readonly pattern: RegExp;
  readonly replacement: string;
}[] = [
  // `models/gemini-2.5-flash`, `projects/p/locations/l/publishers/google/models/gemini-2.5-pro`.
  { pattern: /^(?:.*\/)?models\/([^/]+)$/, replacement: '$1' },
  // Vertex AI dates a version with `@`, or says `@default`.
  { providers: ['google', 'anthropic'], pattern: /@[\w-]+$/, replacement: '' },
  // Fireworks' own docs write the last segment alone.
  { providers: ['fireworks'], pattern: /^[^/]+$/, replacement: 'accounts/fireworks/models/$&' },
  // Stable versions of Gemini: `gemini-2.5-flash-001`.
  { providers: ['google'], pattern: /^(gemini-.*)-00\d$/, replacement: '$1' },
];

/**
 * The names under which the price list may know a model, the given one first.
 *
 * @param provider - the provider's name in the price list.
 */
export function listModels(provider: string, model: string): readonly string[] {
  const names = [model];
  const slash = model.indexOf('/');
  if (slash > 0 && priceListProvider(model.slice(0, slash)) === provider) names.push(model.slice(slash + 1));
  for (const { providers, pattern, replacement } of MODEL_REWRITES) {
    if (providers !== undefined && !providers.includes(provider)) continue;
    for (const name of [...names]) {
      const rewritten = name.replace(pattern, replacement);
      if (rewritten !== name && rewritten !== '') names.push(rewritten);
    }
  }
  return names;
}

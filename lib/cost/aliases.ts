/** Names that callers and conventions give to a provider, by the provider's name in the price list. */
const PROVIDER_NAMES: Readonly<Record<string, readonly string[]>> = {
  anthropic: [],
  // Azure's own list falls back to those of OpenAI and Anthropic.
  azure: [
    'azure.ai.openai',
    'azure.ai.inference',
    'az.ai.openai',
    'az.ai.inference',
    'azure_openai',
    'azure-openai',
    'azure_ai',
    'azure_text',
    'azure_ai_foundry',
  ],
  aws: ['aws.bedrock', 'aws_bedrock', 'bedrock', 'bedrock_converse', 'amazon_bedrock', 'amazon-bedrock'],
  cohere: ['cohere_chat'],
  deepseek: ['deep_seek'],
  fireworks: ['fireworks_ai', 'fireworks-ai', 'fireworks.ai'],
  'github-copilot': ['github_copilot'],
  google: [
    'gcp.gemini',
    'gcp.gen_ai',
    'gcp.vertex_ai',
    'gemini',
    'google_genai',
    'google-gla',
    'google-vertex',
    'vertex',
    'vertex_ai',
    'vertex_ai-anthropic_models',
    'vertex_ai-embedding-models',
    'vertex_ai-language-models',
  ],
  groq: [],
  minimax: ['mini_max'],
  mistral: ['mistral_ai', 'mistralai'],
  moonshotai: ['moonshot', 'moonshot_ai', 'kimi'],
  novita: ['novita_ai'],
  openai: ['text-completion-openai'],
  openrouter: ['open_router'],
  perplexity: ['perplexity_ai'],
  together: ['together_ai', 'together-ai', 'togetherai', 'together.ai'],
  voyageai: ['voyage', 'voyage_ai'],
  'x-ai': ['x_ai', 'xai', 'x.ai', 'grok'],
  zai: ['z_ai', 'z-ai', 'z.ai'],
  zhipuai: ['zhipu', 'zhipu_ai', 'bigmodel'],
};

const PROVIDER_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(PROVIDER_NAMES).flatMap(([listed, names]) =>
    [listed, ...names].map((name) => [name, listed] as const),
  ),
);

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
 * The provider's name in the price list; the given one in lower case when no alias is known.
 */
export function listProvider(provider: string): string {
  const name = provider.trim().toLowerCase();
  return PROVIDER_BY_NAME.get(name) ?? name;
}

/**
 * The names under which the price list may know a model, the given one first.
 *
 * @param provider - the provider's name in the price list.
 */
export function listModels(provider: string, model: string): readonly string[] {
  const names = [model];
  const slash = model.indexOf('/');
  if (slash > 0 && listProvider(model.slice(0, slash)) === provider) names.push(model.slice(slash + 1));
  for (const { providers, pattern, replacement } of MODEL_REWRITES) {
    if (providers !== undefined && !providers.includes(provider)) continue;
    for (const name of [...names]) {
      const rewritten = name.replace(pattern, replacement);
      if (rewritten !== name && rewritten !== '') names.push(rewritten);
    }
  }
  return names;
}

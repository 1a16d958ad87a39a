/** The API that a host implements. Its paths, and the wire format at each path, are in `clients/endpoints.ts`. */
export type ApiName = 'openai' | 'anthropic' | 'google' | 'cohere' | 'bedrock';

/** One provider: its hosts, its APIs and its names, which no other place repeats. */
export interface ProviderRow {
  /** The `provider` label of its requests. */
  readonly provider: string;
  /** Host names by which a request is recognised; a `*` stands for any text. None, when absent. */
  readonly hosts?: readonly string[];
  /** The APIs of these hosts, in the order in which a path is looked up. */
  readonly apis?: readonly ApiName[];
  /**
   * - `azure`: the model is a deployment, named by the path or the body.
   * - `gemini`: in OpenAI's format, tokens of thoughts are counted in the total only.
   * - `vertex`: the path names a publisher, whose API is used.
   */
  readonly dialect?: 'azure' | 'gemini' | 'vertex';
  /** Whether it refuses or ignores `stream_options`. */
  readonly noStreamOptions?: true;
  /** Whether its rate limits are in OpenAI's headers alone, so that no others are looked up. */
  readonly openAiRateLimits?: true;
  /** `gen_ai.provider.name` in the GenAI conventions, where it differs from `provider`. */
  readonly genAiName?: string;
  /** Name in the price list, where it differs from `provider`; `null` where the list does not have the provider. */
  readonly priceListName?: string | null;
  /** Other names in callers, frameworks and price files. Case does not matter. */
  readonly aliases?: readonly string[];
}

/** Every provider that the package knows. */
export const PROVIDERS: readonly ProviderRow[] = [
  {
    provider: 'openai',
    hosts: ['api.openai.com', '*.api.openai.com'],
    apis: ['openai'],
    openAiRateLimits: true,
    aliases: ['text-completion-openai'],
  },
  {
    provider: 'azure',
    hosts: ['*.openai.azure.com', '*.services.ai.azure.com', '*.cognitiveservices.azure.com'],
    apis: ['openai', 'anthropic'],
    dialect: 'azure',
    genAiName: 'azure.ai.openai',
    aliases: ['az.ai.openai', 'azure_openai', 'azure-openai', 'azure_text'],
  },
  {
    provider: 'azure.ai.inference',
    priceListName: 'azure',
    aliases: ['az.ai.inference', 'azure_ai', 'azure_ai_foundry'],
  },
  { provider: 'anthropic', hosts: ['api.anthropic.com'], apis: ['anthropic', 'openai'] },
  {
    provider: 'google',
    hosts: ['generativelanguage.googleapis.com'],
    apis: ['google', 'openai'],
    dialect: 'gemini',
    genAiName: 'gcp.gemini',
    aliases: ['gemini', 'google-gla'],
  },
  { provider: 'gcp.gen_ai', priceListName: 'google', aliases: ['google_genai'] },
  {
    provider: 'vertex',
    hosts: ['aiplatform.googleapis.com', '*-aiplatform.googleapis.com', 'aiplatform.*.rep.googleapis.com'],
    apis: ['google', 'openai'],
    dialect: 'vertex',
    genAiName: 'gcp.vertex_ai',
    priceListName: 'google',
    aliases: [
      'vertex_ai',
      'vertexai',
      'google-vertex',
      'vertex_ai-anthropic_models',
      'vertex_ai-embedding-models',
      'vertex_ai-language-models',
    ],
  },
  {
    provider: 'mistral',
    hosts: ['api.mistral.ai', 'codestral.mistral.ai'],
    apis: ['openai'],
    noStreamOptions: true,
    genAiName: 'mistral_ai',
    aliases: ['mistralai'],
  },
  { provider: 'groq', hosts: ['api.groq.com'], apis: ['openai'] },
  {
    provider: 'deepseek',
    hosts: ['api.deepseek.com'],
    apis: ['openai', 'anthropic'],
    aliases: ['deep_seek'],
  },
  {
    provider: 'xai',
    hosts: ['api.x.ai', '*.api.x.ai'],
    apis: ['openai', 'anthropic'],
    genAiName: 'x_ai',
    priceListName: 'x-ai',
    aliases: ['x.ai', 'grok'],
  },
  {
    provider: 'together',
    hosts: ['api.together.xyz', 'api.together.ai'],
    apis: ['openai'],
    aliases: ['together_ai', 'together-ai', 'togetherai', 'together.ai'],
  },
  {
    provider: 'fireworks',
    hosts: ['api.fireworks.ai'],
    apis: ['openai', 'anthropic'],
    aliases: ['fireworks_ai', 'fireworks-ai', 'fireworks.ai'],
  },
  {
    provider: 'openrouter',
    hosts: ['openrouter.ai', 'eu.openrouter.ai'],
    apis: ['openai', 'anthropic'],
    aliases: ['open_router'],
  },
  {
    provider: 'perplexity',
    hosts: ['api.perplexity.ai'],
    apis: ['openai'],
    noStreamOptions: true,
    aliases: ['perplexity_ai'],
  },
  {
    provider: 'moonshot',
    hosts: ['api.moonshot.ai', 'api.moonshot.cn'],
    apis: ['openai', 'anthropic'],
    genAiName: 'moonshot_ai',
    priceListName: 'moonshotai',
    aliases: ['kimi'],
  },
  {
    provider: 'alibaba',
    hosts: [
      'dashscope.aliyuncs.com',
      'dashscope-intl.aliyuncs.com',
      'dashscope-us.aliyuncs.com',
      'dashscope-finance.aliyuncs.com',
    ],
    apis: ['openai', 'anthropic'],
    priceListName: null,
  },
  {
    provider: 'cohere',
    hosts: ['api.cohere.com', 'api.cohere.ai'],
    apis: ['cohere', 'openai'],
    noStreamOptions: true,
    aliases: ['cohere_chat'],
  },
  {
    provider: 'bedrock',
    hosts: [
      'bedrock-runtime.*.amazonaws.com',
      'bedrock-runtime-fips.*.amazonaws.com',
      'bedrock-runtime.*.amazonaws.com.cn',
      'bedrock-runtime.*.api.aws',
      'bedrock-runtime-fips.*.api.aws',
    ],
    apis: ['bedrock', 'openai', 'anthropic'],
    genAiName: 'aws.bedrock',
    priceListName: 'aws',
    aliases: ['aws_bedrock', 'bedrock_converse', 'amazon_bedrock', 'amazon-bedrock'],
  },
  { provider: 'watsonx', genAiName: 'ibm.watsonx.ai', priceListName: null },
  { provider: 'github-copilot', aliases: ['github_copilot'] },
  { provider: 'minimax', aliases: ['mini_max'] },
  { provider: 'novita', aliases: ['novita_ai'] },
  { provider: 'voyageai', aliases: ['voyage', 'voyage_ai'] },
  { provider: 'zai', aliases: ['z_ai', 'z-ai', 'z.ai'] },
  { provider: 'zhipuai', aliases: ['zhipu', 'zhipu_ai', 'bigmodel'] },
];

const ROW_BY_NAME: ReadonlyMap<string, ProviderRow> = new Map([
  // Two rows may share a name in the price list. Labels come later in the map, so that they win.
  ...PROVIDERS.flatMap((row) => (row.priceListName ? [[row.priceListName, row] as const] : [])),
  ...PROVIDERS.flatMap((row) =>
    [row.provider, row.genAiName, ...(row.aliases ?? [])].flatMap((name) =>
      name === undefined ? [] : [[name, row] as const],
    ),
  ),
]);

/** `gen_ai.provider.name` of a provider; one that is not in the table keeps its name. */
export function genAiProviderName(provider: string): string {
  return rowOf(provider)?.genAiName ?? provider;
}

/** The provider's name in the price list; the given one in lower case where the list does not have it. */
export function priceListProvider(provider: string): string {
  const row = rowOf(provider);
  return row?.priceListName ?? row?.provider ?? provider.trim().toLowerCase();
}

/**
 * A model without the provider that its name begins with, such as `azure/gpt-4o`; the whole name where that is another
 * provider.
 *
 * @param provider - the provider's name in the price list.
 */
export function withoutProvider(model: string, provider: string): string {
  const slash = model.indexOf('/');
  return slash > 0 && priceListProvider(model.slice(0, slash)) === provider ? model.slice(slash + 1) : model;
}

function rowOf(provider: string): ProviderRow | undefined {
  return ROW_BY_NAME.get(provider.trim().toLowerCase());
}

import { COMPATIBLE_PROVIDERS } from './compatible-providers.js';

/** The API that a host implements. Its paths, and the wire format at each path, are in `clients/endpoints.ts`. */
export type ApiName =
  | 'openai'
  | 'anthropic'
  | 'google'
  | 'cohere'
  | 'bedrock'
  | 'mistral'
  | 'replicate'
  | 'huggingface'
  | 'ollama'
  | 'cloudflare'
  | 'typesafe'
  | 'vercel';

/**
 * A variant of an API:
 *
 * - `azure`: the model is a deployment, named by the path or the body.
 * - `gemini`: in OpenAI's format, tokens of thoughts are counted in the total only.
 * - `vertex`: the path names a publisher, whose API is used.
 */
export type Dialect = 'azure' | 'gemini' | 'vertex';

/** One provider: its hosts, its APIs and its names, which no other place repeats. */
export interface ProviderRow {
  /** The `provider` label of its requests. */
  readonly provider: string;
  /**
   * Host names by which a request is recognised, some with the beginning of the path. A `*` stands for any text. None,
   * when absent.
   */
  readonly hosts?: readonly string[];
  /** The port that a server of this kind listens on by default, by which a request on loopback is recognised. */
  readonly localPort?: number;
  /** The APIs of these hosts, in the order in which a path is looked up. */
  readonly apis?: readonly ApiName[];
  readonly dialect?: Dialect;
  /** Whether it refuses or ignores `stream_options`. */
  readonly noStreamOptions?: true;
  /** Whether its rate limits are in OpenAI's headers alone, so that no others are looked up. */
  readonly openAiRateLimits?: true;
  /** `gen_ai.provider.name` in the GenAI conventions, where it differs from `provider`. */
  readonly genAiName?: string;
  /** Name in the price list, where it differs from `provider`; `null` where the list does not have the provider. */
  readonly priceListName?: string | null;
  /** Whether the price list has its own prices for the models of the providers behind it. */
  readonly hasOwnPrices?: true;
  /** Other names in callers, frameworks and price files. Case does not matter. */
  readonly aliases?: readonly string[];
}

/** The APIs that servers of the user's own provide: vLLM, Ollama, LiteLLM and others. */
export const OWN_APIS: readonly ApiName[] = ['openai', 'anthropic'];

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
    hosts: [
      '*.openai.azure.com',
      '*.services.ai.azure.com',
      '*.cognitiveservices.azure.com',
      // API Management, in front of deployments.
      '*.azure-api.net',
      // Azure US Government, and Azure China.
      ...['us', 'cn'].flatMap((domain) => [
        `*.openai.azure.${domain}`,
        `*.services.ai.azure.${domain}`,
        `*.cognitiveservices.azure.${domain}`,
      ]),
    ],
    apis: ['openai', 'anthropic'],
    dialect: 'azure',
    genAiName: 'azure.ai.openai',
    aliases: ['az.ai.openai', 'azure_openai', 'azure-openai', 'azure_text'],
  },
  {
    provider: 'azure.ai.inference',
    hosts: ['*.models.ai.azure.com', '*.inference.ai.azure.com', '*.inference.ml.azure.com'],
    apis: ['openai', 'cohere'],
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
    apis: ['openai', 'mistral'],
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
    apis: ['openai', 'anthropic', 'typesafe'],
    hasOwnPrices: true,
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
    hosts: ['api.moonshot.ai', 'api.moonshot.cn', 'api.kimi.com'],
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
      'coding.dashscope.aliyuncs.com',
      'coding-intl.dashscope.aliyuncs.com',
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
      '*.bedrock-runtime.*.vpce.amazonaws.com',
      'bedrock-mantle.*.api.aws',
      '*.bedrock-mantle.*.vpce.amazonaws.com',
    ],
    apis: ['bedrock', 'openai', 'anthropic'],
    genAiName: 'aws.bedrock',
    priceListName: 'aws',
    aliases: ['aws_bedrock', 'bedrock_converse', 'amazon_bedrock', 'amazon-bedrock'],
  },
  // Intermediaries, whose requests name the provider behind them: see `intermediaries.ts`.
  {
    provider: 'vercel',
    hosts: ['ai-gateway.vercel.sh'],
    apis: ['openai', 'anthropic', 'vercel'],
    priceListName: null,
    aliases: ['vercel_ai_gateway'],
  },
  { provider: 'portkey', hosts: ['api.portkey.ai'], apis: ['openai', 'anthropic'], priceListName: null },
  {
    provider: 'helicone',
    hosts: ['oai.helicone.ai', 'anthropic.helicone.ai', 'gateway.helicone.ai', 'ai-gateway.helicone.ai'],
    apis: ['openai', 'anthropic', 'google', 'cohere'],
    priceListName: null,
  },
  {
    provider: 'requesty',
    hosts: ['router.requesty.ai', 'router.eu.requesty.ai'],
    apis: ['openai', 'anthropic'],
    priceListName: null,
  },
  { provider: 'replicate', hosts: ['api.replicate.com'], apis: ['replicate'], priceListName: null },
  {
    provider: 'huggingface',
    hosts: ['router.huggingface.co', '*.endpoints.huggingface.cloud'],
    apis: ['openai', 'huggingface'],
    priceListName: null,
    aliases: ['hugging_face', 'hf'],
  },
  { provider: 'watsonx', genAiName: 'ibm.watsonx.ai', priceListName: null },
  {
    provider: 'cloudflare',
    // Workers AI, and the gateway in front of other providers.
    hosts: ['api.cloudflare.com', 'gateway.ai.cloudflare.com'],
    apis: ['cloudflare', 'bedrock', 'openai', 'anthropic', 'google', 'cohere'],
    aliases: ['workers-ai', 'workers_ai'],
  },
  {
    provider: 'databricks',
    hosts: [
      '*.cloud.databricks.com',
      '*.gcp.databricks.com',
      '*.azuredatabricks.net',
      // Governments and China.
      '*.cloud.databricks.us',
      '*.cloud.databricks.mil',
      '*.databricks.azure.us',
      '*.databricks.azure.cn',
    ],
    apis: ['openai', 'anthropic', 'google'],
    priceListName: null,
  },
  { provider: 'typesafe', hosts: ['api.typesafe.ai'], apis: ['typesafe'] },
  // Its API starts agents, and reports their usage later; its models are for the editor.
  { provider: 'cursor' },
  // Servers on the user's own machine.
  {
    provider: 'ollama',
    localPort: 11_434,
    hosts: ['ollama.com'],
    apis: ['ollama', ...OWN_APIS],
    priceListName: null,
  },
  { provider: 'lmstudio', localPort: 1234, apis: OWN_APIS, priceListName: null, aliases: ['lm_studio'] },
  { provider: 'vllm', localPort: 8000, apis: OWN_APIS, priceListName: null, aliases: ['hosted_vllm'] },
  { provider: 'litellm', localPort: 4000, apis: OWN_APIS, priceListName: null, aliases: ['litellm_proxy'] },
  { provider: 'llamacpp', localPort: 8080, apis: OWN_APIS, priceListName: null, aliases: ['llama.cpp'] },
  ...COMPATIBLE_PROVIDERS.map(
    ({ hasAnthropicApi, ...row }): ProviderRow => ({
      ...row,
      apis: hasAnthropicApi ? ['openai', 'anthropic'] : ['openai'],
    }),
  ),
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
  const row = rowOf(provider) ?? routeOf(provider)?.upstream;
  return row === undefined ? provider : (row.genAiName ?? row.provider);
}

/** The provider's name in the price list; the given one in lower case where the list does not have it. */
export function priceListProvider(provider: string): string {
  const row = rowOf(provider) ?? sellerOf(provider);
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

/** The row of a provider by any of its names, in any case, with blanks, hyphens or underscores between the words. */
export function providerNamed(name: string): ProviderRow | undefined {
  return rowOf(name) ?? rowOf(name.replace(/[\s-]+/g, '_')) ?? rowOf(name.replace(/[\s_]+/g, '-'));
}

/** The provider whose prices apply to a label such as `vercel/openai`. */
function sellerOf(label: string): ProviderRow | undefined {
  const route = routeOf(label);
  return route?.intermediary.hasOwnPrices ? route.intermediary : route?.upstream;
}

/** The two providers of a label such as `vercel/openai`; `undefined` for any other label. */
function routeOf(
  label: string,
): { readonly intermediary: ProviderRow; readonly upstream: ProviderRow } | undefined {
  const slash = label.indexOf('/');
  if (slash === -1) return undefined;
  const [intermediary, upstream] = [rowOf(label.slice(0, slash)), rowOf(label.slice(slash + 1))];
  return intermediary && upstream && { intermediary, upstream };
}

/** The row of a provider, by any of its names. */
export function rowOf(provider: string): ProviderRow | undefined {
  return ROW_BY_NAME.get(provider.trim().toLowerCase());
}

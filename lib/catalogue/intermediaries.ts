import { type ProviderRow, providerNamed } from './providers.js';

/** How the provider behind an intermediary is found before a call is made, and in the answer. */
export interface Intermediary {
  /** The provider behind one of its hosts. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Its path, which names the provider in the group `provider`. */
  readonly path?: RegExp;
  /** Headers of the request that name the provider, and what their value is. The first one that does so counts. */
  readonly headers?: readonly (readonly [name: string, value: 'name' | 'url' | 'config'])[];
  /** The names of its models, which name the provider in the group `provider`, and the path at which they do. */
  readonly model?: { readonly pattern: RegExp; readonly path?: RegExp };
  /** Headers of its own protocol: the first of these has the model, the other says whether the answer is streamed. */
  readonly own?: { readonly models: readonly string[]; readonly streaming: string };
  /** Its path for a model that the body need not name, in the group `model`. */
  readonly pathModel?: RegExp;
  /** Headers of the answer: the provider that answered, and the model, after the provider or alone. */
  readonly answer?: { readonly provider?: string; readonly model?: string; readonly fallbacks?: string };
  /** Its names of providers, where they are not names of `PROVIDERS`. */
  readonly names?: Readonly<Record<string, string>>;
  /** Names in its answers that mean something else in its requests. */
  readonly answerNames?: Readonly<Record<string, string>>;
}

/** `openai/gpt-4o`: the maker of the model, which is a provider for the models of most makers. */
const MAKER_FIRST = /^(?<provider>[^/]+)\//;

/**
 * Gateways and routers between a client and a provider, by their name in `PROVIDERS`.
 *
 * - Vercel: https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions
 * - Cloudflare: https://developers.cloudflare.com/ai-gateway/usage/providers/, and for its answers
 *   https://developers.cloudflare.com/ai-gateway/features/dynamic-routing/usage
 * - Portkey: https://portkey.ai/docs/api-reference/inference-api/headers
 * - Helicone: https://docs.helicone.ai/getting-started/integration-method/gateway
 * - LiteLLM: https://docs.litellm.ai/docs/proxy/response_headers and https://docs.litellm.ai/docs/pass_through/intro
 * - OpenRouter: https://openrouter.ai/docs/api-reference/overview
 * - Requesty: https://docs.requesty.ai/quickstart
 */
export const INTERMEDIARIES: Readonly<Record<string, Intermediary>> = Object.freeze({
  __proto__: null as never,
  vercel: {
    model: { pattern: MAKER_FIRST },
    // Those of `@ai-sdk/gateway`.
    own: { models: ['ai-language-model-id', 'ai-model-id'], streaming: 'ai-language-model-streaming' },
  },
  cloudflare: {
    path: /^\/v1\/[^/]+\/[^/]+\/(?<provider>[^/]+)\//,
    model: { pattern: MAKER_FIRST, path: /^\/v1\/[^/]+\/[^/]+\/compat\// },
    pathModel: /^\/v1\/[^/]+\/[^/]+\/azure-openai\/[^/]+\/(?<model>[^/]+)\//,
    answer: { provider: 'cf-aig-provider', model: 'cf-aig-model' },
    names: {
      'aws-bedrock': 'bedrock',
      'google-ai-studio': 'google',
      'google-vertex-ai': 'vertex',
      'workers-ai': 'cloudflare',
    },
  },
  portkey: {
    headers: [
      ['x-portkey-provider', 'name'],
      ['x-portkey-config', 'config'],
    ],
    model: { pattern: /^@(?<provider>[^/]+)\// },
    answer: { provider: 'x-portkey-provider' },
  },
  helicone: {
    hosts: { 'oai.helicone.ai': 'openai', 'anthropic.helicone.ai': 'anthropic' },
    headers: [['helicone-target-url', 'url']],
    // A list of fallbacks names several models, of which the first is asked first.
    model: { pattern: /^[^/,]+\/(?<provider>[^/,]+)/ },
  },
  litellm: {
    // Not the path that Azure's clients use, which names any model.
    path: /^\/(?!openai\/deployments\/)(?<provider>openai|anthropic|gemini|vertex_ai|azure|bedrock|cohere|mistral)\//,
    model: { pattern: MAKER_FIRST },
    answer: { model: 'x-litellm-model-name', fallbacks: 'x-litellm-attempted-fallbacks' },
  },
  openrouter: {
    model: { pattern: MAKER_FIRST },
    // Google's models run on Vertex AI as well as on Google AI Studio.
    answerNames: { google: 'vertex', 'google-ai-studio': 'google' },
  },
  requesty: { model: { pattern: MAKER_FIRST } },
});

/** The provider that a match of one of the patterns above names. */
export function providerBehind(rules: Intermediary, match: RegExpExecArray | null): ProviderRow | undefined {
  const name = match?.groups?.['provider']?.toLowerCase();
  return name === undefined ? undefined : providerNamed(rules.names?.[name] ?? name);
}

/**
 * The provider behind an intermediary that the path of a URL names. Its API and its dialect then apply.
 *
 * @param provider - the intermediary.
 */
export function upstreamInPath(provider: string, path: string): ProviderRow | undefined {
  const rules = INTERMEDIARIES[provider];
  return rules?.path === undefined ? undefined : providerBehind(rules, rules.path.exec(path));
}

/**
 * The label of the provider that an answer names: that of the provider table or, where the table has none, the name in
 * lower case.
 *
 * @param label - the label of the request, such as `openrouter/openai`.
 */
export function answeringProvider(label: string, name: string): string {
  const rules = INTERMEDIARIES[label.split('/', 1)[0] ?? ''];
  const word = name.trim().toLowerCase().replaceAll(' ', '-');
  const spelled = rules?.answerNames?.[word] ?? rules?.names?.[word] ?? word;
  return providerNamed(spelled)?.provider ?? spelled;
}

/**
 * The label of the provider whose prices apply to an answer: `vercel/azure` where a request to `vercel/openai` was
 * answered by Azure.
 *
 * @param upstream - the provider that the answer names, if it names one.
 * @param isFallback - whether it answered with another model, which a provider that the label names alone may not have.
 */
export function pricedProvider(label: string, upstream: string | undefined, isFallback = false): string {
  const [intermediary = ''] = label.split('/', 1);
  if (upstream === undefined || providerNamed(upstream) === undefined) return label;
  if (INTERMEDIARIES[intermediary] !== undefined) return `${intermediary}/${upstream}`;
  return isFallback ? upstream : label;
}

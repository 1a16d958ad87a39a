import type { ApiName } from './endpoints.js';

/** A provider, and how to tell it by the host that is called. */
export interface ProviderRow {
  /** The `provider` label. */
  readonly provider: string;
  /** Whole host names. */
  readonly hosts?: readonly string[];
  /** Ends of host names. */
  readonly suffixes?: readonly string[];
  /** What a host name that ends so must begin with. */
  readonly prefix?: string;
  readonly apis: readonly ApiName[];
  /**
   * - `azure`: the model is a deployment, named by the path or the body.
   * - `gemini`: speaks OpenAI's format with a count of its own.
   * - `vertex`: the path names a publisher, whose API is spoken.
   */
  readonly dialect?: 'azure' | 'gemini' | 'vertex';
  /** Whether it refuses `stream_options`, or has no use for them. */
  readonly noStreamOptions?: true;
}

/** Every provider that is recognised without being told of. Many speak several APIs. */
export const PROVIDERS: readonly ProviderRow[] = [
  { provider: 'openai', hosts: ['api.openai.com'], suffixes: ['.api.openai.com'], apis: ['openai'] },
  {
    provider: 'azure',
    suffixes: ['.openai.azure.com', '.services.ai.azure.com', '.cognitiveservices.azure.com'],
    apis: ['openai', 'anthropic'],
    dialect: 'azure',
  },
  { provider: 'anthropic', hosts: ['api.anthropic.com'], apis: ['anthropic', 'openai'] },
  {
    provider: 'google',
    hosts: ['generativelanguage.googleapis.com'],
    apis: ['google', 'openai'],
    dialect: 'gemini',
  },
  {
    provider: 'vertex',
    hosts: ['aiplatform.googleapis.com'],
    suffixes: ['-aiplatform.googleapis.com'],
    apis: ['google', 'openai'],
    dialect: 'vertex',
  },
  {
    provider: 'vertex',
    suffixes: ['.rep.googleapis.com'],
    prefix: 'aiplatform.',
    apis: ['google', 'openai'],
    dialect: 'vertex',
  },
  {
    provider: 'mistral',
    hosts: ['api.mistral.ai', 'codestral.mistral.ai'],
    apis: ['openai'],
    noStreamOptions: true,
  },
  { provider: 'groq', hosts: ['api.groq.com'], apis: ['openai'] },
  { provider: 'deepseek', hosts: ['api.deepseek.com'], apis: ['openai', 'anthropic'] },
  { provider: 'xai', hosts: ['api.x.ai'], suffixes: ['.api.x.ai'], apis: ['openai', 'anthropic'] },
  { provider: 'together', hosts: ['api.together.xyz', 'api.together.ai'], apis: ['openai'] },
  { provider: 'fireworks', hosts: ['api.fireworks.ai'], apis: ['openai', 'anthropic'] },
  { provider: 'openrouter', hosts: ['openrouter.ai', 'eu.openrouter.ai'], apis: ['openai', 'anthropic'] },
  { provider: 'perplexity', hosts: ['api.perplexity.ai'], apis: ['openai'], noStreamOptions: true },
  { provider: 'moonshot', hosts: ['api.moonshot.ai', 'api.moonshot.cn'], apis: ['openai', 'anthropic'] },
  {
    provider: 'alibaba',
    hosts: [
      'dashscope.aliyuncs.com',
      'dashscope-intl.aliyuncs.com',
      'dashscope-us.aliyuncs.com',
      'dashscope-finance.aliyuncs.com',
    ],
    apis: ['openai', 'anthropic'],
  },
  {
    provider: 'cohere',
    hosts: ['api.cohere.com', 'api.cohere.ai'],
    apis: ['cohere', 'openai'],
    noStreamOptions: true,
  },
  {
    // Its own API does not go through fetch in the AWS SDK; see `bedrockMiddleware`.
    provider: 'bedrock',
    suffixes: ['.amazonaws.com'],
    prefix: 'bedrock-runtime.',
    apis: ['openai', 'anthropic'],
  },
];

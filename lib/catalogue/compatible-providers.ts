/** A provider whose hosts implement OpenAI's API under some path, and no API of another form. */
export interface CompatibleProvider {
  /** As in the table of all providers. */
  readonly provider: string;
  readonly hosts: readonly string[];
  /** Whether they implement Anthropic's API as well. */
  readonly hasAnthropicApi?: true;
  readonly priceListName?: string | null;
  readonly aliases?: readonly string[];
}

/** Providers in the price list. */
const PRICED: readonly CompatibleProvider[] = [
  { provider: 'arcee', hosts: ['api.arcee.ai'] },
  { provider: 'avian', hosts: ['api.avian.io'] },
  // Dedicated deployments have a host each.
  {
    provider: 'baseten',
    hosts: ['inference.baseten.co', 'model-*.api.baseten.co', 'chain-*.api.baseten.co'],
    hasAnthropicApi: true,
  },
  { provider: 'cerebras', hosts: ['api.cerebras.ai'] },
  { provider: 'doubleword', hosts: ['api.doubleword.ai'] },
  {
    provider: 'github-copilot',
    // Plans of individuals, businesses and enterprises have a host each.
    hosts: ['api.githubcopilot.com', 'api.*.githubcopilot.com'],
    hasAnthropicApi: true,
    aliases: ['github_copilot'],
  },
  {
    provider: 'minimax',
    hosts: ['api.minimax.io', 'api.minimaxi.com', 'api.minimax.chat'],
    hasAnthropicApi: true,
    aliases: ['mini_max'],
  },
  // Each deployed server has a host of its own.
  { provider: 'modal', hosts: ['*.modal.run', '*.modal.direct'] },
  { provider: 'novita', hosts: ['api.novita.ai'], hasAnthropicApi: true, aliases: ['novita_ai'] },
  {
    provider: 'ovhcloud',
    hosts: ['oai.endpoints.kepler.ai.cloud.ovh.net', '*.endpoints.kepler.ai.cloud.ovh.net'],
    aliases: ['ovh'],
  },
  { provider: 'quicksilverpro', hosts: ['api.quicksilverpro.io'] },
  // The second host is that of MongoDB, which sells the same models.
  { provider: 'voyageai', hosts: ['api.voyageai.com', 'ai.mongodb.com'], aliases: ['voyage', 'voyage_ai'] },
  { provider: 'zai', hosts: ['api.z.ai'], hasAnthropicApi: true, aliases: ['z_ai', 'z-ai', 'z.ai'] },
  {
    provider: 'zhipuai',
    hosts: ['open.bigmodel.cn'],
    hasAnthropicApi: true,
    aliases: ['zhipu', 'zhipu_ai', 'bigmodel'],
  },
];

/** Providers that Hugging Face routes to by the first part of the path, with prices for each in the price list. */
const HUGGING_FACE_ROUTES = [
  'cerebras',
  'fireworks-ai',
  'groq',
  'hyperbolic',
  'nebius',
  'novita',
  'nscale',
  'ovhcloud',
  'publicai',
  'sambanova',
  'together',
] as const;

const HUGGING_FACE: readonly CompatibleProvider[] = HUGGING_FACE_ROUTES.map((route) => ({
  provider: `huggingface/${route}`,
  hosts: [`router.huggingface.co/${route}`],
  priceListName: `huggingface_${route}`,
}));

/** Providers that the price list does not have. */
const UNPRICED: readonly CompatibleProvider[] = [
  { provider: 'ai21', hosts: ['api.ai21.com'] },
  { provider: 'baidu', hosts: ['qianfan.baidubce.com'], aliases: ['qianfan'] },
  { provider: 'bytedance', hosts: ['ark.*.bytepluses.com'], aliases: ['byteplus'] },
  { provider: 'chutes', hosts: ['llm.chutes.ai'] },
  { provider: 'deepinfra', hosts: ['api.deepinfra.com'], hasAnthropicApi: true, aliases: ['deep_infra'] },
  {
    provider: 'digitalocean',
    hosts: ['inference.do-ai.run', '*.agents.do-ai.run'],
    aliases: ['gradient_ai'],
  },
  { provider: 'featherless', hosts: ['api.featherless.ai'], aliases: ['featherless_ai', 'featherless-ai'] },
  { provider: 'friendli', hosts: ['api.friendli.ai'], aliases: ['friendliai'] },
  {
    provider: 'github-models',
    hosts: ['models.github.ai', 'models.inference.ai.azure.com'],
    aliases: ['github', 'github_models'],
  },
  { provider: 'heroku', hosts: ['*.inference.heroku.com'] },
  { provider: 'hyperbolic', hosts: ['api.hyperbolic.xyz'] },
  { provider: 'inception', hosts: ['api.inceptionlabs.ai'] },
  { provider: 'inference.net', hosts: ['api.inference.net'] },
  { provider: 'jina', hosts: ['api.jina.ai', 'deepsearch.jina.ai'], aliases: ['jina_ai', 'jinaai'] },
  { provider: 'lambda', hosts: ['api.lambda.ai'], aliases: ['lambda_ai'] },
  { provider: 'meta', hosts: ['api.llama.com', 'api.meta.ai'], aliases: ['meta_llama', 'llama'] },
  { provider: 'modelscope', hosts: ['api-inference.modelscope.cn'] },
  { provider: 'morph', hosts: ['api.morphllm.com'] },
  {
    provider: 'nebius',
    hosts: [
      'api.tokenfactory.nebius.com',
      'api.tokenfactory.*.nebius.com',
      'api.studio.nebius.com',
      'api.studio.nebius.ai',
    ],
  },
  { provider: 'nscale', hosts: ['inference.api.nscale.com'] },
  {
    provider: 'nvidia',
    hosts: ['integrate.api.nvidia.com', 'ai.api.nvidia.com'],
    aliases: ['nvidia_nim', 'nim'],
  },
  { provider: 'publicai', hosts: ['api.publicai.co'] },
  { provider: 'reka', hosts: ['api.reka.ai'] },
  { provider: 'sambanova', hosts: ['api.sambanova.ai'], aliases: ['samba_nova'] },
  { provider: 'scaleway', hosts: ['api.scaleway.ai', '*.ifr.fr-par.scaleway.com'] },
  { provider: 'siliconflow', hosts: ['api.siliconflow.com', 'api.siliconflow.cn'], hasAnthropicApi: true },
  {
    provider: 'snowflake',
    hosts: ['*.snowflakecomputing.com/api/v2/cortex'],
    hasAnthropicApi: true,
    aliases: ['cortex'],
  },
  { provider: 'stepfun', hosts: ['api.stepfun.com', 'api.stepfun.ai'] },
  { provider: 'tencent', hosts: ['api.hunyuan.cloud.tencent.com'], aliases: ['hunyuan'] },
  { provider: 'upstage', hosts: ['api.upstage.ai'] },
  { provider: 'v0', hosts: ['api.v0.dev'] },
  { provider: 'venice', hosts: ['api.venice.ai'], aliases: ['veniceai'] },
  {
    provider: 'volcengine',
    hosts: ['ark.*.volces.com'],
    hasAnthropicApi: true,
    aliases: ['volces', 'ark', 'doubao'],
  },
  { provider: 'vultr', hosts: ['api.vultrinference.com'] },
  { provider: 'wandb', hosts: ['api.inference.wandb.ai'] },
  { provider: 'writer', hosts: ['api.writer.com'] },
  { provider: 'xiaomi', hosts: ['api.xiaomimimo.com'], hasAnthropicApi: true, aliases: ['xiaomi_mimo'] },
].map((row) => ({ ...row, priceListName: null }) as CompatibleProvider);

/** The providers whose API is OpenAI's, and for some Anthropic's, under hosts of their own. */
export const COMPATIBLE_PROVIDERS: readonly CompatibleProvider[] = [...PRICED, ...HUGGING_FACE, ...UNPRICED];

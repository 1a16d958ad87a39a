import { compilePattern, type Matcher } from '../catalogue/names.js';

/** What a service tier costs, as a multiple of the standard rates. Fees that are not for tokens do not change. */
export interface ServiceTierMultiplier {
  /** Name in the price list or as recorded; may end in `*`. */
  readonly provider: string;
  /** Name in the price list or as recorded; may end in `*`. All models, when absent. */
  readonly model?: string | undefined;
  /** Its name in answers, such as `batch`, `flex` or `priority`. */
  readonly tier: string;
  readonly multiplier: number;
  /** For reads from the prompt cache, where their discount differs; `multiplier`, when absent. */
  readonly cacheReadMultiplier?: number | undefined;
}

/** What a service tier does to the rates. */
export interface Multiplier {
  readonly tokens: number;
  /** For reads from the prompt cache. */
  readonly cacheRead: number;
}

/** The standard service tier. */
export const STANDARD: Multiplier = { tokens: 1, cacheRead: 1 };

interface Sourced extends ServiceTierMultiplier {
  readonly source: string;
}

const OPENAI_FAST = 'https://openai.com/api-fast-mode/';
/** The earlier page, which lists the older models. All three rates rise by the same factor. */
const OPENAI_PRIORITY_PAGE = 'https://openai.com/api-priority-processing/';
const OPENAI_PRICING = 'https://developers.openai.com/api/docs/pricing';

const ANTHROPIC_PRICING = 'https://platform.claude.com/docs/en/about-claude/pricing';

/** The models of Anthropic before Opus and Sonnet 4.6. */
const CLAUDE_BEFORE_4_6 = [
  'claude-3*',
  'claude-opus-4-0*',
  'claude-opus-4-1*',
  'claude-opus-4-2*',
  'claude-opus-4-5*',
  'claude-sonnet-4-0*',
  'claude-sonnet-4-2*',
  'claude-sonnet-4-5*',
  'claude-haiku-4-5*',
] as const;

/** OpenAI's priority processing, which it calls fast mode since 2026-07: priority rate / standard rate. */
const OPENAI_FAST_MULTIPLES: Readonly<Record<string, number>> = {
  'gpt-5.6-sol': 8 / 4,
  'gpt-5.6-terra': 4 / 2,
  'gpt-5.6-luna': 0.4 / 0.2,
  'gpt-5.5': 12.5 / 5,
  'gpt-5.4': 5 / 2.5,
  'gpt-5.4-mini': 1.5 / 0.75,
  'gpt-5.2': 3.5 / 1.75,
  'gpt-5.1': 2.5 / 1.25,
  'gpt-5': 2.5 / 1.25,
  'gpt-5-mini': 0.45 / 0.25,
};

/** The same for older models of OpenAI: USD for a million tokens of input, priority / standard. */
const OPENAI_PRIORITY_MULTIPLES: Readonly<Record<string, number>> = {
  'gpt-4.1': 3.5 / 2,
  'gpt-4.1-mini': 0.7 / 0.4,
  'gpt-4.1-nano': 0.2 / 0.1,
  'gpt-4o': 4.25 / 2.5,
  'gpt-4o-mini': 0.25 / 0.15,
  o3: 3.5 / 2,
  'o4-mini': 2 / 1.1,
};

/**
 * Published multiples of the standard rates, the first row that matches counts. A tier without a row has no
 * published multiple, or is sold by commitment (`scale`, `provisioned_throughput`, Anthropic's `priority`): its
 * requests are unpriced until the user sets a price.
 */
export const SERVICE_TIERS: readonly Sourced[] = [
  { provider: 'openai', tier: 'batch', multiplier: 0.5, source: OPENAI_PRICING },
  { provider: 'openai', tier: 'flex', multiplier: 0.5, source: OPENAI_PRICING },
  ...openAiPriority(OPENAI_FAST_MULTIPLES, OPENAI_FAST),
  ...openAiPriority(OPENAI_PRIORITY_MULTIPLES, OPENAI_PRIORITY_PAGE),
  {
    provider: 'azure',
    tier: 'batch',
    multiplier: 0.5,
    source: 'https://learn.microsoft.com/azure/ai-services/openai/how-to/batch',
  },
  {
    provider: 'anthropic',
    tier: 'batch',
    multiplier: 0.5,
    source: ANTHROPIC_PRICING,
  },
  // Inference that is kept in the United States costs more from 4.6 on.
  ...CLAUDE_BEFORE_4_6.map((model) => ({
    provider: 'anthropic',
    model,
    tier: 'us',
    multiplier: 1,
    source: ANTHROPIC_PRICING,
  })),
  { provider: 'anthropic', tier: 'us', multiplier: 1.1, source: ANTHROPIC_PRICING },
  // A fee by the size of the search context is a rate of the tier; other prices do not depend on it.
  ...['search_context_medium', 'search_context_high'].map((tier) => ({
    provider: 'perplexity',
    tier,
    multiplier: 1,
    source: 'https://docs.perplexity.ai/docs/getting-started/pricing',
  })),
  {
    provider: 'google',
    model: 'gemini-*',
    tier: 'batch',
    multiplier: 0.5,
    // "The discounts for cache and batch don't stack."
    cacheReadMultiplier: 1,
    source: 'https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/batch-prediction-gemini',
  },
  {
    provider: 'google',
    model: 'gemini-*',
    tier: 'flex',
    multiplier: 0.5,
    source: 'https://ai.google.dev/gemini-api/docs/optimization',
  },
  ...['gemini-3.7-flash', 'gemini-3.8-flash'].map((model) => ({
    provider: 'google',
    model,
    tier: 'priority',
    multiplier: 1.8,
    source: 'https://ai.google.dev/gemini-api/docs/pricing',
  })),
  { provider: 'aws', tier: 'batch', multiplier: 0.5, source: 'https://aws.amazon.com/bedrock/pricing/' },
  { provider: 'groq', tier: 'batch', multiplier: 0.5, source: 'https://console.groq.com/docs/batch' },
  { provider: 'groq', tier: 'flex', multiplier: 1, source: 'https://console.groq.com/docs/flex-processing' },
  {
    provider: 'mistral',
    tier: 'batch',
    multiplier: 0.5,
    source: 'https://docs.mistral.ai/capabilities/batch/',
  },
  {
    provider: 'fireworks',
    tier: 'batch',
    multiplier: 0.5,
    source: 'https://docs.fireworks.ai/serverless/pricing',
  },
  {
    provider: 'moonshotai',
    model: 'kimi-k2.5',
    tier: 'batch',
    multiplier: 0.6,
    source: 'https://platform.kimi.ai/docs/pricing/batch',
  },
  {
    provider: 'minimax',
    model: 'minimax-m3',
    tier: 'priority',
    multiplier: 1.5,
    source: 'https://platform.minimax.io/docs/guides/pricing-paygo',
  },
  {
    provider: 'voyageai',
    tier: 'batch',
    multiplier: 0.67,
    source: 'https://docs.voyageai.com/docs/pricing',
  },
];

function openAiPriority(multiples: Readonly<Record<string, number>>, source: string): Sourced[] {
  return Object.entries(multiples).map(([model, multiplier]) => ({
    provider: 'openai',
    model,
    tier: 'priority',
    multiplier,
    source,
  }));
}

/** Names of the standard tier. `auto` appears in requests only; answers name the tier that was used. */
const STANDARD_NAMES: ReadonlySet<string> = new Set([
  '',
  'default',
  'standard',
  'standard_only',
  'auto',
  'on_demand',
  'unspecified',
  'traffic_type_unspecified',
]);

/** Other names of a tier, those of Vertex AI's `trafficType` among them. */
const TIER_ALIASES: ReadonlyMap<string, string> = new Map([
  ['fast', 'priority'],
  ['batches', 'batch'],
  ['on_demand_flex', 'flex'],
  ['on_demand_priority', 'priority'],
]);

/** Stands between several things that change the rates of one request: `batch+us`. */
const TIER_SEPARATOR = '+';

/** The canonical name of a tier; undefined for the standard one, and for values that are not names, such as `null`. */
export function serviceTierName(tier: unknown): string | undefined {
  if (typeof tier !== 'string') return undefined;
  const names = tier
    .toLowerCase()
    .split(TIER_SEPARATOR)
    .map((name) => name.trim());
  const special = names.filter((name) => !STANDARD_NAMES.has(name));
  if (special.length === 0) return undefined;
  return special.map((name) => TIER_ALIASES.get(name) ?? name).join(TIER_SEPARATOR);
}

/** The tiers in a canonical name. */
export function tiersIn(name: string): readonly string[] {
  return name.split(TIER_SEPARATOR);
}

/** Finds what a tier, by its canonical name, does to the rates of a model. */
export type FindMultiplier = (
  tier: string,
  providers: readonly string[],
  models: readonly string[],
) => Multiplier | undefined;

/**
 * Compiles the table of multiples.
 *
 * @param userRows - rows of the user, which take precedence over the published ones.
 */
export function createServiceTiers(userRows: readonly ServiceTierMultiplier[] = []): FindMultiplier {
  const byTier = new Map<string, { isProvider: Matcher; isModel: Matcher; multiplier: Multiplier }[]>();
  for (const row of [...userRows, ...SERVICE_TIERS]) {
    const tier = serviceTierName(row.tier) ?? row.tier;
    const rows = byTier.get(tier) ?? [];
    byTier.set(tier, rows);
    rows.push({
      isProvider: compilePattern(row.provider),
      isModel: compilePattern(row.model ?? '*'),
      multiplier: { tokens: row.multiplier, cacheRead: row.cacheReadMultiplier ?? row.multiplier },
    });
  }
  return (tier, providers, models) =>
    byTier.get(tier)?.find(({ isProvider, isModel }) => providers.some(isProvider) && models.some(isModel))
      ?.multiplier;
}

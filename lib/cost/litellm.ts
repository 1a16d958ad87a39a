import { priceListProvider, withoutProvider } from '../catalogue/providers.js';
import { isRecord } from '../config/issues.js';
import { type Price, type RateName, type TieredRates, UNITS } from './rates.js';

/** Prices in the format of LiteLLM's `model_prices_and_context_window.json`: fields by model, in US dollars per unit. */
export type LiteLlmPrices = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const PER_MILLION = 1_000_000;

/** Fields of LiteLLM's format with the price of one token, and the rate that each one is. */
const TOKEN_FIELDS: Readonly<Record<string, RateName>> = {
  input_cost_per_token: 'input',
  output_cost_per_token: 'output',
  cache_read_input_token_cost: 'cacheRead',
  input_cost_per_token_cache_hit: 'cacheRead',
  cache_creation_input_token_cost: 'cacheWrite',
  cache_creation_input_token_cost_above_1hr: 'cacheWrite1h',
  output_cost_per_reasoning_token: 'reasoning',
  input_cost_per_audio_token: 'inputAudio',
  cache_read_input_audio_token_cost: 'cacheReadAudio',
  output_cost_per_audio_token: 'outputAudio',
  input_cost_per_image_token: 'inputImage',
  cache_read_input_image_token_cost: 'cacheReadImage',
  output_cost_per_image_token: 'outputImage',
};

interface Field {
  readonly rate: RateName | 'perRequest';
  /** The number of the field times this is the rate. */
  readonly times: number;
}

/** All fields of prices. */
const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ...Object.entries(TOKEN_FIELDS).map(([name, rate]): [string, Field] => [
    name,
    { rate, times: PER_MILLION },
  ]),
  ['input_cost_per_second', { rate: 'inputAudioPerHour', times: 3600 }],
  ['input_cost_per_request', { rate: 'perRequest', times: 1 }],
  ['input_cost_per_query', { rate: 'perRequest', times: 1 }],
]);

/** `input_cost_per_token_above_200k_tokens_priority`: rate, thousands of tokens, service tier. */
const FIELD = /^(?<field>.+?)(?:_above_(?<thousands>\d+)k_tokens)?(?:_(?<tier>priority|flex|batches))?$/;

/** Top-level keys of the file that are not models. */
const NO_MODELS: ReadonlySet<string> = new Set(['sample_spec', 'fallback_generalizations']);

/** The rates without which a model has no price. */
const ROOTS = ['input', 'output', 'perRequest', 'inputAudioPerHour'] as const;

const ROOT_OF: ReadonlyMap<string, string | undefined> = new Map(
  UNITS.map(({ name, within }) => [name, within.at(-1)]),
);

/** True for prices in LiteLLM's format, the only one with `litellm_provider`. */
export function isLiteLlmPrices(value: Record<string, unknown>): boolean {
  return Object.entries(value).some(([model, entry]) => {
    const { litellm_provider: provider } = isRecord(entry) ? entry : {};
    return !NO_MODELS.has(model) && typeof provider === 'string';
  });
}

/** One model of LiteLLM's format. */
export interface LiteLlmModel {
  readonly provider: string;
  readonly model: string;
  /**
   * Absent for a model that costs nothing, or is billed by anything but tokens, time or requests. Unknown fields are
   * ignored, as the schema of the format says. The rates are not checked yet.
   */
  readonly price: Price | undefined;
}

/**
 * Reads one member of LiteLLM's file.
 *
 * @returns undefined for a wrong member; `'none'` for one that is not a model.
 */
export function readLiteLlmModel(name: string, entry: unknown): LiteLlmModel | 'none' | undefined {
  if (NO_MODELS.has(name)) return 'none';
  const { litellm_provider: provider } = isRecord(entry) ? entry : {};
  if (!isRecord(entry) || typeof provider !== 'string') return undefined;
  const listed = priceListProvider(provider);
  return { provider: listed, model: withoutProvider(name, listed), price: priceOf(entry) };
}

function priceOf(entry: Record<string, unknown>): Price | undefined {
  const standard = new GatheredRates();
  const byTier = new Map<string, GatheredRates>();
  for (const [name, value] of Object.entries(entry)) {
    const { field = '', thousands, tier } = FIELD.exec(name)?.groups ?? {};
    const known = FIELDS.get(field);
    if (known === undefined || value === null) continue;
    const rates = tier === undefined ? standard : (byTier.get(tier) ?? new GatheredRates());
    if (tier !== undefined) byTier.set(tier, rates);
    const price = typeof value === 'number' ? value * known.times : value;
    rates.set(known.rate, thousands === undefined ? 0 : Number(thousands) * 1000, price);
  }
  const { search_context_cost_per_query: searchCosts } = entry;
  const webSearch = webSearchRate(searchCosts);
  if (webSearch !== undefined) standard.set('webSearchPer1000', 0, webSearch);
  const price = standard.rates((name) => standard.has(name));
  // The format writes 0 for unknown prices; using it as a price would hide the cost.
  if (!ROOTS.some((root) => price[root] !== undefined && price[root] !== 0)) return undefined;
  if (byTier.size === 0) return price;
  const serviceTiers = [...byTier].map(
    ([tier, rates]) => [tier, rates.rates((name) => rates.has(name) || standard.has(name))] as const,
  );
  return { ...price, serviceTiers: Object.fromEntries(serviceTiers) };
}

/** The price of 1,000 searches, where there is one: some models charge by a size that no usage reports. */
function webSearchRate(costs: unknown): number | undefined {
  if (!isRecord(costs)) return undefined;
  const [first, ...others] = Object.values(costs);
  return typeof first === 'number' && others.every((other) => other === first) ? first * 1000 : undefined;
}

/** Gathers rates and their long-context tiers, in any order of the fields. */
class GatheredRates {
  /** By the number of input tokens they hold above; 0 for the base. */
  private readonly tiers = new Map<number, Map<string, unknown>>([[0, new Map()]]);

  set(rate: string, aboveInputTokens: number, price: unknown): void {
    const tier = this.tiers.get(aboveInputTokens) ?? new Map<string, unknown>();
    this.tiers.set(aboveInputTokens, tier.set(rate, price));
  }

  has(rate: string): boolean {
    return this.tiers.get(0)?.has(rate) === true;
  }

  /**
   * The gathered rates, without those of a part or a tier whose whole has none. The numbers are not checked.
   */
  rates(hasBase: (rate: string) => boolean): TieredRates {
    const [base = {}, ...tiers] = [...this.tiers].map(([aboveInputTokens, rates]) => {
      const kept = [...rates].filter(([rate]) => hasBase(rate) && hasBase(ROOT_OF.get(rate) ?? rate));
      return { ...(aboveInputTokens > 0 ? { aboveInputTokens } : {}), ...Object.fromEntries(kept) };
    });
    return (tiers.length === 0 ? base : { ...base, tiers }) as TieredRates;
  }
}

import { type CompiledPrice, compilePrice, type RateSource } from './compiled-price.js';
import { type DatedPrice, readConstraint } from './dated-price.js';
import type { Unit } from './units.js';

/** The price of one model as the price list has it: a number or a base with tiers, by key. */
export type ListPrice = Readonly<Record<string, unknown>>;

/** What the price list says of a model, as far as a price depends on it. */
export interface ListModel {
  readonly provider: string;
  readonly model: string;
  readonly prices: ListPrice | readonly { readonly constraint?: object; readonly prices: ListPrice }[];
}

/** Providers that bill at least so many seconds of audio, by model, as they document. */
const MINIMUM_AUDIO_SECONDS: Readonly<Record<string, number>> = {
  'groq/whisper-large-v3': 10,
  'groq/whisper-large-v3-turbo': 10,
};

/** A write to Claude's prompt cache for one hour costs twice the input, wherever Claude is sold. */
const CLAUDE_CACHE_WRITE_1H = 2;

/**
 * Compiles what the price list has for a model.
 *
 * @returns undefined when that says nothing, which the list does for models without a published price. Only a
 * model whose very name says `:free` costs nothing.
 */
export function compileListModel(listed: ListModel): readonly DatedPrice[] | undefined {
  const { prices } = listed;
  if (!Array.isArray(prices)) {
    const price = compileListPrice(listed, prices as ListPrice);
    return price === undefined ? undefined : [{ price, when: undefined }];
  }
  const dated: DatedPrice[] = [];
  for (const { constraint, prices: at } of prices) {
    const when = constraint === undefined ? undefined : readConstraint(constraint);
    const price = compileListPrice(listed, at);
    if (price === undefined || (constraint !== undefined && when === undefined)) return undefined;
    dated.push({ price, when });
  }
  return dated;
}

function compileListPrice({ provider, model }: ListModel, prices: ListPrice): CompiledPrice | undefined {
  const isFree = Object.keys(prices).length === 0 && model.endsWith(':free');
  const { requests_kcount: perThousand } = prices;
  const compiled = compilePrice({
    rate: (unit) => {
      if (isFree) return unit.name === 'input' || unit.name === 'output' ? { base: 0, tiers: [] } : undefined;
      const key = unit.listKeys.find((listKey) => prices[listKey] !== undefined);
      return key === undefined ? derivedRate(unit, model, prices) : rateOf(prices[key]);
    },
    perRequest: typeof perThousand === 'number' ? perThousand / 1000 : undefined,
    minimumAudioSeconds: MINIMUM_AUDIO_SECONDS[`${provider}/${model}`] ?? 0,
  });
  return compiled.rates.length === 0 && !compiled.covers.requestsOnly ? undefined : compiled;
}

/** Rates that the list leaves out although they are published. */
function derivedRate(unit: Unit, model: string, prices: ListPrice): RateSource | undefined {
  const { cache_write_mtok: cacheWrite, input_mtok: listedInput } = prices;
  if (unit.name !== 'cacheWrite1h' || cacheWrite === undefined || !model.includes('claude')) return undefined;
  const input = rateOf(listedInput);
  return input === undefined
    ? undefined
    : {
        base: input.base * CLAUDE_CACHE_WRITE_1H,
        tiers: input.tiers.map(({ above, price }) => ({ above, price: price * CLAUDE_CACHE_WRITE_1H })),
      };
}

function rateOf(listed: unknown): RateSource | undefined {
  if (typeof listed === 'number') return { base: listed, tiers: [] };
  const { base, tiers } = (listed ?? {}) as {
    base?: unknown;
    tiers?: readonly { start: number; price: number }[];
  };
  if (typeof base !== 'number' || tiers === undefined) return undefined;
  return { base, tiers: tiers.map(({ start, price }) => ({ above: start, price })) };
}

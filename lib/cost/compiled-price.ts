import type { TieredRates } from './price.js';
import { type RateName, UNITS, type Unit } from './units.js';
import type { Usage } from './usage.js';

/** A rate above a number of input tokens. */
export interface RateTier {
  readonly above: number;
  readonly price: number;
}

/** One rate, ready to be multiplied. */
export interface CompiledRate {
  /** Its place among the rates of its price. */
  readonly position: number;
  readonly name: RateName;
  readonly usage: keyof Usage;
  readonly per: number;
  readonly base: number;
  /** Ascending; the last one that applies counts. */
  readonly tiers: readonly RateTier[];
  readonly side: Unit['side'];
  readonly isCacheRead: boolean;
  /** Positions of the rates whose units are contained in this one; all of them come before it. */
  readonly parts: readonly number[];
}

/** A price turned into what one pass over its rates can compute. */
export interface CompiledPrice {
  readonly rates: readonly CompiledRate[];
  /** For every request, in US dollars. */
  readonly perRequest: number;
  /** Which roots of a usage have a rate; one without makes the cost unknown. */
  readonly covers: {
    readonly input: boolean;
    readonly output: boolean;
    readonly audioSeconds: boolean;
    readonly webSearches: boolean;
    /** Nothing but a price for each request: tokens cost nothing more. */
    readonly requestsOnly: boolean;
  };
  /** The provider bills at least this much audio. */
  readonly minimumAudioSeconds: number;
  /** Prices of service tiers that are given as rates. */
  readonly serviceTiers: ReadonlyMap<string, CompiledPrice> | undefined;
  /** What is left of each rate's unit after its parts; scratch space, so that a call allocates nothing. */
  readonly rest: Float64Array;
}

/** A rate before it is placed: its price, and the tiers of it. */
export interface RateSource {
  readonly base: number;
  readonly tiers: readonly RateTier[];
}

/** What a price is made of, whether a user wrote it or the price list has it. */
export interface PriceSource {
  readonly rate: (unit: Unit) => RateSource | undefined;
  readonly perRequest: number | undefined;
  readonly minimumAudioSeconds?: number;
  readonly serviceTiers?: ReadonlyMap<string, CompiledPrice> | undefined;
}

/** Compiles a price. */
export function compilePrice(source: PriceSource): CompiledPrice {
  const found = UNITS.flatMap((unit) => {
    const rate = source.rate(unit);
    return rate === undefined ? [] : [{ unit, rate }];
  });
  const has = (name: RateName) => found.some(({ unit }) => unit.name === name);
  const rates = found.map(({ unit, rate }, position) => ({
    position,
    name: unit.name,
    usage: unit.usage,
    per: unit.per,
    base: rate.base,
    tiers: [...rate.tiers].sort((a, b) => a.above - b.above),
    side: unit.side,
    isCacheRead: unit.isCacheRead === true,
    parts: found.flatMap(({ unit: part }, place) => (part.within.includes(unit.name) ? [place] : [])),
  }));
  return {
    rates,
    perRequest: source.perRequest ?? 0,
    covers: {
      input: has('input'),
      output: has('output'),
      audioSeconds: has('inputAudioPerHour'),
      webSearches: has('webSearchPer1000'),
      requestsOnly: source.perRequest !== undefined && rates.every((rate) => rate.side === 'other'),
    },
    minimumAudioSeconds: source.minimumAudioSeconds ?? 0,
    serviceTiers: source.serviceTiers,
    rest: new Float64Array(rates.length),
  };
}

/**
 * Compiles rates as users write them.
 *
 * @param base - rates that hold where `rates` says nothing, for the rates of a service tier.
 */
export function compileRates(
  rates: TieredRates,
  base?: TieredRates,
  serviceTiers?: ReadonlyMap<string, CompiledPrice>,
): CompiledPrice {
  const tiersOf = (name: RateName, from: TieredRates): RateTier[] =>
    (from.tiers ?? []).flatMap((tier) => {
      const price = tier[name];
      return price === undefined ? [] : [{ above: tier.aboveInputTokens, price }];
    });
  return compilePrice({
    rate: ({ name }) => {
      const own = rates[name];
      const from = own === undefined && base !== undefined ? base : rates;
      const price = from[name];
      return price === undefined ? undefined : { base: price, tiers: tiersOf(name, from) };
    },
    perRequest: rates.perRequest ?? base?.perRequest,
    serviceTiers,
  });
}

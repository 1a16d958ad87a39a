import { isCost } from '../metrics/amounts.js';
import { type RateName, type TieredRates, UNITS, type Unit } from './rates.js';
import { type Multiplier, STANDARD } from './service-tiers.js';
import { countOf, type Usage } from './usage.js';

/** What one request cost. */
export interface Cost {
  /** Everything, in US dollars. */
  readonly totalUsd: number;
  /** Part of the total for input, in US dollars; absent when only the total is known. */
  readonly inputUsd?: number | undefined;
  /** Part of the total for output, in US dollars; absent when only the total is known. */
  readonly outputUsd?: number | undefined;
  /** The source of the price: the user's overrides, the provider's answer, or the price list. */
  readonly source: 'override' | 'provider' | 'list';
  /**
   * What the same usage costs by the prices in force, in US dollars, where the provider reported the total; absent where
   * they have no price.
   */
  readonly recomputedUsd?: number | undefined;
}

/** The cost of one or several calls, whatever its sources. */
export type RequestCost = Omit<Cost, 'source' | 'recomputedUsd'>;

/** Adds two costs. A part that is not known of both is not known of the sum. */
export function addCosts(a: RequestCost, b: RequestCost): RequestCost {
  const sum = (x: number | undefined, y: number | undefined): number | undefined =>
    x === undefined || y === undefined ? undefined : x + y;
  return {
    totalUsd: a.totalUsd + b.totalUsd,
    inputUsd: sum(a.inputUsd, b.inputUsd),
    outputUsd: sum(a.outputUsd, b.outputUsd),
  };
}

/** One rate of a price, ready to be multiplied. */
interface CompiledRate {
  readonly unit: Unit;
  readonly base: number;
  /** Ascending; the last one that applies counts. */
  readonly tiers: readonly { readonly above: number; readonly price: number }[];
  /** Positions of the rates of the price whose units this one contains; all of them come before it. */
  readonly contained: readonly number[];
}

/** Rates in the form that {@link computeCost} multiplies. */
export interface CompiledRates {
  readonly rates: readonly CompiledRate[];
  /** For every request, in US dollars. */
  readonly perRequest: number;
  /** Units that neither have a rate nor are part of one that has: a usage that counts one of them has no cost. */
  readonly lacking: readonly Unit[];
  /**
   * A usage has a cost only if it counts one of these units: where no token is billed, or where a model is billed by the
   * time that it runs. Empty where tokens are billed.
   */
  readonly required: readonly Unit[];
  /** The provider bills at least this much audio. */
  readonly minimumAudioSeconds: number;
  /** The count of each unit without those it contains: scratch space, so that a computation allocates nothing. */
  readonly rest: Float64Array;
}

/**
 * Compiles the rates of a user, of the price list or of a price file.
 *
 * @param base - rates that hold where `rates` has none: those of the model, for the rates of a service tier.
 */
export function compileRates(
  rates: TieredRates,
  base: TieredRates = rates,
  minimumAudioSeconds = 0,
): CompiledRates {
  const compiled: CompiledRate[] = [];
  const unrated: Unit[] = [];
  for (const unit of UNITS) {
    const source = rates[unit.name] === undefined ? base : rates;
    const price = source[unit.name];
    if (price === undefined) unrated.push(unit);
    else {
      const contained = containedIn(unit, compiled);
      compiled.push({ unit, base: price, tiers: tiersOf(unit.name, source), contained });
    }
  }
  const has = (name: RateName): boolean => (rates[name] ?? base[name]) !== undefined;
  const perRequest = rates.perRequest ?? base.perRequest;
  const compute = compiled.find(({ unit }) => unit.name === 'computePerHour')?.unit;
  const coversAll = perRequest !== undefined || compute !== undefined;
  const isWholesale = coversAll && compiled.every(({ unit }) => unit.side === 'other');
  return {
    rates: compiled,
    perRequest: perRequest ?? 0,
    lacking: unrated.filter((unit) => !isBilled(unit, has) && !(isWholesale && unit.side !== 'other')),
    required: requiredUnits(),
    minimumAudioSeconds,
    rest: new Float64Array(compiled.length),
  };

  function requiredUnits(): readonly Unit[] {
    if (compute !== undefined) return [compute];
    return isWholesale || has('input') || has('output') ? NONE : compiled.map(({ unit }) => unit);
  }
}

const NONE: readonly never[] = [];

function containedIn({ name, within }: Unit, before: readonly CompiledRate[]): readonly number[] {
  // A unit within two others contains none itself.
  if (within.length > 1) return NONE;
  const contained: number[] = [];
  for (const [position, { unit }] of before.entries()) {
    if (unit.within.includes(name)) contained.push(position);
  }
  return contained;
}

function tiersOf(name: RateName, { tiers }: TieredRates): CompiledRate['tiers'] {
  if (tiers === undefined) return NONE;
  return tiers
    .flatMap(({ aboveInputTokens: above, [name]: price }) => (price === undefined ? [] : [{ above, price }]))
    .sort((a, b) => a.above - b.above);
}

/** Whether a unit without a rate is part of one that has one, or only measures what other units bill. */
function isBilled({ name, within, isOverlap }: Unit, has: (name: RateName) => boolean): boolean {
  // Servers report how long a model ran, whatever it is billed by.
  if (name === 'computePerHour') return true;
  const [first, second] = within;
  // Either of the two rates could apply.
  if (isOverlap && first !== undefined && second !== undefined && has(first) && has(second)) return false;
  return within.some(has);
}

/** Names the first thing that a usage counts and a price has no rate for. */
export function missingUnit(price: CompiledRates, usage: Usage): string | undefined {
  for (const unit of price.lacking) {
    if (countOf(usage, unit.usage) > 0) return inWords(unit.usage);
  }
  const { required } = price;
  if (required.length === 0 || required.some((unit) => countOf(usage, unit.usage) > 0)) return undefined;
  return `anything but ${required.map((unit) => inWords(unit.usage)).join(' and ')}`;
}

/** `inputTokens` as `input tokens`. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/**
 * Computes what a usage costs at a price. There must be no {@link missingUnit}.
 *
 * @returns undefined when the cost is too large to be true.
 */
export function computeCost(
  price: CompiledRates,
  usage: Usage,
  multiplier: Multiplier,
  source: Cost['source'],
): Cost | undefined {
  const { rates, rest } = price;
  const inputTokens = countOf(usage, 'inputTokens');
  let inputUsd = 0;
  let outputUsd = 0;
  let otherUsd = price.perRequest;
  for (let position = 0; position < rates.length; position++) {
    const rate = rates[position] as CompiledRate;
    const { name, per, side, isCacheRead } = rate.unit;
    let count = countOf(usage, rate.unit.usage);
    if (name === 'inputAudioPerHour' && count > 0) count = Math.max(count, price.minimumAudioSeconds);
    for (const inner of rate.contained) count -= rest[inner] ?? 0;
    // Contained counts that exceed the whole are billed as reported: each token is billed once.
    if (count < 0) count = 0;
    rest[position] = count;
    const usd = (rateAt(rate, inputTokens) * count) / per;
    if (side === 'other') otherUsd += usd;
    else if (side === 'output') outputUsd += usd * multiplier.tokens;
    else inputUsd += usd * (isCacheRead === true ? multiplier.cacheRead : multiplier.tokens);
  }
  const totalUsd = inputUsd + outputUsd + otherUsd;
  return isCost(totalUsd) ? { totalUsd, inputUsd, outputUsd, source } : undefined;
}

/** One factor of a cost: so many units at a rate. */
export interface CostItem {
  readonly unit: Unit;
  /** Without the units that have a rate of their own. */
  readonly count: number;
  /** For `unit.per` units, in US dollars. */
  readonly rateUsd: number;
  readonly totalUsd: number;
}

/** The items that {@link computeCost} adds up at the standard rates, those without a count left out. */
export function costItems(price: CompiledRates, usage: Usage): readonly CostItem[] {
  // Leaves the counts in `rest`.
  computeCost(price, usage, STANDARD, 'list');
  return price.rates.flatMap((rate, position) => {
    const count = price.rest[position] ?? 0;
    const rateUsd = rateAt(rate, countOf(usage, 'inputTokens'));
    return count > 0
      ? [{ unit: rate.unit, count, rateUsd, totalUsd: (rateUsd * count) / rate.unit.per }]
      : [];
  });
}

/** The rate of a request with this many input tokens: a long-context tier reprices the whole request. */
function rateAt(rate: CompiledRate, inputTokens: number): number {
  let price = rate.base;
  for (const tier of rate.tiers) {
    if (inputTokens > tier.above) price = tier.price;
  }
  return price;
}

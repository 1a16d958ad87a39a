import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { nameOf } from '../catalogue/names.js';
import { priceListProvider } from '../catalogue/providers.js';
import type { UnpricedReason } from '../metrics/recorder.js';
import { type CompiledRates, compileRates } from './compute-cost.js';
import { correctPrice } from './corrections.js';
import { findListed, isListedProvider, modelNames } from './price-list.js';
import { priceListRevision } from './price-list-in-force.js';
import type { PriceListConfig } from './price-list-options.js';
import type { Price } from './rates.js';
import { type ServiceTierMultiplier, serviceTierName } from './service-tiers.js';

/** `pricing`, resolved. */
export interface PricingConfig {
  readonly overrides: PriceTable;
  /** The model behind each deployment, by the deployment's name in lower case. */
  readonly deployments: ReadonlyMap<string, string>;
  readonly serviceTiers: readonly ServiceTierMultiplier[];
  /** Absent where the bundled price list holds. */
  readonly list?: PriceListConfig | undefined;
}

/** A price in the form that is computed with. */
export interface CompiledPrice extends CompiledRates {
  /** Rates of service tiers, where the price has any. */
  readonly serviceTiers: ReadonlyMap<string, CompiledRates>;
}

/** Compiles a price as a user writes it; one of the price list has that form, too. */
export function compilePrice(
  { serviceTiers = {}, ...rates }: Price,
  minimumAudioSeconds?: number,
): CompiledPrice {
  const tiers = Object.entries(serviceTiers).map(
    ([tier, tierRates]) => [serviceTierName(tier) ?? tier, compileRates(tierRates, rates)] as const,
  );
  return { ...compileRates(rates, rates, minimumAudioSeconds), serviceTiers: new Map(tiers) };
}

/** Prices by provider and model, as users write them. */
export class PriceTable {
  private readonly providers = new Map<string, ProviderPrices>();

  /** Number of prices. */
  get size(): number {
    let size = 0;
    for (const { exact, prefixes } of this.providers.values()) size += exact.size + prefixes.length;
    return size;
  }

  /**
   * Adds a price; a later one for the same names replaces it.
   *
   * @param model - exact, or with `*` at its end.
   */
  set(provider: string, model: string, price: CompiledPrice): void {
    const name = nameOf(provider).toLowerCase();
    const prices = this.providers.get(name) ?? { exact: new Map(), prefixes: [] };
    this.providers.set(name, prices);
    const wanted = nameOf(model).toLowerCase();
    if (!wanted.endsWith('*')) {
      prices.exact.set(wanted, price);
      return;
    }
    const prefix = wanted.slice(0, -1);
    prices.prefixes = [...prices.prefixes.filter((other) => other.prefix !== prefix), { prefix, price }].sort(
      (a, b) => b.prefix.length - a.prefix.length,
    );
  }

  /** Whether it has any price of one of these providers. */
  hasProvider(providers: readonly string[]): boolean {
    return providers.some((provider) => this.providers.has(provider.toLowerCase()));
  }

  /**
   * Finds the price of a model: by the first of the providers that has one, an exact name before a prefix, a
   * longer prefix before a shorter.
   */
  find(providers: readonly string[], models: readonly string[]): CompiledPrice | undefined {
    if (this.providers.size === 0) return undefined;
    const names = models.map((model) => model.toLowerCase());
    for (const provider of [...providers, '*']) {
      const prices = this.providers.get(provider.toLowerCase());
      if (prices === undefined) continue;
      const exact = names.map((name) => prices.exact.get(name)).find((price) => price !== undefined);
      const found =
        exact ?? prices.prefixes.find(({ prefix }) => names.some((name) => name.startsWith(prefix)))?.price;
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

interface ProviderPrices {
  readonly exact: Map<string, CompiledPrice>;
  /** Longest first. */
  prefixes: readonly { readonly prefix: string; readonly price: CompiledPrice }[];
}

/** The published prices alone. */
export const PUBLISHED_PRICES: PricingConfig = {
  overrides: new PriceTable(),
  deployments: new Map(),
  serviceTiers: [],
};

/** The names of a model: as recorded first, then those of the price list. */
export interface Names {
  readonly providers: readonly string[];
  readonly models: readonly string[];
}

/** The published price of a model, and the period in which it applies. */
interface PublishedPrice {
  readonly names: Names;
  /** Absent where no price is known. */
  readonly price: CompiledPrice | undefined;
  readonly fromMs: number;
  readonly untilMs: number;
  /** The revision of the price list. */
  readonly revision: number;
}

/** All prices of one model. */
export class ModelPrices {
  readonly names: Names;
  readonly override: CompiledPrice | undefined;
  /** Whether a missing price has been logged. */
  isLogged = false;
  /** Why the latest request has no cost. */
  unpricedReason: UnpricedReason | undefined;
  private published: PublishedPrice | undefined;

  constructor(names: Names, overrides: PriceTable) {
    this.names = names;
    this.override = overrides.find(names.providers, names.models);
  }

  /** The published price at a moment; looked up again outside the period in which it applies, and in a new price list. */
  publishedAt(atMs: number): PublishedPrice {
    const { published } = this;
    if (published !== undefined && atMs >= published.fromMs && atMs < published.untilMs) {
      if (published.revision === priceListRevision()) return published;
    }
    this.published = publishedPrice(this.names, atMs);
    return this.published;
  }
}

/** Callers may invent names, which must not fill the memory: everything is forgotten beyond this many. */
const MODELS_MAX = INPUT_LIMITS.pricedModelCount.value;

/** Finds the prices of models, and keeps them for each pair of provider and model. */
export class Prices {
  private readonly config: PricingConfig;
  private readonly byProvider = new Map<string, Map<string, ModelPrices>>();
  private size = 0;

  constructor(config: PricingConfig) {
    this.config = config;
  }

  of(provider: string, model: string): ModelPrices {
    const known = this.byProvider.get(provider)?.get(model);
    if (known !== undefined) return known;
    if (this.size >= MODELS_MAX) {
      this.byProvider.clear();
      this.size = 0;
    }
    const prices = new ModelPrices(this.namesOf(provider, model), this.config.overrides);
    const models = this.byProvider.get(provider) ?? new Map<string, ModelPrices>();
    this.byProvider.set(provider, models.set(model, prices));
    this.size += 1;
    return prices;
  }

  /** Whether any price of the provider of a model is known. */
  knowsProvider({ names: { providers } }: ModelPrices): boolean {
    return this.config.overrides.hasProvider(providers) || providers.some(isListedProvider);
  }

  private namesOf(provider: string, model: string): Names {
    const listed = priceListProvider(provider);
    const deployed = this.config.deployments.get(model.toLowerCase());
    return {
      providers: withName([provider], listed),
      models: deployed === undefined ? modelNames(listed, model) : [model, ...modelNames(listed, deployed)],
    };
  }
}

const UNLISTED = {
  rates: undefined,
  minimumAudioSeconds: undefined,
  fromMs: Number.NEGATIVE_INFINITY,
  untilMs: Number.POSITIVE_INFINITY,
};

function publishedPrice({ providers, models }: Names, atMs: number): PublishedPrice {
  const listed = findListed(providers.at(-1) ?? '', models, atMs);
  const revision = priceListRevision();
  const { rates, minimumAudioSeconds, fromMs, untilMs } = listed ?? UNLISTED;
  const names =
    listed === undefined
      ? { providers, models }
      : { providers: withName(providers, listed.provider), models: withName(models, listed.model) };
  const corrected = correctPrice(rates, providers, names.models, atMs);
  if (corrected === undefined) return { names, price: undefined, revision, fromMs, untilMs };
  return {
    names,
    revision,
    price: compilePrice(corrected.price, minimumAudioSeconds),
    fromMs: Math.max(fromMs, corrected.fromMs),
    untilMs: Math.min(untilMs, corrected.untilMs),
  };
}

function withName(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name];
}

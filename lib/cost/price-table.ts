import type { CompiledPrice } from './compiled-price.js';

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
    const name = provider.toLowerCase();
    const prices = this.providers.get(name) ?? { exact: new Map(), prefixes: [] };
    this.providers.set(name, prices);
    const wanted = model.toLowerCase();
    if (!wanted.endsWith('*')) {
      prices.exact.set(wanted, price);
      return;
    }
    const prefix = wanted.slice(0, -1);
    prices.prefixes = [...prices.prefixes.filter((other) => other.prefix !== prefix), { prefix, price }].sort(
      (a, b) => b.prefix.length - a.prefix.length,
    );
  }

  /**
   * Finds the price of a model: by the first of the providers that has one, an exact name before a prefix, a
   * longer prefix before a shorter.
   */
  find(providers: readonly string[], models: readonly string[]): CompiledPrice | undefined {
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

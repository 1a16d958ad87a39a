import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { priceListProvider } from '../catalogue/providers.js';
import { listModels } from './aliases.js';
import type { CompiledPrice } from './compiled-price.js';
import { CORRECTIONS } from './corrections.js';
import type { DatedPrice } from './dated-price.js';
import { readOverrides } from './overrides.js';
import { findListPrice } from './price-list.js';
import type { PriceTable } from './price-table.js';

/** The names a model goes by: the one recorded, and those of the price list. */
export interface Names {
  readonly providers: readonly string[];
  readonly models: readonly string[];
}

/** All prices of one model. */
export class PriceMatch {
  readonly names: Names;
  readonly override: CompiledPrice | undefined;
  /** A diagnostic line was written about it. */
  isTold = false;
  private found: { readonly names: Names; readonly prices: readonly DatedPrice[] } | undefined;

  constructor(names: Names, overrides: PriceTable) {
    this.names = names;
    this.override = overrides.find(names.providers, names.models);
  }

  /** What the price list and our corrections of it have; no prices when they do not know the model. */
  get listed(): { readonly names: Names; readonly prices: readonly DatedPrice[] } {
    this.found ??= lookUp(this.names);
    return this.found;
  }
}

/** Names that callers invent must not fill the memory: all matches are forgotten beyond this many. */
const MATCHES_MAX = INPUT_LIMITS.pricedModelCount.value;

/** Finds the prices of models, and keeps what it found. */
export class PriceMatches {
  private readonly overrides: PriceTable;
  private readonly deployments: ReadonlyMap<string, string>;
  private readonly byProvider = new Map<string, Map<string, PriceMatch>>();
  private size = 0;

  /** @param deployments - the model behind each deployment, by the deployment's name in lower case. */
  constructor(overrides: PriceTable, deployments: ReadonlyMap<string, string>) {
    this.overrides = overrides;
    this.deployments = deployments;
  }

  get(provider: string, model: string): PriceMatch {
    const known = this.byProvider.get(provider)?.get(model);
    if (known !== undefined) return known;
    if (this.size >= MATCHES_MAX) {
      this.byProvider.clear();
      this.size = 0;
    }
    const match = new PriceMatch(this.namesOf(provider, model), this.overrides);
    const models = this.byProvider.get(provider) ?? new Map<string, PriceMatch>();
    this.byProvider.set(provider, models.set(model, match));
    this.size += 1;
    return match;
  }

  private namesOf(provider: string, model: string): Names {
    const listed = priceListProvider(provider);
    const deployed = this.deployments.get(model.toLowerCase());
    const models = listModels(listed, deployed ?? model);
    return { providers: unique([provider, listed]), models: unique([model, ...models]) };
  }
}

let corrections: PriceTable | undefined;

function lookUp({ providers, models }: Names): {
  readonly names: Names;
  readonly prices: readonly DatedPrice[];
} {
  corrections ??= readOverrides(CORRECTIONS).table;
  const correction = corrections.find(providers, models);
  const list = findListPrice(providers.at(-1) ?? '', models);
  const names =
    list === undefined
      ? { providers, models }
      : { providers: unique([...providers, list.provider]), models: unique([...models, list.model]) };
  if (correction !== undefined) return { names, prices: [{ price: correction, when: undefined }] };
  return { names, prices: list?.prices ?? [] };
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

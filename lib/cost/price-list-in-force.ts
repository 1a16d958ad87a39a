import { sharedState } from '../global-state.js';
import { loadPrices, pricesVersion } from '../lazy.cjs';

type Found = NonNullable<ReturnType<ReturnType<typeof loadPrices>['calcPrice']>>;

/** The prices of a model in the list, by unit. */
export type ListedRates = Found['model_price'];

/** A provider of the list, with its models. */
export type ListProvider = Found['provider'];

/** What a price list is. */
export interface PriceListInfo {
  readonly source: 'bundled' | 'file' | 'url';
  /** The version of the bundled package, or the first 12 digits of the document's SHA-256. */
  readonly version: string;
  /** When it was published, in milliseconds since the epoch. */
  readonly publishedMs: number;
}

/** A list is refused if more than this share of the models is missing from it. */
const VANISHED_MAX = 0.05;
/** A list is refused if it multiplies or divides a price in use by more than this. */
const CHANGE_MAX = 10;

/** When the versions of the bundled list were released; a later one is at least as new as the last row. */
const RELEASES: Readonly<Record<string, string>> = { '0.1.8': '2026-09-23' };

/** A model that requests are priced with. */
interface ModelInUse {
  /** The provider, and the name of the model, by which it is found. */
  readonly provider: string;
  readonly name: string;
  /** `provider/model` of the list. */
  readonly key: string;
}

interface State {
  info: PriceListInfo | undefined;
  isReloadSuccessful: boolean;
  /** The bundled list, once another one has replaced it. */
  bundled: readonly ListProvider[] | undefined;
  /** Changes with the list, so that prices that were looked up before are looked up again. */
  revision: number;
  /** Models that requests are priced with, by their keys. */
  readonly inUse: Map<string, ModelInUse>;
}

/** The library has one list in a process, even where both copies of this package are loaded. */
const state = sharedState<State>('price-list.v1', () => ({
  info: undefined,
  isReloadSuccessful: true,
  bundled: undefined,
  revision: 0,
  inUse: new Map(),
}));

/** The list in force, and whether the last attempt to load another one was successful; true if there was none. */
export function priceListState(): PriceListInfo & { readonly isReloadSuccessful: boolean } {
  state.info ??= bundledInfo();
  return { ...state.info, isReloadSuccessful: state.isReloadSuccessful };
}

export function setReloadSuccessful(isSuccessful: boolean): void {
  state.isReloadSuccessful = isSuccessful;
}

export const priceListRevision = (): number => state.revision;

/** Remembers a model that requests are priced with, whose price a new list must not change beyond belief. */
export function markInUse(model: ModelInUse): void {
  state.inUse.set(model.key, model);
}

function bundledInfo(): PriceListInfo {
  const version = pricesVersion() ?? 'unknown';
  const released = RELEASES[version] ?? Object.values(RELEASES).at(-1) ?? '';
  return { source: 'bundled', version, publishedMs: Date.parse(released) };
}

/**
 * Puts a list in force for the whole process, in one step: a request is priced by the old one or by the new one.
 *
 * @param isAccepted - whether the list may lack models, and change prices, to any extent.
 * @param isGivenUp - whether the list is wanted no more.
 * @throws {Error} that says why it is refused; the old list stays in force.
 */
export async function putInForce(
  providers: readonly ListProvider[],
  info: PriceListInfo,
  isAccepted: boolean,
  isGivenUp: () => boolean = () => false,
): Promise<void> {
  const old = (await loadPrices().waitForUpdate()) ?? [];
  if (isGivenUp()) return;
  if (!isAccepted) {
    const vanished = vanishedShare(old, providers);
    if (vanished > VANISHED_MAX) {
      throw new Error(`${(vanished * 100).toFixed(1)} % of the models are missing from it`);
    }
    const changed = firstWildChange(old, providers);
    if (changed !== undefined) throw new Error(wildChange(changed));
  }
  const before = ratesInUse();
  activate(providers);
  const repriced = isAccepted ? undefined : firstRepriced(before, ratesInUse());
  if (repriced !== undefined) {
    activate(old);
    throw new Error(wildChange(repriced));
  }
  state.bundled ??= old;
  state.info = info;
  state.revision += 1;
}

function wildChange(what: string): string {
  return `it changes a price in use more than tenfold: ${what}`;
}

/** The rates now of the models in use, as they are found by their names. */
function ratesInUse(): ReadonlyMap<string, ListedRates | undefined> {
  return new Map([...state.inUse.values()].map(({ key, provider, name }) => [key, ratesNow(provider, name)]));
}

function ratesNow(providerId: string, name: string): ListedRates | undefined {
  try {
    return loadPrices().calcPrice({}, name, { providerId })?.model_price;
  } catch {
    // A row that the library itself refuses is no price.
    return undefined;
  }
}

/** The first price that another row of a list changes too much, such as one that matches the names of all models. */
function firstRepriced(
  before: ReadonlyMap<string, ListedRates | undefined>,
  now: ReadonlyMap<string, ListedRates | undefined>,
): string | undefined {
  for (const [key, known] of before) {
    const wild = Object.entries(now.get(key) ?? {}).find(([unit, rate]) => {
      return known?.[unit] !== undefined && isWild(known[unit], rate);
    });
    if (wild !== undefined) return `${wild[0]} of ${key}`;
  }
  return undefined;
}

/** Puts the bundled list in force again. */
export function restoreBundled(): void {
  state.isReloadSuccessful = true;
  if (state.bundled === undefined) return;
  activate(state.bundled);
  state.bundled = undefined;
  state.info = undefined;
  state.revision += 1;
}

/** @throws {Error} when the library refuses a row; it keeps the list that it has. */
function activate(providers: readonly ListProvider[]): void {
  loadPrices().updatePrices(({ setProviderData }) => setProviderData(providers as ListProvider[]));
}

function vanishedShare(old: readonly ListProvider[], providers: readonly ListProvider[]): number {
  const before = modelKeys(old);
  const now = new Set(modelKeys(providers));
  return before.length === 0 ? 0 : before.filter((key) => !now.has(key)).length / before.length;
}

function modelKeys(providers: readonly ListProvider[]): readonly string[] {
  return providers.flatMap(({ id, models }) => models.map((model) => `${id}/${model.id}`));
}

/** The first price in use that a list changes too much. A model that it lacks is no change: its requests are unpriced. */
function firstWildChange(
  old: readonly ListProvider[],
  providers: readonly ListProvider[],
): string | undefined {
  const [before, now] = [ratesByModel(old), ratesByModel(providers)];
  for (const key of state.inUse.keys()) {
    for (const rates of now.get(key) ?? []) {
      // Of prices with dates, some may be old: the nearest one counts.
      const wild = Object.keys(rates).find((unit) => {
        const known = (before.get(key) ?? []).filter((earlier) => earlier[unit] !== undefined);
        return known.length > 0 && known.every((earlier) => isWild(earlier[unit], rates[unit]));
      });
      if (wild !== undefined) return `${wild} of ${key}`;
    }
  }
  return undefined;
}

function ratesByModel(providers: readonly ListProvider[]): ReadonlyMap<string, readonly ListedRates[]> {
  const rates = new Map<string, readonly ListedRates[]>();
  for (const { id, models } of providers) {
    for (const { id: model, prices } of models) {
      rates.set(`${id}/${model}`, Array.isArray(prices) ? prices.map((dated) => dated.prices) : [prices]);
    }
  }
  return rates;
}

/** Prices of a rate that must not change too much: the base, the lowest and the highest of its tiers. */
function pricesOf(rate: ListedRates[string]): readonly number[] {
  if (rate === undefined) return [];
  if (typeof rate === 'number') return [rate, rate, rate];
  const all = [rate.base, ...rate.tiers.map(({ price }) => price)];
  return [rate.base, Math.min(...all), Math.max(...all)];
}

function isWild(before: ListedRates[string], now: ListedRates[string]): boolean {
  const known = pricesOf(before);
  return pricesOf(now).some((price, index) => {
    const earlier = known[index] ?? price;
    return price > earlier * CHANGE_MAX || earlier > price * CHANGE_MAX;
  });
}

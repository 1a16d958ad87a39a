import { loadPrices } from '../lazy.cjs';
import { logger } from '../logger.js';
import type { DatedPrice } from './dated-price.js';
import { compileListModel, type ListModel } from './list-price.js';

/** A model of the price list with its compiled prices. */
export interface ListMatch {
  readonly provider: string;
  readonly model: string;
  readonly prices: readonly DatedPrice[];
}

type Library = ReturnType<typeof loadPrices>;

let library: Library | undefined;
let isMissing = false;

/**
 * Looks a model up in the price list of `@pydantic/genai-prices`, which is loaded on the first call.
 * Takes 12 to 45 us for each name: the result is to be kept.
 *
 * @param provider - the provider's name in the list.
 * @param models - names the model may have there; the first that is known counts.
 */
export function findListPrice(provider: string, models: readonly string[]): ListMatch | undefined {
  if (provider === '') return undefined;
  for (const model of models) {
    const listed = findModel(provider, model);
    if (listed === undefined) continue;
    const prices = compileListModel(listed);
    return prices === undefined ? undefined : { provider: listed.provider, model: listed.model, prices };
  }
  return undefined;
}

function findModel(provider: string, model: string): ListModel | undefined {
  try {
    const found = loadOnce()?.calcPrice({}, model, { providerId: provider });
    return found == null
      ? undefined
      : ({ provider: found.provider.id, model: found.model.id, prices: found.model.prices } as ListModel);
  } catch {
    // A row that the library itself refuses is no price: the request is counted as unpriced.
    return undefined;
  }
}

function loadOnce(): Library | undefined {
  if (library !== undefined || isMissing) return library;
  try {
    library = loadPrices();
  } catch (error) {
    isMissing = true;
    logger().error('no price list, only overrides price requests', error);
  }
  return library;
}

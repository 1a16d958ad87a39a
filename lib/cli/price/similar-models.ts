import { PROVIDERS, priceListProvider } from '../../catalogue/providers.js';
import { distanceOf } from '../../config/redact.js';

const SIMILAR_MAX = 5;
/** A longer name is not compared, since the time of a comparison grows with the length. */
const LENGTH_MAX = 80;
/** At most this share of a name may be another one. */
const DIFFERENCE_MAX = 0.5;

/**
 * The models whose names are like a text, best first: of its provider if it names one, else each model once.
 *
 * @param known - as `provider/model`.
 */
export function similarModels(text: string, known: readonly string[]): readonly string[] {
  if (text.length > LENGTH_MAX) return [];
  const slash = text.indexOf('/');
  const provider = slash === -1 ? undefined : priceListProvider(text.slice(0, slash));
  const ofProvider = known.filter((name) => provider !== undefined && name.startsWith(`${provider}/`));
  const wanted = (ofProvider.length > 0 ? text.slice(slash + 1) : text).toLowerCase();
  const best = new Map<string, { readonly name: string; readonly difference: number }>();
  for (const name of ofProvider.length > 0 ? ofProvider : wellKnownFirst(known)) {
    const model = name.slice(name.indexOf('/') + 1).toLowerCase();
    const isPart = wanted.length >= 3 && model.includes(wanted);
    const difference = isPart
      ? (model.length - wanted.length) / 1_000
      : distanceOf(wanted, model) / Math.max(wanted.length, model.length);
    if (difference <= DIFFERENCE_MAX && !best.has(model)) best.set(model, { name, difference });
  }
  return [...best.values()]
    .sort((a, b) => a.difference - b.difference)
    .slice(0, SIMILAR_MAX)
    .map(({ name }) => name);
}

/** Of the providers that sell a model, the one that comes first in the catalogue is named. */
function wellKnownFirst(known: readonly string[]): readonly string[] {
  const places = new Map(
    [...PROVIDERS].reverse().map(({ provider }, place) => [priceListProvider(provider), place]),
  );
  const placeOf = (name: string): number => places.get(name.slice(0, name.indexOf('/'))) ?? -1;
  return [...known].sort((a, b) => placeOf(b) - placeOf(a));
}

import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { priceListProvider, providerNamed } from '../catalogue/providers.js';
import { findListed, modelNames } from './price-list.js';
import { priceListRevision } from './price-list-in-force.js';

/**
 * What does not make a model another one: a date, a version, a release stage, a default of xAI. Repeated, as in
 * `-preview-09-2025`.
 */
const RELEASE =
  /-(?:latest|(?<=-fast-)(?:non-)?reasoning|preview|exp|beta|v\d+|\d{4}-\d{2}-\d{2}|\d{8}|\d{6}|\d{4}|0\d{2}|\d{2}-\d{4}|\d{2}-\d{2})$/;

/** The region and the maker in ids of Bedrock: `us.anthropic.`. */
const BEDROCK_PREFIX = /^(?:[a-z-]+\.)+/;

const KEPT_MAX = INPUT_LIMITS.pricedModelCount.value;
const known = new Map<string, boolean>();
let knownRevision = 0;

/**
 * Whether a model that answered is another one than the requested one, as after a fallback.
 *
 * It is not where the names differ only by the provider before them, by a date, a version or a release stage, or where
 * the price list has both in one row: it is a snapshot or an alias then. It is not either where the requested name is
 * not that of a model, because that is an alias of the user: a deployment, a group of a gateway. Only the price list
 * tells that, so a name that it lacks counts as an alias, unless both names begin with their maker, as at OpenRouter.
 *
 * @param provider - the provider of the request.
 */
export function isOtherModel(provider: string, requested: string, answered: string): boolean {
  if (requested === answered) return false;
  if (knownRevision !== priceListRevision()) {
    known.clear();
    knownRevision = priceListRevision();
  }
  const key = `${provider}\n${requested}\n${answered}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const isOther = compare(provider, requested, answered);
  if (known.size >= KEPT_MAX) known.clear();
  known.set(key, isOther);
  return isOther;
}

function compare(provider: string, requested: string, answered: string): boolean {
  if (stemOf(requested) === stemOf(answered)) return false;
  const listed = priceListProvider(provider);
  // On Azure, every requested name is that of a deployment.
  if (listed === 'azure') return false;
  const nowMs = Date.now();
  const requestedRow = findListed(listed, modelNames(listed, requested), nowMs);
  if (requestedRow === undefined) return startsWithMaker(requested) && startsWithMaker(answered);
  return requestedRow.model !== findListed(listed, modelNames(listed, answered), nowMs)?.model;
}

function startsWithMaker(model: string): boolean {
  const slash = model.indexOf('/');
  return slash > 0 && providerNamed(model.slice(0, slash)) !== undefined;
}

function stemOf(model: string): string {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  let stem = name.replace(/[@:].*$/, '').replace(BEDROCK_PREFIX, '');
  while (RELEASE.test(stem)) stem = stem.replace(RELEASE, '');
  // `claude-sonnet-4.5` is `claude-sonnet-4-5` elsewhere.
  return stem.replaceAll('.', '-');
}

import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { isName } from '../catalogue/names.js';
import { isRecord } from '../config/issues.js';
import { isAmount } from '../metrics/amounts.js';
import type { ListProvider } from './price-list-in-force.js';

/** What a price list may have at most; the published one has 43 providers, 1,700 models and 500 KB. */
const PROVIDERS_MAX = 1_000;
const MODELS_MAX = INPUT_LIMITS.priceListModels.value;
const RULE_DEPTH_MAX = 8;
const PATTERN_LENGTH_MAX = 200;
/** A model's name has at most 200 characters, so that this many repetitions are tried in milliseconds at worst. */
const REPETITIONS_MAX = 3;

const PRICE_KEY = /^[a-z][a-z0-9_]{0,59}$/;
const TEXT_RULES: ReadonlySet<string> = new Set(['equals', 'starts_with', 'ends_with', 'contains', 'regex']);
const LIST_RULES: ReadonlySet<string> = new Set(['or', 'and']);
const MATCHES: readonly string[] = ['model_match', 'provider_match'];

/**
 * Reads a price list in the format of `@pydantic/genai-prices` (its `prices/new_data/v2/data.json`).
 *
 * @throws {Error} that says what is wrong: the whole document is refused.
 */
export function readPriceList(text: string): readonly ListProvider[] {
  const providers = parsed(text);
  if (!Array.isArray(providers) || providers.length === 0 || providers.length > PROVIDERS_MAX) {
    throw new Error(`it is not a list of 1 to ${PROVIDERS_MAX} providers`);
  }
  const models = providers.reduce((count: number, provider, index) => {
    return count + checkProvider(provider, `[${index}]`);
  }, 0);
  if (models > MODELS_MAX) throw new Error(`it has ${models} models, more than ${MODELS_MAX}`);
  return providers as readonly ListProvider[];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of the parser quotes the document, which may be anything.
    throw new Error('it is not JSON');
  }
}

/** @returns the number of its models. */
function checkProvider(provider: unknown, path: string): number {
  if (!isRecord(provider) || !isName(provider['id'])) throw new Error(`${path} has no id`);
  const { models, fallback_model_providers: others = [] } = provider;
  if (!Array.isArray(models)) throw new Error(`${path} has no list of models`);
  if (!Array.isArray(others) || !others.every(isName)) {
    throw new Error(`${path}.fallback_model_providers is not a list of names`);
  }
  for (const name of MATCHES) if (provider[name] !== undefined) checkRule(provider[name], `${path}.${name}`);
  for (const [index, model] of models.entries()) checkModel(model, `${path}.models[${index}]`);
  return models.length;
}

function checkModel(model: unknown, path: string): void {
  if (!isRecord(model) || !isName(model['id'])) throw new Error(`${path} has no id`);
  checkRule(model['match'], `${path}.match`);
  const { prices } = model;
  if (!Array.isArray(prices)) {
    checkPrices(prices, `${path}.prices`);
    return;
  }
  for (const [index, dated] of prices.entries()) {
    const at = `${path}.prices[${index}]`;
    if (!isRecord(dated)) throw new Error(`${at} is not an object`);
    checkPrices(dated['prices'], `${at}.prices`);
  }
}

function checkPrices(prices: unknown, path: string): void {
  if (!isRecord(prices)) throw new Error(`${path} is not an object`);
  for (const [key, price] of Object.entries(prices)) {
    if (!PRICE_KEY.test(key)) throw new Error(`${path} has a member that is not a unit`);
    if (!isAmount(price) && !isTiered(price)) {
      throw new Error(`${path}.${key} is not a price: a number that is not negative, or a base with tiers`);
    }
  }
}

function isTiered(price: unknown): boolean {
  if (!isRecord(price) || !isAmount(price['base']) || !Array.isArray(price['tiers'])) return false;
  return price['tiers'].every((tier) => isRecord(tier) && isAmount(tier['start']) && isAmount(tier['price']));
}

/** Checks which names a row matches. */
function checkRule(rule: unknown, path: string, depth = 0): void {
  const [[name, value] = ['', undefined], ...others] = isRecord(rule) ? Object.entries(rule) : [];
  if (others.length > 0 || depth > RULE_DEPTH_MAX) throw new Error(`${path} is not one rule`);
  if (TEXT_RULES.has(name) && typeof value === 'string') {
    if (name === 'regex' && !isSafePattern(value)) {
      throw new Error(`${path} is not a regular expression, or one that may take too long`);
    }
  } else if (LIST_RULES.has(name) && Array.isArray(value)) {
    for (const inside of value) checkRule(inside, path, depth + 1);
  } else {
    throw new Error(`${path} has no rule such as { "equals": … }`);
  }
}

/** Whether a pattern is tried on a long name in little time: few repetitions, none of a group, no back references. */
function isSafePattern(pattern: string): boolean {
  if (pattern.length > PATTERN_LENGTH_MAX || /\)[*+{]|\\[1-9k]/.test(pattern)) return false;
  const repetitions = pattern.match(/[*+]|\{\d+,/g)?.length ?? 0;
  if (repetitions > REPETITIONS_MAX) return false;
  try {
    new RegExp(pattern);
    return true;
  } catch {
    // Not a regular expression.
    return false;
  }
}

import { readFileSync } from 'node:fs';
import { nameRemedy, patternRemedy } from '../catalogue/names.js';
import { Issues, isRecord } from '../config/issues.js';
import {
  inPlace,
  listOf,
  type Members,
  objectOf,
  optional,
  readOption,
  recordOf,
} from '../config/nested-options.js';
import { check, type Parser } from '../config/parsers.js';
import { memberPath, showFile, showNumber } from '../config/redact.js';
import type { ConfigProblem } from '../errors.js';
import { isAmount } from '../metrics/amounts.js';
import { isLiteLlmPrices, type LiteLlmPrices, readLiteLlmModel } from './litellm.js';
import { compilePrice, PriceTable } from './prices.js';
import {
  type ContextTier,
  type Price,
  type PriceOverrides,
  type Rates,
  type TieredRates,
  UNITS,
} from './rates.js';
import { serviceTierName } from './service-tiers.js';

/** The user's prices: an object, the path of a JSON file with one, or LiteLLM's price file in either form. */
export type PriceOverridesOption = PriceOverrides | LiteLlmPrices | string;

const EXAMPLE = '{ "openai": { "gpt-4o": { "input": 2.5, "output": 10 } } }';

/**
 * Reads the user's prices. Never throws.
 *
 * @param option - the value as passed.
 * @param variable - the environment variable that it came from or could come from.
 * @returns the prices that are valid, and a list of every problem.
 */
export function readOverrides(
  option: unknown,
  variable?: string,
): { readonly table: PriceTable; readonly problems: readonly ConfigProblem[] } {
  const table = new PriceTable();
  const issues = new Issues(variable);
  const document =
    typeof option === 'string' ? readJsonFile(option, issues) : { value: option, path: 'pricing.overrides' };
  if (document?.value === undefined) return { table, problems: issues.list };
  const { value, path } = document;
  if (!isRecord(value)) {
    issues.add(path, value, `write prices by provider and model, such as ${EXAMPLE}`);
  } else if (isLiteLlmPrices(value)) {
    readLiteLlmPrices(value, path, table, issues);
  } else {
    readPriceOverrides(value, path, table, issues);
  }
  return { table, problems: issues.list };
}

function readPriceOverrides(
  value: Record<string, unknown>,
  path: string,
  table: PriceTable,
  issues: Issues,
): void {
  for (const [provider, models] of Object.entries(value)) {
    const providerPath = memberPath(path, provider);
    const remedy =
      nameRemedy(provider) ?? (isRecord(models) ? undefined : `write prices by model, such as ${EXAMPLE}`);
    if (remedy !== undefined) issues.add(providerPath, models, remedy);
    else {
      for (const [model, price] of Object.entries(models as Record<string, unknown>)) {
        const names = { provider, model, remedy: patternRemedy(model) };
        addPrice(names, price, memberPath(providerPath, model), table, issues);
      }
    }
  }
}

function readLiteLlmPrices(
  value: Record<string, unknown>,
  path: string,
  table: PriceTable,
  issues: Issues,
): void {
  for (const [name, entry] of Object.entries(value)) {
    const found = readLiteLlmModel(name, entry);
    if (found === 'none') continue;
    const modelPath = memberPath(path, name);
    if (found === undefined) {
      issues.add(modelPath, entry, 'write the fields of the model, litellm_provider among them');
    } else if (found.price !== undefined) {
      const remedy = nameRemedy(found.provider) ?? nameRemedy(found.model);
      addPrice({ ...found, remedy }, found.price, modelPath, table, issues);
    }
  }
}

/** Adds a price to the table, unless something is wrong with it or, as `remedy` says, with its names. */
function addPrice(
  { provider, model, remedy }: { provider: string; model: string; remedy: string | undefined },
  price: unknown,
  path: string,
  table: PriceTable,
  issues: Issues,
): void {
  if (remedy !== undefined) issues.add(path, price, remedy);
  const parsed = readOption(PRICE, price, path, issues);
  if (parsed !== undefined && remedy === undefined) table.set(provider, model, compilePrice(parsed));
}

function readJsonFile(
  file: string,
  issues: Issues,
): { readonly value: unknown; readonly path: string } | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    // The error's message quotes the file name, which may be a misplaced secret; its code does not.
    const { code } = error as { readonly code?: unknown };
    const remedy = `name a file that can be read${typeof code === 'string' ? `: ${code}` : ''}`;
    issues.add('pricing.overrides', file, remedy, showFile);
    return undefined;
  }
  try {
    return { value: JSON.parse(text), path: 'pricing.overrides' };
  } catch {
    // The parser's message quotes the file, which may be the wrong one, and secret.
    issues.add('pricing.overrides', file, 'name a file that holds JSON', showFile);
    return undefined;
  }
}

// The price of one model, as a user writes it.

const isTokens = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const RATE = check(isAmount, 'US dollars as a number that is not negative', showNumber);
const RATES = Object.fromEntries(UNITS.map(({ name }) => [name, optional(RATE)])) as Members<Rates>;
const RATE_NAMES = Object.keys(RATES);
const RATES_TEXT = RATE_NAMES.join(', ');

const TIERS = listOf(
  objectOf<ContextTier>(
    { aboveInputTokens: check(isTokens, 'a positive whole number of tokens'), ...RATES },
    'an object, such as { "aboveInputTokens": 200000, "input": 5 }',
    `write one of ${RATES_TEXT}`,
  ),
  'an array, such as [{ "aboveInputTokens": 200000, "input": 5 }]',
);

const TIERED_RATES: Members<TieredRates> = { ...RATES, perRequest: optional(RATE), tiers: optional(TIERS) };
const UNKNOWN_RATE = `write one of ${RATES_TEXT}, perRequest`;

const SERVICE_TIERS = recordOf(
  objectOf(TIERED_RATES, 'rates, such as { "input": 1.25, "output": 5 }', UNKNOWN_RATE),
  'rates by service tier, such as { "batch": { "input": 1.25 } }',
  {
    read(tier, { path, issues }, rates) {
      const name = serviceTierName(tier);
      if (name === undefined) issues.add(path, rates, 'write the standard rates into the price itself');
      return name;
    },
  },
);

const MEMBERS = objectOf<
  Omit<Price, 'serviceTiers'> & { readonly serviceTiers?: ReadonlyMap<string, TieredRates> }
>(
  { ...TIERED_RATES, serviceTiers: optional(SERVICE_TIERS) },
  'the rates of the model, such as { "input": 2.5, "output": 10 }',
  UNKNOWN_RATE,
);

const PRICE: Parser<Price> = inPlace(MEMBERS.shape, (value, place) => {
  if (!isRecord(value)) return undefined;
  const { path, issues } = place;
  const before = issues.list.length;
  MEMBERS.parse(value, 'option', place);
  checkTiers(value, value, path, issues);
  if (!RATE_NAMES.concat('perRequest').some((name) => name in value)) {
    const remedy =
      'write at least one rate; a free model has { "input": 0, "output": 0 }, with "inputAudioPerHour": 0 for speech';
    issues.add(path, value, remedy);
  }
  for (const { name, within } of UNITS) {
    const root = within.at(-1);
    if (root !== undefined && value[name] !== undefined && value[root] === undefined) {
      issues.add(`${path}.${name}`, value[name], `write ${root} too: ${name} is a part of it`);
    }
  }
  const { serviceTiers } = value;
  for (const [tier, rates] of Object.entries(isRecord(serviceTiers) ? serviceTiers : {})) {
    const at = memberPath(`${path}.serviceTiers`, tier);
    if (isRecord(rates)) checkTiers(rates, { ...value, ...rates }, at, issues);
  }
  return issues.list.length === before ? (value as Price) : undefined;
});

/** A rate of a long-context tier replaces one outside the tiers, which must therefore exist. */
function checkTiers(
  { tiers }: Record<string, unknown>,
  base: Record<string, unknown>,
  path: string,
  issues: Issues,
): void {
  for (const [position, tier] of (Array.isArray(tiers) ? tiers : []).entries()) {
    for (const [name, rate] of Object.entries(isRecord(tier) ? tier : {})) {
      if (!RATE_NAMES.includes(name) || base[name] !== undefined) continue;
      issues.add(`${path}.tiers[${position}].${name}`, rate, `write ${name} outside the tiers too`);
    }
  }
}

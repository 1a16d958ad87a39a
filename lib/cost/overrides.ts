import { createProblems, type Problems } from '../config/problems.js';
import { memberPath, tellFile, tellNumber, unknownPath } from '../config/seen.js';
import { isRecord } from '../config/shapes.js';
import { patternProblem } from '../config/wildcard.js';
import type { ConfigProblem } from '../errors.js';
import { loadFs } from '../lazy.cjs';
import { isAmount } from '../metrics/amounts.js';
import { isLiteLlmPrices, type LiteLlmPrices, readLiteLlmModel } from './litellm.js';
import { compilePrice, PriceTable } from './prices.js';
import { type Price, type PriceOverrides, UNITS } from './rates.js';
import { serviceTierName } from './service-tiers.js';

const RATE_NAMES: ReadonlySet<string> = new Set(UNITS.map((unit) => unit.name));
const RATES_TEXT = UNITS.map((unit) => unit.name).join(', ');

/** The user's prices: an object, the path of a JSON file with one, or LiteLLM's price file in either form. */
export type PriceOverridesOption = PriceOverrides | LiteLlmPrices | string;

const EXAMPLE = '{ "openai": { "gpt-4o": { "input": 2.5, "output": 10 } } }';

/**
 * Reads the user's prices. Never throws.
 *
 * @param option - the value as given.
 * @param variable - the environment variable it came from or could come from.
 * @returns the prices that are valid, and a list of every problem.
 */
export function readOverrides(
  option: unknown,
  variable?: string,
): { readonly table: PriceTable; readonly problems: readonly ConfigProblem[] } {
  const table = new PriceTable();
  const problems = createProblems(variable);
  const document =
    typeof option === 'string'
      ? readJsonFile(option, problems)
      : { value: option, path: 'pricing.overrides' };
  if (document?.value === undefined) return { table, problems: problems.list };
  const { value, path } = document;
  if (!isRecord(value)) {
    problems.add(path, value, `write prices by provider and model, such as ${EXAMPLE}`);
  } else if (isLiteLlmPrices(value)) {
    readLiteLlmPrices(value, path, table, problems);
  } else {
    readPriceOverrides(value, path, table, problems);
  }
  return { table, problems: problems.list };
}

function readPriceOverrides(
  value: Record<string, unknown>,
  path: string,
  table: PriceTable,
  problems: Problems,
): void {
  for (const [provider, models] of Object.entries(value)) {
    const providerPath = memberPath(path, provider);
    if (!isRecord(models)) {
      problems.add(providerPath, models, `write prices by model, such as ${EXAMPLE}`);
      continue;
    }
    for (const [model, price] of Object.entries(models)) {
      const modelPath = memberPath(providerPath, model);
      const wrong = patternProblem(model);
      if (wrong !== undefined) problems.add(modelPath, price, `write ${wrong}`);
      if (isPrice(price, modelPath, problems) && wrong === undefined) {
        table.set(provider, model, compilePrice(price));
      }
    }
  }
}

function readLiteLlmPrices(
  value: Record<string, unknown>,
  path: string,
  table: PriceTable,
  problems: Problems,
): void {
  for (const [name, entry] of Object.entries(value)) {
    const found = readLiteLlmModel(name, entry);
    const modelPath = memberPath(path, name);
    if (found === undefined) {
      problems.add(modelPath, entry, 'write the fields of the model, litellm_provider among them');
    } else if (found !== 'none' && found.price !== undefined && isPrice(found.price, modelPath, problems)) {
      table.set(found.provider, found.model, compilePrice(found.price));
    }
  }
}

function readJsonFile(
  file: string,
  problems: Problems,
): { readonly value: unknown; readonly path: string } | undefined {
  let text: string;
  try {
    text = loadFs().readFileSync(file, 'utf8');
  } catch (error) {
    // The message of the error names the file, which may be a secret in the wrong place; its code does not.
    const { code } = error as { readonly code?: unknown };
    const remedy = `name a file that can be read${typeof code === 'string' ? `: ${code}` : ''}`;
    problems.add('pricing.overrides', file, remedy, tellFile);
    return undefined;
  }
  try {
    return { value: JSON.parse(text), path: 'pricing.overrides' };
  } catch {
    // The parser's message quotes the file, which may be another one than was meant, and secret.
    problems.add('pricing.overrides', file, 'name a file that holds JSON', tellFile);
    return undefined;
  }
}

/** Checks a price as a user writes it, and adds every problem to `problems`. */
function isPrice(value: unknown, path: string, problems: Problems): value is Price {
  const before = problems.list.length;
  if (!isRecord(value)) {
    problems.add(path, value, 'write the rates of the model, such as { "input": 2.5, "output": 10 }');
    return false;
  }
  const { serviceTiers, ...rates } = value;
  checkTieredRates(rates, rates, path, problems);
  if (!Object.keys(rates).some((name) => name === 'perRequest' || RATE_NAMES.has(name))) {
    problems.add(
      path,
      value,
      'write at least one rate; a model that costs nothing has { "input": 0, "output": 0 }',
    );
  }
  for (const { name, within } of UNITS) {
    const root = within.at(-1);
    if (root !== undefined && rates[name] !== undefined && rates[root] === undefined) {
      problems.add(`${path}.${name}`, rates[name], `write ${root} too: ${name} is a part of it`);
    }
  }
  if (serviceTiers !== undefined) checkServiceTiers(serviceTiers, rates, `${path}.serviceTiers`, problems);
  return problems.list.length === before;
}

function checkServiceTiers(
  value: unknown,
  base: Record<string, unknown>,
  path: string,
  problems: Problems,
): void {
  if (!isRecord(value)) {
    problems.add(path, value, 'write rates by service tier, such as { "batch": { "input": 1.25 } }');
    return;
  }
  for (const [tier, rates] of Object.entries(value)) {
    const at = memberPath(path, tier);
    if (serviceTierName(tier) === undefined) {
      problems.add(at, rates, 'write the standard rates into the price itself');
    }
    if (isRecord(rates)) checkTieredRates(rates, { ...base, ...rates }, at, problems);
    else problems.add(at, rates, 'write rates, such as { "input": 1.25, "output": 5 }');
  }
}

function checkTieredRates(
  value: Record<string, unknown>,
  base: Record<string, unknown>,
  path: string,
  problems: Problems,
): void {
  const { tiers, ...rates } = value;
  checkRates(rates, path, ['perRequest'], problems);
  if (tiers === undefined) return;
  if (!Array.isArray(tiers)) {
    problems.add(
      `${path}.tiers`,
      tiers,
      'write an array, such as [{ "aboveInputTokens": 200000, "input": 5 }]',
    );
    return;
  }
  for (const [position, tier] of tiers.entries()) {
    const at = `${path}.tiers[${position}]`;
    if (!isRecord(tier)) {
      problems.add(at, tier, 'write an object, such as { "aboveInputTokens": 200000, "input": 5 }');
      continue;
    }
    const { aboveInputTokens, ...tierRates } = tier;
    if (!Number.isSafeInteger(aboveInputTokens) || (aboveInputTokens as number) < 1) {
      problems.add(`${at}.aboveInputTokens`, aboveInputTokens, 'write a positive whole number of tokens');
    }
    checkRates(tierRates, at, [], problems);
    for (const name of Object.keys(tierRates)) {
      if (RATE_NAMES.has(name) && base[name] === undefined) {
        problems.add(`${at}.${name}`, tierRates[name], `write ${name} outside the tiers too`);
      }
    }
  }
}

function checkRates(
  rates: Record<string, unknown>,
  path: string,
  others: readonly string[],
  problems: Problems,
): void {
  for (const [name, value] of Object.entries(rates)) {
    if (value === undefined) continue;
    if (!RATE_NAMES.has(name) && !others.includes(name)) {
      const known = [...RATE_NAMES, ...others];
      problems.add(
        unknownPath(path, name, known),
        value,
        `write one of ${[RATES_TEXT, ...others].join(', ')}`,
      );
    } else if (!isAmount(value)) {
      problems.add(`${path}.${name}`, value, 'write US dollars as a number that is not negative', tellNumber);
    }
  }
}

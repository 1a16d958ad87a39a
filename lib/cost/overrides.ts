import { readFileSync } from 'node:fs';
import { patternProblem } from '../catalogue/names.js';
import { Issues, isRecord } from '../config/issues.js';
import { readOption } from '../config/nested-options.js';
import { memberPath, showFile } from '../config/redact.js';
import type { ConfigProblem } from '../errors.js';
import { isLiteLlmPrices, type LiteLlmPrices, readLiteLlmModel } from './litellm.js';
import { PRICE } from './price-parser.js';
import { compilePrice, PriceTable } from './prices.js';
import type { PriceOverrides } from './rates.js';

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
    if (!isRecord(models)) {
      issues.add(providerPath, models, `write prices by model, such as ${EXAMPLE}`);
      continue;
    }
    for (const [model, price] of Object.entries(models)) {
      const modelPath = memberPath(providerPath, model);
      const wrong = patternProblem(model);
      if (wrong !== undefined) issues.add(modelPath, price, `write ${wrong}`);
      const parsed = readOption(PRICE, price, modelPath, issues);
      if (parsed !== undefined && wrong === undefined) table.set(provider, model, compilePrice(parsed));
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
      const parsed = readOption(PRICE, found.price, modelPath, issues);
      if (parsed !== undefined) table.set(found.provider, found.model, compilePrice(parsed));
    }
  }
}

function readJsonFile(
  file: string,
  issues: Issues,
): { readonly value: unknown; readonly path: string } | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    // The message of the error names the file, which may be a secret in the wrong place; its code does not.
    const { code } = error as { readonly code?: unknown };
    const remedy = `name a file that can be read${typeof code === 'string' ? `: ${code}` : ''}`;
    issues.add('pricing.overrides', file, remedy, showFile);
    return undefined;
  }
  try {
    return { value: JSON.parse(text), path: 'pricing.overrides' };
  } catch {
    // The parser's message quotes the file, which may be another one than was meant, and secret.
    issues.add('pricing.overrides', file, 'name a file that holds JSON', showFile);
    return undefined;
  }
}

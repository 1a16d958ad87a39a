import type { Issues } from '../config/definitions.js';
import { memberPath, tellNumber, unknownPath } from '../config/seen.js';
import { isRecord } from '../config/shapes.js';
import { isAmount } from '../metrics/amounts.js';
import { type CompiledPrice, compileRates } from './compiled-price.js';
import type { TieredRates } from './price.js';
import { serviceTierName } from './service-tiers.js';
import { UNITS } from './units.js';

const RATE_NAMES: ReadonlySet<string> = new Set(UNITS.map((unit) => unit.name));
const RATES_TEXT = UNITS.map((unit) => unit.name).join(', ');

/**
 * Checks and compiles one price as a user wrote it.
 *
 * @returns undefined when anything about it is wrong; every problem is added to `issues`.
 */
export function readPrice(value: unknown, path: string, issues: Issues): CompiledPrice | undefined {
  const before = issues.list.length;
  if (!isRecord(value)) {
    issues.add(path, value, 'write the rates of the model, such as { "input": 2.5, "output": 10 }');
    return undefined;
  }
  const { serviceTiers, ...rates } = value;
  checkTieredRates(rates, rates, path, issues);
  if (!Object.keys(rates).some((name) => name === 'perRequest' || RATE_NAMES.has(name))) {
    issues.add(
      path,
      value,
      'write at least one rate; a model that costs nothing has { "input": 0, "output": 0 }',
    );
  }
  for (const { name, within } of UNITS) {
    const root = within.at(-1);
    if (root !== undefined && rates[name] !== undefined && rates[root] === undefined) {
      issues.add(`${path}.${name}`, rates[name], `write ${root} too: ${name} is a part of it`);
    }
  }
  const compiledTiers = readServiceTiers(serviceTiers, rates as TieredRates, path, issues);
  return issues.list.length > before
    ? undefined
    : compileRates(rates as TieredRates, undefined, compiledTiers);
}

function readServiceTiers(
  value: unknown,
  base: TieredRates,
  path: string,
  issues: Issues,
): ReadonlyMap<string, CompiledPrice> | undefined {
  if (value === undefined) return undefined;
  if (!isRecord(value)) {
    issues.add(
      `${path}.serviceTiers`,
      value,
      'write rates by service tier, such as { "batch": { "input": 1.25 } }',
    );
    return undefined;
  }
  const compiled = new Map<string, CompiledPrice>();
  for (const [tier, rates] of Object.entries(value)) {
    const at = memberPath(`${path}.serviceTiers`, tier);
    const name = serviceTierName(tier);
    const before = issues.list.length;
    if (name === undefined) issues.add(at, rates, 'write the standard rates into the price itself');
    if (isRecord(rates)) checkTieredRates(rates, { ...base, ...rates }, at, issues);
    else issues.add(at, rates, 'write rates, such as { "input": 1.25, "output": 5 }');
    // Rates that are wrong are not compiled, and the base they fall back to may be wrong itself.
    if (name !== undefined && issues.list.length === before) {
      compiled.set(name, compileRates(rates as TieredRates, base));
    }
  }
  return compiled;
}

function checkTieredRates(
  value: Record<string, unknown>,
  base: Record<string, unknown>,
  path: string,
  issues: Issues,
): void {
  const { tiers, ...rates } = value;
  checkRates(rates, path, ['perRequest'], issues);
  if (tiers === undefined) return;
  if (!Array.isArray(tiers)) {
    issues.add(
      `${path}.tiers`,
      tiers,
      'write an array, such as [{ "aboveInputTokens": 200000, "input": 5 }]',
    );
    return;
  }
  for (const [position, tier] of tiers.entries()) {
    const at = `${path}.tiers[${position}]`;
    if (!isRecord(tier)) {
      issues.add(at, tier, 'write an object, such as { "aboveInputTokens": 200000, "input": 5 }');
      continue;
    }
    const { aboveInputTokens, ...tierRates } = tier;
    if (!Number.isSafeInteger(aboveInputTokens) || (aboveInputTokens as number) < 1) {
      issues.add(`${at}.aboveInputTokens`, aboveInputTokens, 'write a positive whole number of tokens');
    }
    checkRates(tierRates, at, [], issues);
    for (const name of Object.keys(tierRates)) {
      if (RATE_NAMES.has(name) && base[name] === undefined) {
        issues.add(`${at}.${name}`, tierRates[name], `write ${name} outside the tiers too`);
      }
    }
  }
}

function checkRates(
  rates: Record<string, unknown>,
  path: string,
  others: readonly string[],
  issues: Issues,
): void {
  for (const [name, value] of Object.entries(rates)) {
    if (value === undefined) continue;
    if (!RATE_NAMES.has(name) && !others.includes(name)) {
      const known = [...RATE_NAMES, ...others];
      issues.add(unknownPath(path, name, known), value, `write one of ${[RATES_TEXT, ...others].join(', ')}`);
    } else if (!isAmount(value)) {
      issues.add(`${path}.${name}`, value, 'write US dollars as a number that is not negative', tellNumber);
    }
  }
}

import type { Issues } from '../config/issues.js';
import { isRecord } from '../config/issues.js';
import { inPlace, listOf, type Members, objectOf, optional, recordOf } from '../config/nested-options.js';
import { check, type Parser } from '../config/parsers.js';
import { memberPath, showNumber } from '../config/redact.js';
import { isAmount } from '../metrics/amounts.js';
import { type ContextTier, type Price, type Rates, type TieredRates, UNITS } from './rates.js';
import { serviceTierName } from './service-tiers.js';

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

/** The price of one model, as a user writes it. */
export const PRICE: Parser<Price> = inPlace(MEMBERS.shape, (value, place) => {
  if (!isRecord(value)) return undefined;
  const { path, issues } = place;
  const before = issues.list.length;
  MEMBERS.parse(value, 'option', place);
  checkTiers(value, value, path, issues);
  if (!RATE_NAMES.concat('perRequest').some((name) => name in value)) {
    const remedy = 'write at least one rate; a model that costs nothing has { "input": 0, "output": 0 }';
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

/** A rate of a long-context tier replaces one outside the tiers, which must therefore be there. */
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

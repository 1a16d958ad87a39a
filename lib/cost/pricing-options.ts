import { createProblems, given, type Problems } from '../config/problems.js';
import { memberPath, tellNumber, tellWord } from '../config/seen.js';
import { isRecord } from '../config/shapes.js';
import { patternProblem } from '../config/wildcard.js';
import type { ConfigProblem, ConfigWarning } from '../errors.js';
import { isAmount } from '../metrics/amounts.js';
import { type PriceOverridesOption, readOverrides } from './overrides.js';
import { type PricingConfig, PUBLISHED_PRICES } from './prices.js';
import { type ServiceTierMultiplier, serviceTierName } from './service-tiers.js';

/** How requests are priced. */
export interface PricingOptions {
  /**
   * Prices that go before all others: an object, or the path of a JSON file with one. LiteLLM's
   * `model_prices_and_context_window.json` is accepted in either form. Environment: `LLM_EDGE_PRICES_FILE`,
   * a path.
   */
  readonly overrides?: PriceOverridesOption | undefined;
  /** The model behind a name that only you know, such as an Azure deployment or a Bedrock inference profile. */
  readonly deployments?: Readonly<Record<string, string>> | undefined;
  /** Multiples of the standard rates for service tiers; they go before the published ones. */
  readonly serviceTiers?: readonly ServiceTierMultiplier[] | undefined;
}

/** Names a file of the user's own prices. */
export const PRICES_FILE_VARIABLE = 'LLM_EDGE_PRICES_FILE';

const PRICING_OPTIONS = ['overrides', 'deployments', 'serviceTiers'] as const;
const TIER_OPTIONS = ['provider', 'model', 'tier', 'multiplier', 'cacheReadMultiplier'] as const;

/** Pricing, and what is wrong with what it came from. */
export interface ResolvedPricing {
  readonly config: PricingConfig;
  readonly problems: readonly ConfigProblem[];
  /** What is wrong with the file that the environment names: prices that are right are used all the same. */
  readonly warnings: readonly ConfigWarning[];
}

/** Resolves the options of pricing, reading the price file if there is one. Never throws. */
export function resolvePricing(
  options: PricingOptions | undefined,
  env: Readonly<Record<string, string | undefined>> = {},
): ResolvedPricing {
  const problems = createProblems();
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    problems.add('pricing', options, 'write an object, such as { overrides: "prices.json" }');
    return { config: PUBLISHED_PRICES, problems: problems.list, warnings: [] };
  }
  if (options !== undefined) problems.addUnknown('pricing', given(options), PRICING_OPTIONS);
  const isOption = options?.overrides !== undefined;
  const overrides = readOverrides(
    options?.overrides ?? (env[PRICES_FILE_VARIABLE]?.trim() || undefined),
    PRICES_FILE_VARIABLE,
  );
  const config = {
    overrides: overrides.table,
    deployments: readDeployments(options?.deployments, problems),
    serviceTiers: readServiceTiers(options?.serviceTiers, problems),
  };
  return {
    config,
    problems: [...(isOption ? overrides.problems : []), ...problems.list],
    warnings: isOption ? [] : overrides.problems.map(toWarning),
  };
}

function toWarning(problem: ConfigProblem): ConfigWarning {
  return { ...problem, variable: PRICES_FILE_VARIABLE, effect: 'no price is taken from there' };
}

function readDeployments(value: unknown, problems: Problems): ReadonlyMap<string, string> {
  const deployments = new Map<string, string>();
  if (value === undefined) return deployments;
  if (!isRecord(value)) {
    problems.add('pricing.deployments', value, 'write models by deployment, such as { "my-gpt": "gpt-4o" }');
    return deployments;
  }
  for (const [deployment, model] of Object.entries(value)) {
    if (typeof model === 'string' && model !== '') deployments.set(deployment.toLowerCase(), model);
    else {
      const path = memberPath('pricing.deployments', deployment);
      problems.add(path, model, 'write the name of a model, such as "gpt-4o"');
    }
  }
  return deployments;
}

function readServiceTiers(value: unknown, problems: Problems): readonly ServiceTierMultiplier[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    const remedy = 'write an array, such as [{ provider: "openai", tier: "scale", multiplier: 0.8 }]';
    problems.add('pricing.serviceTiers', value, remedy);
    return [];
  }
  return value.filter((row, position) => isServiceTier(row, `pricing.serviceTiers[${position}]`, problems));
}

function isServiceTier(row: unknown, path: string, problems: Problems): row is ServiceTierMultiplier {
  const before = problems.list.length;
  if (!isRecord(row)) {
    problems.add(
      path,
      row,
      'write an object, such as { provider: "openai", tier: "scale", multiplier: 0.8 }',
    );
    return false;
  }
  problems.addUnknown(path, given(row), TIER_OPTIONS);
  const { provider, model, tier, multiplier, cacheReadMultiplier } = row;
  for (const [name, pattern] of [
    ['provider', provider],
    ['model', model ?? '*'],
  ] as const) {
    const wrong = patternProblem(pattern);
    if (wrong !== undefined) problems.add(`${path}.${name}`, pattern, `write ${wrong}`);
  }
  if (serviceTierName(tier) === undefined) {
    const remedy = 'write a tier other than the standard one, such as "batch"';
    problems.add(`${path}.tier`, tier, remedy, tellWord('default', 'standard', 'auto'));
  }
  for (const [name, factor] of [
    ['multiplier', multiplier],
    ['cacheReadMultiplier', cacheReadMultiplier ?? 1],
  ] as const) {
    if (!isAmount(factor)) {
      problems.add(`${path}.${name}`, factor, 'write a number that is not negative', tellNumber);
    }
  }
  return problems.list.length === before;
}

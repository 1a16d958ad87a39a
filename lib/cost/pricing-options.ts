import { isName, nameOf, nameRemedy } from '../catalogue/names.js';
import { type Environment, Issues } from '../config/issues.js';
import { inPlace, listOf, objectOf, optional, readOption, recordOf } from '../config/nested-options.js';
import { check, PATTERN } from '../config/parsers.js';
import { PRICING_VARIABLES } from '../config/pricing-variables.js';
import { showNumber, showWord } from '../config/redact.js';
import type { ConfigProblem, ConfigWarning } from '../errors.js';
import { isAmount } from '../metrics/amounts.js';
import { type PriceOverridesOption, readOverrides } from './overrides.js';
import { PRICE_LIST, type PriceListConfig, type PriceListOptions } from './price-list-options.js';
import { type PricingConfig, PUBLISHED_PRICES } from './prices.js';
import { type ServiceTierMultiplier, serviceTierName } from './service-tiers.js';

/** How requests are priced. */
export interface PricingOptions {
  /**
   * Prices that override all others: an object, or the path of a JSON file with one. LiteLLM's
   * `model_prices_and_context_window.json` is accepted in either form. Environment: `LLM_EDGE_PRICES_FILE`,
   * a path.
   */
  readonly overrides?: PriceOverridesOption | undefined;
  /** The model behind a name that you chose, such as an Azure deployment or a Bedrock inference profile. */
  readonly deployments?: Readonly<Record<string, string>> | undefined;
  /** Multiples of the standard rates for service tiers; they override the published ones. */
  readonly serviceTiers?: readonly ServiceTierMultiplier[] | undefined;
  /**
   * A newer price list than the bundled one: the path of a file, an `https://` URL, or an object with either. It is in
   * force for the whole process, and for other users of `@pydantic/genai-prices` in it, until `shutdown()`. Environment:
   * `LLM_EDGE_PRICE_LIST`.
   */
  readonly list?: string | PriceListOptions | undefined;
}

/** Pricing, and what is wrong with the options and the price file. */
export interface ResolvedPricing {
  readonly config: PricingConfig;
  readonly problems: readonly ConfigProblem[];
  /** What is wrong with the file that the environment names; its valid prices are used. */
  readonly warnings: readonly ConfigWarning[];
}

const isTier = (value: unknown): value is string => serviceTierName(value) !== undefined;
const FACTOR = check(isAmount, 'a number that is not negative', showNumber);

const TIER = objectOf<ServiceTierMultiplier>(
  {
    provider: PATTERN,
    model: optional(PATTERN),
    tier: check(
      isTier,
      'a tier other than the standard one, such as "batch"',
      showWord('default', 'standard', 'auto'),
    ),
    multiplier: FACTOR,
    cacheReadMultiplier: optional(FACTOR),
  },
  'an object, such as { provider: "openai", tier: "scale", multiplier: 0.8 }',
);

const DEPLOYMENTS = recordOf(
  {
    shape: 'the name of a model, such as "gpt-4o"',
    parse: (model) => (isName(model) ? nameOf(model) : undefined),
  },
  'models by deployment, such as { "my-gpt": "gpt-4o" }',
  {
    read(deployment, { path, issues }, model) {
      const remedy = nameRemedy(deployment);
      if (remedy !== undefined) issues.add(path, model, remedy);
      return remedy === undefined ? nameOf(deployment).toLowerCase() : undefined;
    },
  },
);

const TIERS = listOf(TIER, 'an array, such as [{ provider: "openai", tier: "scale", multiplier: 0.8 }]');

/** Resolves the options of pricing, and reads the price file if there is one. Never throws. */
export function resolvePricing(options: PricingOptions | undefined, env: Environment = {}): ResolvedPricing {
  const issues = new Issues();
  const file = env[PRICING_VARIABLES.overrides]?.trim();
  // The valid prices are kept: those of a file that the environment names are used although others are wrong.
  const prices = { overrides: PUBLISHED_PRICES.overrides, warnings: [] as readonly ConfigWarning[] };
  if (file && options?.overrides === undefined) {
    const { table, problems } = readOverrides(file, PRICING_VARIABLES.overrides);
    prices.overrides = table;
    prices.warnings = problems.map(toWarning);
  }
  const overrides = inPlace('', (value) => {
    const { table, problems } = readOverrides(value, PRICING_VARIABLES.overrides);
    prices.overrides = table;
    issues.list.push(...problems);
    return table;
  });
  // The compiler requires a parser for each option.
  const parser = objectOf<{
    readonly [Name in keyof PricingOptions]?: Exclude<PricingConfig[Name], undefined>;
  }>(
    {
      overrides: optional(overrides),
      deployments: optional(DEPLOYMENTS),
      serviceTiers: optional(TIERS),
      list: optional(PRICE_LIST),
    },
    'an object, such as { overrides: "prices.json" }',
  );
  const given = options === undefined ? {} : readOption(parser, options, 'pricing', issues);
  const fromEnvironment = listOfEnvironment(env);
  const list = given?.list ?? (options?.list === undefined ? fromEnvironment.config : undefined);
  return {
    config: { ...PUBLISHED_PRICES, ...given, overrides: prices.overrides, list },
    problems: issues.list,
    warnings: [...prices.warnings, ...fromEnvironment.warnings],
  };
}

/** The price list that the environment names. A value that cannot be used leaves the bundled list in force. */
function listOfEnvironment(env: Environment): {
  readonly config: PriceListConfig | undefined;
  readonly warnings: readonly ConfigWarning[];
} {
  const from = env[PRICING_VARIABLES.list]?.trim();
  const sha256 = env[PRICING_VARIABLES.listDigest]?.trim() || undefined;
  if (!from) return { config: undefined, warnings: [] };
  const issues = new Issues(PRICING_VARIABLES.list);
  const config = readOption(PRICE_LIST, { from, sha256 }, 'pricing.list', issues);
  const warnings = issues.list.map((problem) => ({
    ...problem,
    variable: problem.option.endsWith('sha256') ? PRICING_VARIABLES.listDigest : PRICING_VARIABLES.list,
    effect: 'the bundled price list is in force',
  }));
  return { config, warnings };
}

function toWarning(problem: ConfigProblem): ConfigWarning {
  return { ...problem, variable: PRICING_VARIABLES.overrides, effect: 'no price is taken from there' };
}

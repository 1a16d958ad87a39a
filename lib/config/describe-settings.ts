import type { ConfigWarning } from '../errors.js';
import type { Setting } from './definitions.js';
import type { Environment } from './issues.js';
import { endpointText } from './otlp-endpoint.js';
import { PRELOAD_DEFAULTS, PRELOAD_VARIABLES } from './preload-variables.js';
import { PRICING_VARIABLES } from './pricing-variables.js';
import { printedValue } from './printed-value.js';
import { nameText, redact, showFile, showHost } from './redact.js';
import { optionAt } from './resolve-setting.js';
import { SETTINGS, type Settings } from './settings.js';
import { USER_OBJECTS } from './user-objects.js';

/** One setting with its value and where that comes from. It can be shown to anyone: it holds no secret. */
export interface DescribedSetting {
  /** The path of the option, such as `traces.endpoint`, or `instrumentFetch.hosts`. */
  readonly option: string;
  /** The variables that it may come from, in order of precedence; empty where only an option sets it. */
  readonly variables: readonly string[];
  /** As JSON; `null` where nothing is set. Secrets read `(hidden)`; of an endpoint, only what cannot be a secret is left. */
  readonly value: unknown;
  /** `option`, the name of the variable, both joined by ` + ` where they are merged, or `default`. */
  readonly origin: string;
  /** Whether the value is replaced by `(hidden)`. */
  readonly isSecret: boolean;
  /** What is wrong with its variables, and what that means. */
  readonly warnings: readonly ConfigWarning[];
}

/** The members of a configuration that are described; a `MonitoringConfig` has them. */
export interface DescribedConfig extends Settings {
  readonly given: readonly string[];
  readonly variables: readonly string[];
  readonly warnings: readonly ConfigWarning[];
  readonly pricing: {
    readonly overrides: { readonly size: number };
    readonly deployments: ReadonlyMap<string, string>;
    readonly serviceTiers: readonly unknown[];
    readonly list?: { readonly from: string; readonly sha256?: string | undefined } | undefined;
  };
  readonly budgets: readonly { readonly name: string }[];
}

type Row = Omit<DescribedSetting, 'warnings'>;

const OPTION = 'option';
const DEFAULT = 'default';
const PRICES = 'pricing.overrides';

/**
 * Lists every setting of a configuration: those of the table, the objects of the user, pricing and budgets, and what
 * `instrumentFetch` reads from the environment.
 *
 * @param env - the environment that the configuration was resolved from.
 */
export function describeSettings(config: DescribedConfig, env: Environment): readonly DescribedSetting[] {
  const rows = [
    ...Object.entries<Setting<never> | Setting<unknown>>(SETTINGS).map(([option, setting]) =>
      describeSetting(option, setting as Setting<unknown>, config),
    ),
    ...Object.keys(USER_OBJECTS).map((option) => describeObject(option, config)),
    ...describePricing(config, env),
    row('budgets', [], config.budgets, config.given.includes('budgets') ? OPTION : DEFAULT),
    ...describePreload(env),
  ];
  return rows.map((each) => ({
    ...each,
    // The options of a price file go deeper than its row: `pricing.overrides.openai`.
    warnings: config.warnings.filter(
      ({ option }) => option === each.option || (each.option === PRICES && option.startsWith(PRICES)),
    ),
  }));
}

function row(option: string, variables: readonly string[], value: unknown, origin: string): Row {
  return { option, variables, value: value ?? null, origin, isSecret: false };
}

function describeSetting(
  option: string,
  setting: Setting<unknown>,
  { given, variables, ...config }: DescribedConfig,
): Row {
  const isGiven = given.includes(option);
  // The first of them that is set is the one that counts, and those that count are in the configuration.
  const variable =
    isGiven && !setting.merged ? undefined : setting.variables.find((name) => variables.includes(name));
  const origin = [isGiven ? OPTION : [], variable ?? []].flat().join(' + ') || DEFAULT;
  const value = printedValue(setting, optionAt(config, option));
  return { ...row(option, setting.variables, value, origin), isSecret: setting.secret === true };
}

/** An object of the user has no value to show. */
function describeObject(option: string, { given }: DescribedConfig): Row {
  return given.includes(option) ? row(option, [], 'passed', OPTION) : row(option, [], undefined, DEFAULT);
}

function describePricing({ pricing, given }: DescribedConfig, env: Environment): readonly Row[] {
  const { overrides, deployments, serviceTiers, list } = pricing;
  const originOf = (option: string, variable?: string): string => {
    if (given.includes(option)) return OPTION;
    return variable !== undefined && isSet(env[variable]) ? variable : DEFAULT;
  };
  const prices = originOf(PRICES, PRICING_VARIABLES.overrides);
  const file = prices === OPTION ? undefined : env[PRICING_VARIABLES.overrides]?.trim();
  const count = `${overrides.size} prices${file ? ` from ${redact(file, showFile)}` : ''}`;
  return [
    row(PRICES, [PRICING_VARIABLES.overrides], prices === DEFAULT ? null : count, prices),
    row(
      'pricing.list',
      [PRICING_VARIABLES.list],
      list && sourceText(list.from),
      list === undefined ? DEFAULT : originOf('pricing.list', PRICING_VARIABLES.list),
    ),
    row(
      'pricing.list.sha256',
      [PRICING_VARIABLES.listDigest],
      list?.sha256,
      list?.sha256 === undefined ? DEFAULT : originOf('pricing.list', PRICING_VARIABLES.listDigest),
    ),
    row('pricing.deployments', [], Object.fromEntries(deployments), originOf('pricing.deployments')),
    row('pricing.serviceTiers', [], serviceTiers, originOf('pricing.serviceTiers')),
  ];
}

/** A file, or the host of a URL, whose path may hold a token. */
function sourceText(from: string): string {
  return /^https?:/i.test(from) ? endpointText(from) : from;
}

function describePreload(env: Environment): readonly Row[] {
  const names = Object.entries(PRELOAD_VARIABLES) as [keyof typeof PRELOAD_VARIABLES, string][];
  return names.map(([name, variable]) => {
    const text = env[variable]?.trim();
    const option = `instrumentFetch.${name}`;
    return text
      ? row(option, [variable], listText(text), variable)
      : row(option, [variable], PRELOAD_DEFAULTS[name], DEFAULT);
  });
}

/** A list of hosts or words; a part that reads like a secret is left out. */
function listText(text: string): string {
  return text
    .split(/([,=|])/)
    .map((part) => (/^[,=|]?$/.test(part) ? part : (showHost(part.trim()) ?? nameText(part.trim()))))
    .join('');
}

function isSet(text: string | undefined): boolean {
  return (text ?? '').trim() !== '';
}

import { type BudgetConfig, type BudgetOptions, resolveBudgets } from '../budgets/budget-options.js';
import { type BroughtProviders, COMPONENTS } from '../config/definitions.js';
import { type Environment, isObject } from '../config/issues.js';
import type { TelemetryOptions } from '../config/options.js';
import { PRICING_VARIABLES } from '../config/pricing-variables.js';
import { redact, showHost } from '../config/redact.js';
import { resolveTelemetry, type TelemetryConfig } from '../config/resolve.js';
import { optionAt } from '../config/resolve-setting.js';
import { SETTINGS } from '../config/settings.js';
import { USER_OBJECTS } from '../config/user-objects.js';
import type { PricingConfig } from '../cost/prices.js';
import { type PricingOptions, resolvePricing } from '../cost/pricing-options.js';
import { type ConfigWarning, configError, MonitoringError, type MonitoringResult } from '../errors.js';

/**
 * What users pass to `initMonitoring`. Every option wins over its environment variable, which wins over the default;
 * an empty variable counts as not set. Wrong options are refused; a variable with a value that is not supported
 * switches off only the component it belongs to, with a warning.
 */
export interface MonitoringOptions extends TelemetryOptions {
  /** Your prices, and names that the published prices do not have. Environment: `LLM_EDGE_PRICES_FILE`. */
  readonly pricing?: PricingOptions | undefined;
  /** Amounts of money for a time, shown by the budget gauges and by callbacks at thresholds. */
  readonly budgets?: readonly BudgetOptions[] | undefined;
}

/** The configuration of `initMonitoring`: every setting resolved, validated and frozen, and the user's objects. */
export interface MonitoringConfig extends TelemetryConfig {
  readonly pricing: PricingConfig;
  readonly budgets: readonly BudgetConfig[];
}

const NONE_REGISTERED: BroughtProviders = { meterProvider: false, tracerProvider: false };
/** The options that are resolved in this file, and their variables. */
const OTHER_OPTIONS = {
  pricing: undefined,
  budgets: undefined,
  'pricing.overrides': PRICING_VARIABLES.overrides,
  'pricing.list': PRICING_VARIABLES.list,
  'pricing.list.sha256': PRICING_VARIABLES.listDigest,
  'pricing.deployments': undefined,
  'pricing.serviceTiers': undefined,
};

/**
 * Resolves options over environment over defaults.
 *
 * Never throws: options that are not valid come back as one `ERR_INVALID_CONFIG` that lists every problem with its
 * option, its environment variable, what was seen and what to write instead. A value is described by type and size, and
 * shown itself only where it cannot be a secret. Where monitoring is disabled no other option is checked: switching it
 * off must always work.
 *
 * A value of the environment that is not supported is not an error: it switches off the component it belongs to, or is
 * replaced by the default, and `warnings` of the configuration lists it.
 *
 * @param options - what the user passed.
 * @param env - the environment; `process.env` by default.
 */
export function resolveConfig(
  options?: MonitoringOptions,
  env?: Environment,
): MonitoringResult<MonitoringConfig>;
/** @internal */
export function resolveConfig(
  options: MonitoringOptions,
  env: Environment,
  registered: BroughtProviders,
): MonitoringResult<MonitoringConfig>;
export function resolveConfig(
  options: MonitoringOptions = {},
  env: Environment = process.env,
  registered: BroughtProviders = NONE_REGISTERED,
): MonitoringResult<MonitoringConfig> {
  try {
    const telemetry = resolveTelemetry(options, env, registered, OTHER_OPTIONS);
    const pricing = resolvePricing(options?.pricing, env);
    const budgets = resolveBudgets(options?.budgets);
    const { enabled } = telemetry.config;
    const problems = [...telemetry.problems, ...pricing.problems, ...budgets.problems];
    if (problems.length > 0 && enabled) return { ok: false, error: configError(problems) };
    const warnings = enabled ? Object.freeze([...telemetry.config.warnings, ...pricing.warnings]) : [];
    const costs = { pricing: pricing.config, budgets: budgets.config };
    return { ok: true, value: Object.freeze({ ...telemetry.config, ...costs, warnings }) };
  } catch {
    // The error of a user's getter or Proxy may quote a secret, so it is not passed on as the cause.
    const error = new MonitoringError(
      'ERR_INVALID_CONFIG',
      'the options cannot be read: a getter or a Proxy among them threw',
    );
    return { ok: false, error };
  }
}

/** The settings of the address that the scrape server listens on. */
const ADDRESS = ['metrics.host', 'metrics.port'] as const;

/**
 * The warning about a variable that is found to be wrong only by listening: a host that does not exist, or a port that
 * this process may not use. A port in use does not make the value wrong. A wrong address in the options is an error.
 */
export function listenWarning(
  { variables, metrics }: MonitoringConfig,
  error: unknown,
): ConfigWarning | undefined {
  if (!(error instanceof MonitoringError) || error.code !== 'ERR_LISTEN_FAILED') return undefined;
  const { code } = error.cause as { readonly code?: unknown };
  const [host, port] = ADDRESS;
  const option = code === 'EACCES' ? port : host;
  const variable = SETTINGS[option].variables.find((name) => variables.includes(name));
  if (variable === undefined) return undefined;
  return {
    option,
    variable,
    seen: option === port ? String(metrics.port) : redact(metrics.host, showHost),
    effect: COMPONENTS.scrape.offText ?? '',
    remedy: `choose a host and a port that can be opened: ${String(code)}`,
  };
}

/** The options in which two configurations differ; none if both would start the same monitoring. */
export function differences(a: MonitoringConfig, b: MonitoringConfig): readonly string[] {
  const paths = [...Object.keys(SETTINGS), 'pricing', 'budgets'];
  return [
    ...paths.filter((path) => !sameContent(optionAt(a, path), optionAt(b, path))),
    ...Object.keys(USER_OBJECTS).filter((path) => !sameObjects(partAt(a, path), partAt(b, path))),
  ];
}

/** The object of the user for an option such as `traces.spanExporter`. */
function partAt({ parts }: MonitoringConfig, path: string): unknown {
  return parts[path.replace(/^.*\./, '') as keyof typeof parts];
}

/** Compares objects of the user, or lists of them, by identity. */
function sameObjects(a: unknown, b: unknown): boolean {
  const [ofA, ofB] = [[a ?? []].flat(), [b ?? []].flat()];
  return ofA.length === ofB.length && ofA.every((object, index) => object === ofB[index]);
}

/**
 * Compares by content. Prototypes are ignored, unlike in `isDeepStrictEqual`: the ESM and the CommonJS copy of this
 * package resolve equal options to objects of different classes.
 */
function sameContent(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (a instanceof Map && b instanceof Map) return sameContent([...a], [...b]);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameContent(a[key as never], b[key as never]))
  );
}

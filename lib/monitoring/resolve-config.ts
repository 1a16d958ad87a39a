import { type BudgetConfig, resolveBudgets } from '../budgets/budget-options.js';
import type { BroughtProviders } from '../config/components.js';
import type { TelemetryConfig } from '../config/config.js';
import type { Environment } from '../config/resolve-field.js';
import { type Resolved, resolveTelemetry } from '../config/resolve-telemetry.js';
import type { PricingConfig } from '../cost/prices.js';
import { resolvePricing } from '../cost/pricing-options.js';
import { type ConfigWarning, configError, MonitoringError, type MonitoringResult } from '../errors.js';
import type { MonitoringOptions } from './options.js';

/** What `initMonitoring` runs on: every setting resolved, validated and frozen, and the user's own objects. */
export interface MonitoringConfig extends TelemetryConfig {
  readonly pricing: PricingConfig;
  readonly budgets: readonly BudgetConfig[];
}

const NONE_REGISTERED: BroughtProviders = { meterProvider: false, tracerProvider: false };

interface ResolvedCosts extends Resolved<Pick<MonitoringConfig, 'pricing' | 'budgets'>> {
  readonly warnings: readonly ConfigWarning[];
}

function resolveCosts({ pricing, budgets }: MonitoringOptions, env: Environment): ResolvedCosts {
  const prices = resolvePricing(pricing, env);
  const amounts = resolveBudgets(budgets);
  return {
    config: { pricing: prices.config, budgets: amounts.config },
    problems: [...prices.problems, ...amounts.problems],
    warnings: prices.warnings,
  };
}

/**
 * Resolves options over environment over defaults.
 *
 * Never throws: options that are not valid come back as one `ERR_INVALID_CONFIG` that lists every problem with its
 * option, its environment variable, what was seen and what to write instead. What is seen is told by type and size,
 * the value itself only where it can be no secret. Where monitoring is disabled the rest is not judged: switching it
 * off must always work.
 *
 * A value of the environment that is not supported is no error: it switches off what it is about, or leaves the
 * default in place, and `warnings` of the configuration says which.
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
    const { meterProvider, tracerProvider } = options ?? {};
    const telemetry = resolveTelemetry(options, env, {
      meterProvider: registered.meterProvider || meterProvider !== undefined,
      tracerProvider: registered.tracerProvider || tracerProvider !== undefined,
    });
    const costs = resolveCosts(options ?? {}, env);
    const problems = [...telemetry.problems, ...costs.problems];
    if (problems.length > 0 && telemetry.config.enabled) return { ok: false, error: configError(problems) };
    const warnings = telemetry.config.enabled
      ? Object.freeze([...telemetry.config.warnings, ...costs.warnings])
      : [];
    return { ok: true, value: Object.freeze({ ...telemetry.config, ...costs.config, warnings }) };
  } catch {
    // What a getter or a Proxy of the user throws may quote what it guards: it is no cause to hand on.
    const error = new MonitoringError(
      'ERR_INVALID_CONFIG',
      'the options cannot be read: a getter or a Proxy among them threw',
    );
    return { ok: false, error };
  }
}

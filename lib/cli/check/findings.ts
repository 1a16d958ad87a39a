import { readPreloadSettings } from '../../clients/preload-settings.js';
import { type DescribedSetting, describeSettings } from '../../config/describe-settings.js';
import type { Environment } from '../../config/issues.js';
import { redact } from '../../config/redact.js';
import type { ConfigWarning } from '../../errors.js';
import type { MonitoringConfig } from '../../monitoring/resolve-config.js';
import { skipped, type Trial } from './trial.js';
import { tryCollectors } from './try-collector.js';
import { tryCertificates, tryPriceFile, tryPriceList } from './try-files.js';
import { tryPort } from './try-port.js';
import { unknownVariables } from './unknown-variables.js';

/** Everything that `check` reports. */
export interface Findings {
  readonly settings: readonly DescribedSetting[];
  /** What is wrong with variables. */
  readonly warnings: readonly ConfigWarning[];
  /** Variables of this package or of OpenTelemetry that are set, and that nothing here reads. */
  readonly unread: readonly string[];
  readonly trials: readonly Trial[];
}

/** Describes the settings of an environment, and tries what they name. */
export async function examine(config: MonitoringConfig, env: Environment): Promise<Findings> {
  const settings = describeSettings(config, env);
  const known = new Map(settings.flatMap(({ option, variables }) => variables.map((name) => [name, option])));
  const unknown = unknownVariables(env, new Set(known.keys()));
  const reported = new Set(config.warnings.map(({ variable }) => variable));
  const misspelt = unknown.flatMap(({ variable, nearest }): readonly ConfigWarning[] => {
    if (nearest === undefined || reported.has(variable)) return [];
    const remedy = `there is no such variable; did you mean ${nearest}?`;
    return [
      {
        option: known.get(nearest) ?? nearest,
        variable,
        seen: redact(env[variable]),
        remedy,
        effect: 'it is not read',
      },
    ];
  });
  return {
    settings,
    warnings: [...config.warnings, ...readPreloadSettings(env).warnings, ...misspelt],
    unread: unknown.filter(({ nearest }) => nearest === undefined).map(({ variable }) => variable),
    trials: config.enabled ? await tryAll(config, env) : [skipped('monitoring', 'it is disabled')],
  };
}

async function tryAll(config: MonitoringConfig, env: Environment): Promise<readonly Trial[]> {
  const [collectors, port, priceList] = await Promise.all([
    tryCollectors(config),
    tryPort(config),
    tryPriceList(config, env),
  ]);
  return [...collectors, port, tryPriceFile(config, env), priceList, ...tryCertificates(config, new Date())];
}

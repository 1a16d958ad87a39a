import { type DescribedSetting, describeSettings } from '../../lib/config/describe-settings.js';
import { type MonitoringOptions, resolveConfig } from '../../lib/index.js';

/** Every setting that options and an environment resolve to, by the path of its option. */
export function describedSettings(
  options: MonitoringOptions,
  env: Readonly<Record<string, string>>,
): ReadonlyMap<string, DescribedSetting> {
  const resolved = resolveConfig(options, env);
  if (!resolved.ok) throw resolved.error;
  return new Map(describeSettings(resolved.value, env).map((row) => [row.option, row]));
}

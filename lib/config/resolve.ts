import type { ConfigProblem, ConfigWarning } from '../errors.js';
import { type BroughtProviders, COMPONENTS, type Component, SENDERS, type Setting } from './definitions.js';
import { type Environment, Issues, isObject, misspeltVariables } from './issues.js';
import { readOption } from './nested-options.js';
import type { TelemetryOptions, TracesOptions } from './options.js';
import { endpointOf, type Protocol, type Signal } from './otlp-endpoint.js';
import { PRELOAD_VARIABLES } from './preload-variables.js';
import { printedValue } from './printed-value.js';
import { optionAt, type ResolvedSetting, resolveSetting } from './resolve-setting.js';
import { SETTINGS, type SettingPath, type Settings } from './settings.js';
import { USER_OBJECTS } from './user-objects.js';

const SETTING_ENTRIES = Object.entries(SETTINGS) as [SettingPath, Setting<unknown>][];
const BATCH_SIZE = 'traces.batch.maxExportBatchSize';
const QUEUE_SIZE = 'traces.batch.maxQueueSize';
const GENERAL_ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** The objects that a user may pass; they are used as they are. */
export interface Parts
  extends Pick<TelemetryOptions, 'meterProvider' | 'tracerProvider' | 'resourceDetectors'> {
  readonly spanExporter?: TracesOptions['spanExporter'];
}

/** The configuration of providers and exporters: all settings, and the user's objects. */
export interface TelemetryConfig extends Settings {
  readonly parts: Parts;
  /** The paths of the options that were given. */
  readonly given: readonly string[];
  /** The names of the environment variables that settings were taken from. */
  readonly variables: readonly string[];
  /** The values of the environment that are not supported; monitoring runs without them. */
  readonly warnings: readonly ConfigWarning[];
}

/** The settings while they are put together. */
interface Draft {
  readonly settings: Settings;
  /** Where the value of each setting comes from, and what is wrong with it. */
  readonly resolved: ReadonlyMap<SettingPath, ResolvedSetting>;
  readonly problems: ConfigProblem[];
  readonly warnings: ConfigWarning[];
  isUsed(component: Component | undefined): boolean;
  /** Switches a component off once all of its settings are checked. */
  switchOff(component: Component): void;
}

/** A configuration, and what is wrong with the options that it was resolved from. */
export interface Resolved<Config> {
  /** Holds the default wherever an option is wrong. */
  readonly config: Config;
  /** What is wrong with the options. Monitoring must not start where there is anything. */
  readonly problems: readonly ConfigProblem[];
}

/** Options that are resolved elsewhere, and the variable of each, if it has one. */
export type OtherOptions = Readonly<Record<string, string | undefined>>;

/**
 * Resolves options over environment over defaults, and collects everything that is wrong.
 *
 * @param registered - which global providers of the user the process has.
 */
export function resolveTelemetry(
  given: TelemetryOptions,
  env: Environment,
  registered: BroughtProviders,
  others: OtherOptions,
): Resolved<TelemetryConfig> {
  const options = withoutShortForms(given);
  const nested: Record<string, unknown> = {};
  const resolved = new Map(
    SETTING_ENTRIES.map(([path, setting]) => [path, resolveSetting(path, setting, options, env)] as const),
  );
  for (const [path, { value }] of resolved) place(nested, path, value);
  // The one place where the table becomes the typed settings.
  const settings = nested as unknown as Settings;
  const known = [...Object.keys(SETTINGS), ...Object.keys(USER_OBJECTS), ...Object.keys(others)];
  const issues = new Issues();
  if (isObject(options)) issues.addUnknown('', options, known);
  else issues.add('options', options, 'pass an object');
  const parts = resolveParts(options, issues);
  const isShared = settings.openTelemetry === 'shared';
  const brought = {
    meterProvider: (isShared && registered.meterProvider) || parts.meterProvider !== undefined,
    tracerProvider: (isShared && registered.tracerProvider) || parts.tracerProvider !== undefined,
    spanExporter: parts.spanExporter !== undefined,
  };
  const stopped = new Set<Component>();
  const draft: Draft = {
    settings,
    resolved,
    problems: issues.list,
    warnings: misspeltVariables(env, optionByVariable(others)),
    isUsed: (component) => component === undefined || COMPONENTS[component].isUsed(settings, brought),
    switchOff: (component) => stopped.add(component),
  };
  for (const [option, { problem }] of resolved) {
    if (problem !== undefined) draft.problems.push({ option, ...problem });
  }
  judgeVariables(draft);
  fitBatch(draft);
  for (const signal of ['metrics', 'traces'] as const) {
    fitEndpoint(signal, draft);
    fitClientCertificate(signal, draft);
  }
  for (const component of stopped) COMPONENTS[component].switchOff?.(settings as never);

  deepFreeze(hideSecrets(settings));
  const { enabled } = settings;
  const config = {
    ...settings,
    parts,
    given: Object.freeze(known.filter((path) => optionAt(options, path) !== undefined)),
    variables: Object.freeze([...new Set([...resolved.values()].flatMap(({ readFrom }) => readFrom ?? []))]),
    // Other settings are not checked where monitoring is disabled: it must always be possible to switch it off.
    warnings: Object.freeze(enabled ? draft.warnings : []),
  };
  return { config: Object.freeze(config), problems: enabled ? draft.problems : [] };
}

/** Replaces what is short for an object of options. */
function withoutShortForms(given: TelemetryOptions): TelemetryOptions {
  const traces = given?.traces === 'none' ? { traces: { spans: 'none' as const } } : undefined;
  const statusPage = given?.statusPage === false ? { statusPage: { enabled: false } } : undefined;
  return traces || statusPage ? { ...given, ...traces, ...statusPage } : given;
}

/** Checks the objects of the user: a wrong one would make the start fail halfway. */
function resolveParts(options: TelemetryOptions, issues: Issues): Parts {
  for (const [path, { parser }] of Object.entries(USER_OBJECTS)) {
    const value = optionAt(options, path);
    if (value !== undefined) readOption(parser, value, path, issues);
  }
  // There is an issue already where the options are not an object.
  const { meterProvider, tracerProvider, resourceDetectors, traces } = options ?? {};
  return Object.freeze({
    meterProvider,
    tracerProvider,
    resourceDetectors,
    spanExporter: typeof traces === 'object' ? traces?.spanExporter : undefined,
  });
}

function optionByVariable(others: OtherOptions): ReadonlyMap<string, string> {
  const optionOf = new Map<string, string>();
  for (const [option, { variables }] of SETTING_ENTRIES) {
    for (const variable of variables) optionOf.set(variable, option);
  }
  for (const [option, variable] of Object.entries(others)) {
    if (variable !== undefined) optionOf.set(variable, option);
  }
  for (const [option, variable] of Object.entries(PRELOAD_VARIABLES)) optionOf.set(variable, option);
  return optionOf;
}

/**
 * Warns of each variable whose value is not supported, and switches off the components that must not run without it.
 * Other packages in the process share the variables of OTLP, so a variable that is unused here is not checked. Options
 * always are.
 */
function judgeVariables({ resolved, warnings, isUsed, switchOff }: Draft): void {
  for (const [option, setting] of SETTING_ENTRIES) {
    const { unsupported, isGiven, value } = resolved.get(option) as ResolvedSetting;
    if (unsupported?.variable === undefined || !isUsed(setting.component)) continue;
    const { variable, seen, remedy } = unsupported;
    const { component } = setting;
    const isOff = setting.unsupported === 'off' && component !== undefined && !isGiven;
    if (isOff) switchOff(component);
    const effect = (isOff ? COMPONENTS[component].offText : undefined) ?? effectOf(setting, value);
    warnings.push({ option, variable, seen, remedy, effect });
  }
}

/** The value of a setting that only the environment has, and a warning if it is not supported, or only in part. */
export function resolveVariable<Value>(
  option: string,
  setting: Setting<Value>,
  env: Environment,
): { readonly value: Value; readonly warnings: readonly ConfigWarning[] } {
  const resolved = resolveSetting(option, setting as Setting<unknown>, undefined, env);
  // The parser of the setting has made it.
  const value = resolved.value as Value;
  if (resolved.unsupported?.variable === undefined) return { value, warnings: [] };
  const { variable, seen, remedy } = resolved.unsupported;
  const effect = effectOf(setting as Setting<unknown>, value);
  return { value, warnings: [{ option, variable, seen, remedy, effect }] };
}

/** What it means that a value is not used, or only in part. */
function effectOf({ parser, defaultValue, effect }: Setting<unknown>, value: unknown): string {
  if (effect !== undefined) return effect;
  if (parser.known !== undefined) return `it is treated as ${[value].flat().join(',') || 'none'}`;
  return typeof defaultValue === 'object' || defaultValue === undefined
    ? 'it is ignored'
    : `it is treated as ${String(defaultValue)}`;
}

function place(target: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? path;
  let node = target;
  for (const key of keys) {
    const next = (node[key] ?? {}) as Record<string, unknown>;
    node[key] = next;
    node = next;
  }
  node[last] = value;
}

/**
 * Keeps secrets out of `console.log(config)` and `JSON.stringify(config)`. The members themselves stay, since the
 * exporters read them.
 */
function hideSecrets(settings: Settings): Settings {
  for (const section of ['metrics', 'statusPage', 'traces'] as const) {
    const target: Record<string, unknown> = settings[section] as never;
    const printed = (): object => {
      const copy = { ...target };
      for (const [path, setting] of SETTING_ENTRIES) {
        const [head, name = '', ...deeper] = path.split('.');
        if (head === section && deeper.length === 0) copy[name] = printedValue(setting, target[name]);
      }
      return copy;
    };
    for (const key of ['toJSON', INSPECT]) Object.defineProperty(target, key, { value: printed });
  }
  return settings;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) deepFreeze(item);
    Object.freeze(value);
  }
  return value;
}

/**
 * A batch cannot be larger than the queue. The default batch shrinks with a smaller queue. A batch size that was set
 * and does not fit is refused where options set it, and shrinks where a variable does.
 */
function fitBatch({ settings, resolved, problems, warnings, isUsed }: Draft): void {
  const batch = settings.traces.batch as { maxExportBatchSize: number; readonly maxQueueSize: number };
  const { maxExportBatchSize, maxQueueSize } = batch;
  if (maxExportBatchSize <= maxQueueSize) return;
  const { isGiven, variable, unsupported } = resolved.get(BATCH_SIZE) as ResolvedSetting;
  const queueVariable = resolved.get(QUEUE_SIZE)?.variable;
  const wrongVariable = variable ?? queueVariable;
  const issue = {
    option: BATCH_SIZE,
    seen: String(maxExportBatchSize),
    remedy: `write at most ${QUEUE_SIZE} (OTEL_BSP_MAX_QUEUE_SIZE), which is ${maxQueueSize}`,
  } as const;
  if (isGiven && wrongVariable === undefined) {
    problems.push({ ...issue, variable: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE' });
    return;
  }
  batch.maxExportBatchSize = maxQueueSize;
  const isDefault = !isGiven && (variable === undefined || unsupported !== undefined);
  if (wrongVariable === undefined || isDefault || !isUsed('spans')) return;
  warnings.push({ ...issue, variable: wrongVariable, effect: `it is treated as ${maxQueueSize}` });
}

/** The parts of the endpoint that are used depend on the protocol, and on where the endpoint comes from. */
function fitEndpoint(signal: Signal, { settings, resolved }: Draft): void {
  const section = settings[signal] as { endpoint: string; readonly protocol: Protocol };
  const { isGiven, variable, problem, unsupported } = resolved.get(`${signal}.endpoint`) as ResolvedSetting;
  const isDefault = (problem ?? unsupported) !== undefined || (!isGiven && variable === undefined);
  const named = variable === GENERAL_ENDPOINT ? 'general variable' : 'signal variable';
  const source = isDefault ? 'default' : isGiven ? 'option' : named;
  section.endpoint = endpointOf(section.endpoint, section.protocol, signal, source);
}

/** The key and the certificate of the client go together: one alone cannot authenticate the client. */
function fitClientCertificate(signal: Signal, draft: Draft): void {
  const { settings, resolved, problems, warnings, isUsed, switchOff } = draft;
  const { clientKeyFile, clientCertificateFile } = settings[signal];
  if ((clientKeyFile === undefined) === (clientCertificateFile === undefined)) return;
  const option = `${signal}.clientKeyFile` as const;
  const certificateOption = `${signal}.clientCertificateFile` as const;
  const key = resolved.get(option) as ResolvedSetting;
  const certificate = resolved.get(certificateOption) as ResolvedSetting;
  const issue = {
    option,
    seen: clientKeyFile === undefined ? 'a certificate without a key' : 'a key without a certificate',
    remedy: `give both the key and the certificate (${certificateOption}), or neither`,
  };
  // There is a warning about the unsupported one already.
  if ((key.unsupported ?? certificate.unsupported) !== undefined) return;
  const variable = key.variable ?? certificate.variable;
  if (key.isGiven || certificate.isGiven || variable === undefined) {
    problems.push({ ...issue, variable: 'OTEL_EXPORTER_OTLP_CLIENT_KEY' });
    return;
  }
  const sender = SENDERS[signal];
  if (!isUsed(sender)) return;
  switchOff(sender);
  warnings.push({ ...issue, variable, effect: COMPONENTS[sender].offText ?? '' });
}

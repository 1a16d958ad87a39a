import type { ConfigProblem } from '../errors.js';
import { checkBroughtObjects } from './brought-objects.js';
import { type BroughtProviders, COMPONENTS, type Component } from './components.js';
import type { Parts, Settings, TelemetryConfig } from './config.js';
import type { Draft } from './draft.js';
import type { Field } from './field.js';
import { FIELDS, type FieldPath } from './fields.js';
import { fitBatch, fitClientCertificate } from './fit-together.js';
import { hideSecrets } from './hide-secrets.js';
import { misspeltVariables } from './misspelt-variables.js';
import type { TelemetryOptions } from './options.js';
import { createProblems } from './problems.js';
import { type Environment, type ResolvedField, resolveField } from './resolve-field.js';
import { unknownOptions } from './unknown-options.js';

const FIELD_ENTRIES = Object.entries(FIELDS) as [FieldPath, Field<unknown>][];

/** A configuration, and what is wrong with what it came from. */
export interface Resolved<Config> {
  /** Has the default in every place that is wrong. */
  readonly config: Config;
  /** What is wrong with the options: it must not start. */
  readonly problems: readonly ConfigProblem[];
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

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) deepFreeze(item);
    Object.freeze(value);
  }
  return value;
}

/** What it means that a value does not count, or only in part. */
function effectOf({ kind, defaultValue, effect }: Field<unknown>, value: unknown): string {
  if (effect !== undefined) return effect;
  if (kind.known !== undefined) return `it counts as ${[value].flat().join(',') || 'none'}`;
  return typeof defaultValue === 'object' || defaultValue === undefined
    ? 'it is ignored'
    : `it counts as ${String(defaultValue)}`;
}

/**
 * Tells of each variable whose value is not supported, and switches off what must not go on without it. The
 * variables of OTLP are shared with other packages of the process, so that one which is not used here is none of our
 * business; an option always is.
 */
function judgeVariables({ fields, warnings, isUsed, switchOff }: Draft): void {
  for (const [option, field] of FIELD_ENTRIES) {
    const { unsupported, isGiven, value } = fields.get(option) as ResolvedField;
    if (unsupported?.variable === undefined || !isUsed(field.component)) continue;
    const { variable, seen, remedy } = unsupported;
    const { component } = field;
    const isOff = field.unsupported === 'off' && component !== undefined && !isGiven;
    if (isOff) switchOff(component);
    const effect = (isOff ? COMPONENTS[component].offText : undefined) ?? effectOf(field, value);
    warnings.push({ option, variable, seen, remedy, effect });
  }
}

/** Resolves options over environment over defaults, and gathers everything that is wrong. */
export function resolveTelemetry(
  options: TelemetryOptions,
  env: Environment,
  providers: BroughtProviders,
): Resolved<TelemetryConfig> {
  const nested: Record<string, unknown> = {};
  const fields = new Map(
    FIELD_ENTRIES.map(([path, field]) => [path, resolveField(path, field, options, env)] as const),
  );
  for (const [path, { value }] of fields) place(nested, path, value);
  // The one door where the table of fields becomes the typed settings.
  const settings = nested as unknown as Settings;
  // What is no object at all is told of below.
  const brought = createProblems();
  const given = options ?? {};
  checkBroughtObjects(given, brought);
  const parts: Parts = Object.freeze({
    meterProvider: given.meterProvider,
    tracerProvider: given.tracerProvider,
    resourceDetectors: given.resourceDetectors,
    spanExporter: given.traces?.spanExporter,
  });
  const users = { ...providers, spanExporter: parts.spanExporter !== undefined };
  const stopped = new Set<Component>();
  const draft: Draft = {
    settings,
    fields,
    problems: [...unknownOptions(options), ...brought.list],
    warnings: misspeltVariables(env),
    isUsed: (component) => component === undefined || COMPONENTS[component].isUsed(settings, users),
    switchOff: (component) => stopped.add(component),
  };
  for (const [option, { problem }] of fields)
    if (problem !== undefined) draft.problems.push({ option, ...problem });
  judgeVariables(draft);
  fitBatch(draft);
  fitClientCertificate(draft);
  for (const component of stopped) COMPONENTS[component].switchOff?.(settings as never);

  deepFreeze(hideSecrets(settings));
  const { enabled } = settings;
  const config = {
    ...settings,
    parts,
    variables: Object.freeze([...new Set([...fields.values()].flatMap(({ variable }) => variable ?? []))]),
    // Where monitoring is disabled the rest is not judged: switching it off must always work.
    warnings: Object.freeze(enabled ? draft.warnings : []),
  };
  return { config: Object.freeze(config), problems: enabled ? draft.problems : [] };
}

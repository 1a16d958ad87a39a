import type { TracerProvider } from '@opentelemetry/api';
import { type BroughtProviders, COMPONENTS, type Component } from '../config/definitions.js';
import type { TelemetryConfig } from '../config/resolve.js';
import { SETTINGS, type SettingPath } from '../config/settings.js';
import type { ConfigWarning } from '../errors.js';

const NOT_BROUGHT: BroughtProviders = { meterProvider: false, tracerProvider: false };
const NAMES = { meterProvider: 'meter provider', tracerProvider: 'tracer provider' };

/**
 * Reports the options that have no effect because providers of the user are in force. Options that switch exports off
 * are honoured.
 */
export function overruledOptions(
  config: TelemetryConfig,
  theirs: BroughtProviders,
): ConfigWarning | undefined {
  const { metrics, parts, traces } = config;
  const spanExporter = parts.spanExporter !== undefined;
  const honoured = [
    metrics.exporters.length === 0 ? 'metrics.exporters' : '',
    traces.exporter === 'none' ? 'traces.exporter' : '',
  ];
  const isUsed = (path: SettingPath, brought: BroughtProviders): boolean => {
    const { component } = SETTINGS[path] as { readonly component?: Component };
    return (
      component !== undefined && COMPONENTS[component].isUsed(config as never, { ...brought, spanExporter })
    );
  };
  const overruled = (Object.keys(SETTINGS) as SettingPath[]).filter(
    (path) =>
      config.given.includes(path) &&
      isUsed(path, NOT_BROUGHT) &&
      !isUsed(path, theirs) &&
      !honoured.includes(path),
  ) as string[];
  if (spanExporter && theirs.tracerProvider && traces.spans !== 'none') overruled.push('traces.spanExporter');
  if (overruled.length === 0) return undefined;
  const names = (['meterProvider', 'tracerProvider'] as const).filter((name) => theirs[name]);
  const passed = names.filter((name) => parts[name] !== undefined);
  return {
    option: overruled.join(', '),
    variable: undefined,
    seen: `a ${names.map((name) => NAMES[name]).join(' and a ')} that ${names.length === 1 ? 'is' : 'are'} not from this package`,
    effect: 'without effect',
    remedy:
      passed.length > 0
        ? `leave out ${passed.join(' and ')}, or the settings that have no effect`
        : "write openTelemetry: 'own' (LLM_EDGE_OPENTELEMETRY=own), or leave out what has no effect",
  };
}

/** The members of a Resource that are read: those of both lines of the SDK, and of Sentry. */
interface ResourceLike {
  readonly attributes?: Readonly<Record<string, unknown>>;
  getRawAttributes?(): readonly (readonly [string, unknown])[];
}

/** Reports that the spans of a user's provider and the metrics of this package name different services. */
export function differentService(ours: ResourceLike, theirs: TracerProvider): ConfigWarning | undefined {
  const name = serviceName(ours);
  const other = serviceName(resourceOf(theirs));
  if (name === undefined || other === undefined || name === other) return undefined;
  return {
    option: 'serviceName',
    variable: 'OTEL_SERVICE_NAME',
    seen: `"${name}", and "${other}" in the tracer provider of another SDK`,
    effect: 'spans and metrics of this package carry different service names',
    remedy: `set OTEL_SERVICE_NAME, which both read${isDefault(other) ? '' : `, or serviceName: '${other}'`}`,
  };
}

/** Whether nobody has named the service: the default name of the SDK. */
function isDefault(name: string): boolean {
  return name.startsWith('unknown_service');
}

function resourceOf(provider: TracerProvider): ResourceLike | undefined {
  // The SDK has made its Resource private; a user's provider may throw.
  try {
    const { resource, _resource } = provider as { resource?: ResourceLike; _resource?: ResourceLike };
    return resource ?? _resource;
  } catch {
    return undefined;
  }
}

function serviceName(resource: ResourceLike | undefined): string | undefined {
  try {
    // `attributes` writes an error to the diagnostic log while others of them are being detected.
    const raw = resource?.getRawAttributes?.() ?? Object.entries(resource?.attributes ?? {});
    const value = raw.find(
      ([key, item]) => key === 'service.name' && item !== undefined && item !== null,
    )?.[1];
    return typeof value === 'string' ? value : undefined;
  } catch {
    // The object is no Resource, so that nothing can be compared.
    return undefined;
  }
}

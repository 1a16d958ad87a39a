import type { TelemetryOptions } from './options.js';
import type { Problems } from './problems.js';

/** Finds objects of the user that are not what their option asks for: the start would fail in the middle of them. */
export function checkBroughtObjects(options: TelemetryOptions, { add }: Problems): void {
  const { meterProvider, tracerProvider, traces, resourceDetectors } = options;
  const check = (option: string, value: unknown, method: string, shape: string): void => {
    if (value !== undefined && !hasMethod(value, method)) add(option, value, `pass ${shape}`);
  };
  check('meterProvider', meterProvider, 'getMeter', 'a MeterProvider');
  check('tracerProvider', tracerProvider, 'getTracer', 'a TracerProvider');
  check('traces.spanExporter', traces?.spanExporter, 'export', 'a SpanExporter');
  if (resourceDetectors === undefined) return;
  if (!Array.isArray(resourceDetectors)) {
    add('resourceDetectors', resourceDetectors, 'pass an array of resource detectors');
    return;
  }
  for (const [index, detector] of resourceDetectors.entries()) {
    // A hole in the array is a mistake as well.
    check(`resourceDetectors[${index}]`, detector ?? null, 'detect', 'a resource detector');
  }
}

function hasMethod(value: unknown, method: string): boolean {
  return typeof (value as Record<string, unknown> | null)?.[method] === 'function';
}

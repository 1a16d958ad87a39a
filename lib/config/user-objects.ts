import type { Setting } from './definitions.js';
import { listOf } from './nested-options.js';
import { objectWith } from './parsers.js';

const DETECTOR = objectWith('detect', 'ResourceDetector', 'a resource detector');

/** Every option that is an object of the user, used as it is, by its path. */
export const USER_OBJECTS: Readonly<Record<string, Pick<Setting<unknown>, 'parser' | 'description'>>> = {
  meterProvider: {
    parser: objectWith('getMeter', 'MeterProvider', 'a MeterProvider'),
    description: 'Used instead of the meter provider of this package; no scrape port is opened then.',
  },
  tracerProvider: {
    parser: objectWith('getTracer', 'TracerProvider', 'a TracerProvider'),
    description: 'Used instead of the tracer provider of this package, which exports no spans then.',
  },
  'traces.spanExporter': {
    parser: objectWith('export', 'SpanExporter', 'a SpanExporter'),
    description:
      'Receives the spans instead of the OTLP exporter; they are batched and counted in the same way.',
  },
  resourceDetectors: {
    parser: {
      ...listOf({ ...DETECTOR, seen: (value) => (value === undefined ? 'null' : undefined) }, ''),
      type: 'readonly ResourceDetector[]',
      remedy: () => 'pass an array of resource detectors',
    },
    description:
      'Detectors of resource attributes, which all other sources override; asynchronous detectors are awaited.',
  },
};

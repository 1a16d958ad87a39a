/** The parts of monitoring that settings are about, each of which can be absent while the others work. */
export type Part =
  /** Where metrics go. */
  | 'meter'
  /** The port that Prometheus scrapes. */
  | 'scrape'
  /** Metrics to a Collector. */
  | 'push'
  /** Where spans go. */
  | 'tracer'
  /** Sampling and batching, whoever takes the spans. */
  | 'spans'
  /** Spans to a Collector. */
  | 'export';

/** What a user brought along, so that settings of ours go unused. */
export interface BroughtProviders {
  readonly meterProvider: boolean;
  readonly tracerProvider: boolean;
}

/** What a part is recognised by, and switched off with. */
interface Switches {
  readonly metrics: { exporters: readonly ('prometheus' | 'otlp')[] };
  readonly traces: { exporter: 'otlp' | 'none' };
}

interface Users extends BroughtProviders {
  /** Takes the spans instead of our exporter. */
  readonly spanExporter: boolean;
}

interface PartSpec {
  isUsed(settings: Switches, users: Users): boolean;
  /** What it means, in words, that the part is switched off. */
  readonly offText?: string;
  switchOff?(settings: Switches): void;
}

function exporter(name: 'prometheus' | 'otlp'): PartSpec {
  return {
    isUsed: ({ metrics }, { meterProvider }) => !meterProvider && metrics.exporters.includes(name),
    switchOff: ({ metrics }) => {
      metrics.exporters = metrics.exporters.filter((other) => other !== name);
    },
  };
}

/** What is to be known of each part. */
export const PARTS: Readonly<Record<Part, PartSpec>> = {
  meter: { isUsed: (_settings, { meterProvider }) => !meterProvider },
  scrape: { ...exporter('prometheus'), offText: 'no port is opened for scrapes' },
  push: { ...exporter('otlp'), offText: 'no metrics are pushed' },
  tracer: { isUsed: (_settings, { tracerProvider, spanExporter }) => !tracerProvider && !spanExporter },
  spans: {
    isUsed: ({ traces }, { tracerProvider, spanExporter }) =>
      !tracerProvider && (spanExporter || traces.exporter !== 'none'),
  },
  export: {
    isUsed: ({ traces }, { tracerProvider, spanExporter }) =>
      !tracerProvider && !spanExporter && traces.exporter !== 'none',
    offText: 'no spans are exported',
    switchOff: ({ traces }) => {
      traces.exporter = 'none';
    },
  },
};

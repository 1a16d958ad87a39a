/** The components of monitoring that settings are about, each of which can be absent while the others work. */
export type Component =
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

/** What tells whether a component is in use, and what switches it off. */
interface Switches {
  readonly metrics: { exporters: readonly ('prometheus' | 'otlp')[] };
  readonly traces: { exporter: 'otlp' | 'none' };
}

interface Users extends BroughtProviders {
  /** Takes the spans instead of our exporter. */
  readonly spanExporter: boolean;
}

interface ComponentSpec {
  isUsed(settings: Switches, users: Users): boolean;
  /** What it means, in words, that the component is switched off. */
  readonly offText?: string;
  switchOff?(settings: Switches): void;
}

function exporter(name: 'prometheus' | 'otlp'): ComponentSpec {
  return {
    isUsed: ({ metrics }, { meterProvider }) => !meterProvider && metrics.exporters.includes(name),
    switchOff: ({ metrics }) => {
      metrics.exporters = metrics.exporters.filter((other) => other !== name);
    },
  };
}

/** Each component. */
export const COMPONENTS: Readonly<Record<Component, ComponentSpec>> = {
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

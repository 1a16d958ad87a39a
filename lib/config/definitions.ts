import type { Parser } from './parsers.js';

/** A component of monitoring that settings belong to. Each can be absent while the others work. */
export type Component =
  /** Where metrics go. */
  | 'meter'
  /** The port that Prometheus scrapes. */
  | 'scrape'
  /** Metrics to a Collector. */
  | 'push'
  /** Where spans go. */
  | 'tracer'
  /** Sampling and batching, whichever exporter takes the spans. */
  | 'spans'
  /** Spans to a Collector. */
  | 'export';

/** Which providers are the user's; the settings of this package's own providers are unused then. */
export interface BroughtProviders {
  readonly meterProvider: boolean;
  readonly tracerProvider: boolean;
}

/** The settings that decide whether a component is in use. */
interface Switches {
  readonly metrics: { exporters: readonly ('prometheus' | 'otlp')[] };
  readonly traces: { exporter: 'otlp' | 'none'; readonly spans: 'all' | 'none' };
}

interface Brought extends BroughtProviders {
  /** Whether an exporter of the user receives the spans. */
  readonly spanExporter: boolean;
}

interface ComponentSpec {
  isUsed(settings: Switches, brought: Brought): boolean;
  /** What it means, in words, when the component is switched off. */
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
  tracer: {
    isUsed: ({ traces }, { tracerProvider, spanExporter }) =>
      !tracerProvider && !spanExporter && traces.spans !== 'none',
  },
  spans: {
    isUsed: ({ traces }, { tracerProvider, spanExporter }) =>
      !tracerProvider && traces.spans !== 'none' && (spanExporter || traces.exporter !== 'none'),
  },
  export: {
    isUsed: ({ traces }, { tracerProvider, spanExporter }) =>
      !tracerProvider && traces.spans !== 'none' && !spanExporter && traces.exporter !== 'none',
    offText: 'no spans are exported',
    switchOff: ({ traces }) => {
      traces.exporter = 'none';
    },
  },
};

/** One setting: its option, the environment variables it may come from, its default and its documentation. */
export interface Setting<Value> {
  readonly parser: Parser<Value>;
  /** In order of precedence: the first that is set and not empty counts. */
  readonly variables: readonly string[];
  readonly defaultValue: Value | undefined;
  /** For the README and for the declaration of the option. */
  readonly description: string;
  /** Further sentences for the declaration of the option. */
  readonly details?: string;
  /** The value never appears in a message or in a printed configuration. */
  readonly secret?: boolean;
  /** Option and environment are merged; the option wins for each key. */
  readonly merged?: boolean;
  /** The component that the setting belongs to. The variables of an unused component are not checked. */
  readonly component?: Component;
  /**
   * What an unsupported value in the environment does: `off` switches the component off, because with the default data
   * would go to another place than was meant, or become visible to others. Otherwise the default holds.
   */
  readonly unsupported?: 'off';
  /** The effect of an unsupported value, where it does not follow from the default. */
  readonly effect?: string;
}

type Traits = Omit<Setting<unknown>, 'parser' | 'variables' | 'defaultValue' | 'description'>;

/** Defines a setting; one without a default has `undefined` there. */
export function setting<Value, const Default extends Value | undefined>(
  parser: Parser<Value>,
  variables: string | readonly string[],
  defaultValue: Default,
  description: string,
  traits: Traits = {},
): Setting<Value> & { readonly isOptional: undefined extends Default ? true : false } {
  return {
    parser,
    variables: [variables].flat(),
    defaultValue,
    description,
    ...traits,
    isOptional: (defaultValue === undefined) as never,
  };
}

/** The resolved value of each setting of a table. */
export type ValuesOf<Table> = {
  readonly [Path in keyof Table]: Table[Path] extends Setting<infer Value> & {
    readonly isOptional: infer IsOptional;
  }
    ? IsOptional extends true
      ? Value | undefined
      : Value
    : never;
};

type Head<Path> = Path extends `${infer First}.${string}` ? First : Path;

/** Turns `{ 'a.b': X }` into `{ a: { b: X } }`. */
export type Nested<Values> = {
  readonly [Key in Head<keyof Values & string>]: Key extends keyof Values
    ? Values[Key]
    : Nested<{ [Path in keyof Values as Path extends `${Key}.${infer Rest}` ? Rest : never]: Values[Path] }>;
};

import type { ConfigProblem } from '../errors.js';
import type { Tell } from './seen.js';

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Collects what is wrong with options, so that all of it is reported at once. */
export interface Issues {
  readonly list: readonly ConfigProblem[];
  /** @param tell - what may be shown of a text that was seen; by default nothing but its length. */
  add(option: string, seen: unknown, remedy: string, tell?: Tell): void;
  /** Adds an issue with a value that is described already. */
  refuse(option: string, seen: string, remedy: string): void;
  /** Adds issues that were found elsewhere. */
  push(issues: readonly ConfigProblem[]): void;
  /**
   * Adds each member that is not a known option; one that is undefined counts as absent.
   *
   * @param option - the path of the object, the empty text for the outermost one.
   */
  addUnknown(option: string, value: object, known: readonly string[], remedy?: string): void;
}

/** Where a value comes from: options carry typed values, the environment text. */
export type Source = 'option' | 'environment';

/** Where a value stands, for parsers of values with members of their own. */
export interface Place {
  /** The path of the option. */
  readonly path: string;
  readonly issues: Issues;
}

/** How a value is written, checked and explained. */
export interface Parser<Value> {
  /** The shape in words, for the documents and for error messages. */
  readonly shape: string;
  /** The type in TypeScript, for the declarations of the settings; absent where no setting has such a value. */
  readonly type?: string;
  /**
   * The value, or `undefined` when it does not have the shape. Does not throw.
   *
   * @param place - always given for an option. A parser that adds issues about members adds none about the whole.
   */
  parse(value: unknown, source: Source, place?: Place): Value | undefined;
  /** What to write instead of a value that does not parse. */
  remedy?(value: unknown): string;
  /** What may be shown of a text that does not parse; nothing but its length where this is absent. */
  readonly tell?: Tell;
  /** What is shown of a value that does not parse, where its members differ. */
  seen?(value: unknown, source: Source): string | undefined;
  /** What remains of a text of the environment that also has unknown names in it. */
  known?(text: string): Value;
}

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

/** Which providers are the user's, so that settings of ours are not used. */
export interface BroughtProviders {
  readonly meterProvider: boolean;
  readonly tracerProvider: boolean;
}

/** The settings that decide whether a component is in use. */
interface Switches {
  readonly metrics: { exporters: readonly ('prometheus' | 'otlp')[] };
  readonly traces: { exporter: 'otlp' | 'none' };
}

interface Brought extends BroughtProviders {
  /** Whether it takes the spans instead of our exporter. */
  readonly spanExporter: boolean;
}

interface ComponentSpec {
  isUsed(settings: Switches, brought: Brought): boolean;
  /** In words, what it means that the component is switched off. */
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
  /** The value appears in no message, and not where the configuration is printed. */
  readonly secret?: boolean;
  /** Option and environment are merged; the option wins for each key. */
  readonly merged?: boolean;
  /** What the setting belongs to. Where that is not in use, its variables are not judged. */
  readonly component?: Component;
  /**
   * What an unsupported value in the environment does: `off` switches the component off, because without the value data
   * would go to another place than was meant, or become visible to others. Otherwise the default holds.
   */
  readonly unsupported?: 'off';
  /** What an unsupported value means, where that is not plain from the default. */
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

/** The two variables of an OTLP setting: that of the signal wins over the general one. */
export function otlp(signal: 'TRACES' | 'METRICS', name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_${signal}_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

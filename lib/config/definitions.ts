import { endpointText, type Signal } from './otlp-endpoint.js';
import { COMPRESSION, choice, choices, ENDPOINT, FILE, HEADERS, type Parser, PROTOCOL } from './parsers.js';

/** A component of monitoring that settings belong to. Each can be absent while the others work. */
export type Component =
  /** Where metrics go. */
  | 'meter'
  /** The port that Prometheus scrapes. */
  | 'scrape'
  /** The status page on that port. */
  | 'status'
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

type MetricExporterName = 'prometheus' | 'otlp' | 'console';

/** Where spans go, as `OTEL_TRACES_EXPORTER` writes it. */
export type SpanExporterName = 'otlp' | 'console' | 'otlp,console' | 'none';

const SPAN_EXPORTERS = choices('otlp', 'console');

function exporterNamed(names: readonly ('otlp' | 'console')[] = []): SpanExporterName {
  return names.length === 2 ? 'otlp,console' : (names[0] ?? 'none');
}

/** Where spans go. The variable may name several exporters, in any order. */
export const SPAN_EXPORTER: Parser<SpanExporterName> = {
  ...choice('otlp', 'console', 'otlp,console', 'none'),
  parse: (value, source) => {
    const names = typeof value === 'string' ? SPAN_EXPORTERS.parse(value, source) : undefined;
    return names === undefined ? undefined : exporterNamed(names);
  },
  seen: (value, source) => SPAN_EXPORTERS.seen?.(value, source),
  known: (text) => exporterNamed(SPAN_EXPORTERS.known?.(text)),
};

/** The settings that decide whether a component is in use. */
interface Switches {
  readonly metrics: { exporters: readonly MetricExporterName[] };
  readonly statusPage: { enabled: boolean };
  readonly traces: { exporter: SpanExporterName; readonly spans: 'all' | 'none' };
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

function exporter(name: MetricExporterName): ComponentSpec {
  return {
    isUsed: ({ metrics }, { meterProvider }) => !meterProvider && metrics.exporters.includes(name),
    switchOff: ({ metrics }) => {
      metrics.exporters = metrics.exporters.filter((other) => other !== name);
    },
  };
}

const SCRAPE = exporter('prometheus');

/** Each component. */
export const COMPONENTS: Readonly<Record<Component, ComponentSpec>> = {
  meter: { isUsed: (_settings, { meterProvider }) => !meterProvider },
  scrape: { ...SCRAPE, offText: 'no port is opened for scrapes' },
  status: {
    isUsed: (settings, brought) => settings.statusPage.enabled && SCRAPE.isUsed(settings, brought),
    offText: 'there is no status page',
    switchOff: ({ statusPage }) => {
      statusPage.enabled = false;
    },
  },
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
      !tracerProvider && traces.spans !== 'none' && !spanExporter && traces.exporter.startsWith('otlp'),
    offText: 'no spans are exported',
    switchOff: ({ traces }) => {
      traces.exporter = traces.exporter === 'otlp,console' ? 'console' : 'none';
    },
  },
};

/** The component that sends each signal to a Collector. */
export const SENDERS = { metrics: 'push', traces: 'export' } as const satisfies Record<string, Component>;

/** One setting: its option, the environment variables it may come from, its default and its documentation. */
export interface Setting<Value> {
  readonly parser: Parser<Value>;
  /** In order of precedence: the first that is set and not empty counts. */
  readonly variables: readonly string[];
  /** How a variable is read whose values are not those of the option. */
  readonly parsers?: Readonly<Record<string, Parser<Value>>>;
  readonly defaultValue: Value | undefined;
  /** For docs/configuration.md and for the declaration of the option. */
  readonly description: string;
  /** Further sentences for the declaration of the option. */
  readonly details?: string;
  /** The value never appears in a message or in a printed configuration. */
  readonly secret?: boolean;
  /** What is printed instead of the value, where a part of it may be a secret. */
  readonly printed?: (value: string) => string;
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

type Traits<Value> = Omit<Setting<Value>, 'parser' | 'variables' | 'defaultValue' | 'description'>;

/** Defines a setting; one without a default has `undefined` there. */
export function setting<Value, const Default extends Value | undefined>(
  parser: Parser<Value>,
  variables: string | readonly string[],
  defaultValue: Default,
  description: string,
  traits: Traits<NoInfer<Value>> = {},
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

/** The two variables of an OTLP setting: the one of the signal wins over the general one. */
export function otlpVariables(signal: Signal, name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

const ENDPOINT_DETAILS =
  'gRPC uses only scheme and host of the URL. Over HTTP the default is `http://localhost:4318/v1/SIGNAL`; `OTEL_EXPORTER_OTLP_ENDPOINT` is a base to which `/v1/SIGNAL` is appended, the signal-specific variable is used as is, and so is the option, unless it has no path: then it gets `/v1/SIGNAL`. Over HTTP, name and password in the URL become Basic authentication.';

/** The settings that pushes of metrics and exports of spans have in common. */
export function otlpSettings<Name extends Signal>(
  signal: Name,
  component: Component,
  collector: string,
  message: string,
  messages: string,
) {
  const off = { component, unsupported: 'off' } as const;
  const file = (name: string, description: string) =>
    setting(FILE, otlpVariables(signal, name), undefined, description, off);
  const rows = {
    endpoint: setting(ENDPOINT, otlpVariables(signal, 'ENDPOINT'), 'http://localhost:4317', collector, {
      ...off,
      details: ENDPOINT_DETAILS.replaceAll('SIGNAL', signal),
      printed: endpointText,
    }),
    headers: setting(HEADERS, otlpVariables(signal, 'HEADERS'), {}, `Headers of each ${message}.`, {
      ...off,
      secret: true,
      merged: true,
    }),
    protocol: setting(
      PROTOCOL,
      otlpVariables(signal, 'PROTOCOL'),
      'grpc',
      `Protocol of the ${messages}: gRPC, or Protocol Buffers over HTTP.`,
      off,
    ),
    compression: setting(
      COMPRESSION,
      otlpVariables(signal, 'COMPRESSION'),
      'none',
      `Compression of the ${messages}.`,
      { component },
    ),
    certificateFile: file('CERTIFICATE', 'Root certificates that the Collector is checked against, PEM.'),
    clientKeyFile: file('CLIENT_KEY', 'Private key of the client, PEM; goes with the certificate.'),
    clientCertificateFile: file('CLIENT_CERTIFICATE', 'Certificate of the client, PEM; goes with the key.'),
  };
  const named = Object.entries(rows).map(([name, row]) => [`${signal}.${name}`, row]);
  return Object.fromEntries(named) as {
    readonly [Row in keyof typeof rows as `${Name}.${Row}`]: (typeof rows)[Row];
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

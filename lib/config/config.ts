import type { ConfigWarning } from '../errors.js';
import type { FieldValues } from './fields.js';
import type { TelemetryOptions } from './options.js';

type Head<Path> = Path extends `${infer First}.${string}` ? First : Path;

/** Turns `{ 'a.b': X }` into `{ a: { b: X } }`. */
type Nested<Values> = {
  readonly [Key in Head<keyof Values & string>]: Key extends keyof Values
    ? Values[Key]
    : Nested<{ [Path in keyof Values as Path extends `${Key}.${infer Rest}` ? Rest : never]: Values[Path] }>;
};

/** The settings as data: resolved, validated and frozen. */
export type Settings = Nested<FieldValues>;

/** The objects a user may bring; they are used as they are. */
export interface Parts
  extends Pick<TelemetryOptions, 'meterProvider' | 'tracerProvider' | 'resourceDetectors'> {
  readonly spanExporter?: NonNullable<TelemetryOptions['traces']>['spanExporter'];
}

/** What providers and exporters are made from: all settings, and the user's own objects. */
export interface TelemetryConfig extends Settings {
  readonly parts: Parts;
  /** The names of the environment variables that settings were taken from. */
  readonly variables: readonly string[];
  /** What the environment asks for and does not get: monitoring runs without it. Empty where all is well. */
  readonly warnings: readonly ConfigWarning[];
}

import type { ConfigWarning } from '../errors.js';
import type { TelemetryOptions } from './options.js';
import type { Settings } from './settings.js';

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

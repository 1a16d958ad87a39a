import type { ConfigProblem, ConfigWarning } from '../errors.js';
import type { Component } from './components.js';
import type { Settings } from './config.js';
import type { FieldPath } from './fields.js';
import type { ResolvedField } from './resolve-field.js';

/** The settings while they come together. */
export interface Draft {
  readonly settings: Settings;
  /** What became of each setting. */
  readonly fields: ReadonlyMap<FieldPath, ResolvedField>;
  readonly problems: ConfigProblem[];
  readonly warnings: ConfigWarning[];
  isUsed(component: Component | undefined): boolean;
  /** Stops a component, once all that is said of it was judged. */
  switchOff(component: Component): void;
}

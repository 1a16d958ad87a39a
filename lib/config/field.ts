import type { Component } from './components.js';
import type { Kind } from './kinds.js';

/** One setting: its option, the environment variables it may come from, and its default. */
export interface Field<Value> {
  readonly kind: Kind<Value>;
  /** In order of precedence; the first that is set and not empty is taken. */
  readonly variables: readonly string[];
  readonly defaultValue: Value | undefined;
  readonly description: string;
  /** The value appears in no message, and not where the configuration is printed. */
  readonly secret?: boolean;
  /** Option and environment are merged, and the option wins for each key. */
  readonly merged?: boolean;
  /** What the setting belongs to; where that is not in use, nobody asks what a variable says. */
  readonly component?: Component;
  /**
   * What becomes of a value of the environment that is not supported: `off` switches the component off, where going on
   * without the value would send data to another place than was meant, or show it to others. Otherwise the default
   * holds.
   */
  readonly unsupported?: 'off';
  /** What a value that is not supported means, where that is not plain from the default. */
  readonly effect?: string;
}

type Traits = Omit<Field<unknown>, 'kind' | 'variables' | 'defaultValue' | 'description'>;

function withoutDefault<Value>(
  kind: Kind<Value>,
  variables: string | readonly string[],
  description: string,
  traits: Traits,
): Omit<Field<Value>, 'defaultValue'> {
  return {
    kind,
    variables: typeof variables === 'string' ? [variables] : variables,
    description,
    ...traits,
  };
}

/** A setting with a default. */
export function field<Value>(
  kind: Kind<Value>,
  variables: string | readonly string[],
  defaultValue: NoInfer<Value>,
  description: string,
  traits: Traits = {},
): Field<Value> & { readonly defaultValue: Value } {
  return { ...withoutDefault(kind, variables, description, traits), defaultValue };
}

/** A setting without a default. */
export function optional<Value>(
  kind: Kind<Value>,
  variables: string | readonly string[],
  description: string,
  traits: Traits = {},
): Field<Value> & { readonly defaultValue: undefined } {
  return { ...withoutDefault(kind, variables, description, traits), defaultValue: undefined };
}

import { ERROR_TYPES, type ErrorType } from '../catalogue/error-types.js';

/** The variant of each error type of one metric, looked up once. */
export type ErrorVariants = Readonly<Record<ErrorType, number>>;

/** Makes the table of a metric's variants by error type, without a prototype to find `constructor` in. */
export function createErrorVariants(variant: (errorType: ErrorType) => number): ErrorVariants {
  const entries = ERROR_TYPES.map((errorType) => [errorType, variant(errorType)]);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/**
 * The numbers that the few values of a closed label stand for.
 *
 * They are compared one after the other: for two or three values that is quicker than hashing, and whatever a caller
 * without types passes is simply not found.
 */
export class ClosedValues<Value extends string> {
  private readonly values: readonly Value[];
  private readonly numbers: readonly number[];

  constructor(values: readonly Value[], number: (value: Value, index: number) => number) {
    this.values = values;
    this.numbers = values.map(number);
  }

  /** The number of a value, or `undefined` when it is none of them. */
  get(value: unknown): number | undefined {
    for (let index = 0; index < this.values.length; index += 1) {
      if (this.values[index] === value) return this.numbers[index];
    }
    return undefined;
  }
}

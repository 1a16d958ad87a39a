/** One bound on what comes from outside. */
export interface InputLimit {
  readonly value: number;
  readonly unit: 'bytes' | 'characters' | 'levels' | 'items' | 'tokens' | 'USD' | 'ms' | 'connections';
  /** What is bounded. */
  readonly of: string;
  /** What becomes of what lies beyond. */
  readonly beyond: string;
}

/**
 * Every bound on what callers, providers and scrapers can make this package hold or count. The code reads the values
 * here; the table in the threat model is generated from the rows.
 */
export const INPUT_LIMITS = {
  nameLength: {
    value: 200,
    unit: 'characters',
    of: 'the name of a provider, model or budget',
    beyond: 'becomes `other`, counted as `name_too_long`',
  },
  errorCauses: {
    value: 8,
    unit: 'items',
    of: 'the causes of one error that are looked at to classify it',
    beyond: 'is not looked at',
  },
  errorObjects: {
    value: 64,
    unit: 'items',
    of: 'the objects within one error, its causes and their bodies that are looked at to classify it',
    beyond: 'is not looked at',
  },
  errorDepth: {
    value: 3,
    unit: 'levels',
    of: 'bodies within the body of an error',
    beyond: 'is not looked at',
  },
  errorMessages: {
    value: 8_000,
    unit: 'characters',
    of: 'the messages of one error that are searched for known phrases, 2,000 of each',
    beyond: 'is not looked at',
  },
  errorBody: {
    value: 65_536,
    unit: 'bytes',
    of: 'the body of an answer that is not a success',
    beyond: 'is not read; the status tells',
  },
} as const satisfies Record<string, InputLimit>;

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
} as const satisfies Record<string, InputLimit>;

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
    beyond: 'becomes `other` in labels, prices, budgets and spans, counted as `name_too_long`',
  },
  spanTextLength: {
    value: 1000,
    unit: 'characters',
    of: 'any other text of a request or an answer that a span carries, such as a response id',
    beyond: 'is cut',
  },
  finishReasonCount: {
    value: 128,
    unit: 'items',
    of: 'the finish reasons of one answer',
    beyond: 'are left out',
  },
  attributeCount: {
    value: 64,
    unit: 'items',
    of: 'the `attributes` given to one request or operation',
    beyond: 'are left out, counted as `over_limit`',
  },
  attributeKeyLength: {
    value: 200,
    unit: 'characters',
    of: 'the key of one of them',
    beyond: 'is left out, counted as `over_limit`',
  },
  attributeValueLength: {
    value: 4096,
    unit: 'characters',
    of: 'the value of one of them, and of any attribute of a span by default',
    beyond: 'is cut',
  },
  pricedModelCount: {
    value: 2048,
    unit: 'items',
    of: 'the models whose price was looked up and is kept',
    beyond: 'all are forgotten, and looked up again',
  },
  tokens: {
    value: 1e10,
    unit: 'tokens',
    of: 'one token count of one record, one rate limit, or the requests in flight',
    beyond: 'is dropped, counted as `over_limit`',
  },
  costUsd: {
    value: 1e6,
    unit: 'USD',
    of: 'the cost, or the savings, of one record',
    beyond: 'is dropped, counted as `over_limit`; a computed cost is unknown',
  },
  budgetUsd: {
    value: 1e12,
    unit: 'USD',
    of: 'the limit of a budget, and what was spent of it',
    beyond: 'is dropped, counted as `over_limit`; refused as an option',
  },
  durationMs: {
    value: 7 * 24 * 3_600_000,
    unit: 'ms',
    of: 'one duration, and the time until a rate limit is full again',
    beyond: 'is dropped, counted as `over_limit`; the request or operation still counts',
  },
} as const satisfies Record<string, InputLimit>;

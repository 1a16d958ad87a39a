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
  jsonDepth: {
    value: 128,
    unit: 'levels',
    of: 'the nesting of a JSON body, or of an event too large to be held; a level of a tool schema takes two',
    beyond: 'the document is given up: its model, tokens and cost count as not named',
  },
  keptJson: {
    value: 65_536,
    unit: 'bytes',
    of: 'what is kept of a JSON body: its model, usage, finish reasons and error',
    beyond: 'the document is given up, as above',
  },
  keptString: {
    value: 4_096,
    unit: 'bytes',
    of: 'one string of what is kept',
    beyond: 'becomes `…`',
  },
  heldEvent: {
    value: 65_536,
    unit: 'bytes',
    of: 'one line or event of a stream that is held until it is whole',
    beyond: 'is read as it comes by and kept like a JSON body; a line that is no data is skipped',
  },
  errorBody: {
    value: 65_536,
    unit: 'bytes',
    of: 'the body of an answer that is not a success',
    beyond: 'only the beginning is read',
  },
  connections: {
    value: 64,
    unit: 'connections',
    of: 'the connections to the scrape port, over IPv4 and IPv6 together',
    beyond: 'the oldest is closed on which no request is being answered; where there is none, the new one',
  },
  pipelined: {
    value: 16,
    unit: 'items',
    of: 'the requests of one connection to the scrape port that wait for their answers',
    beyond: 'the connection is closed',
  },
  scrapeHeaders: {
    value: 5_000,
    unit: 'ms',
    of: 'the time for the headers of a request to the scrape port',
    beyond: 'answered with 408, and the connection is closed',
  },
  scrapeRequest: {
    value: 10_000,
    unit: 'ms',
    of: 'the time for a whole request to the scrape port',
    beyond: 'answered with 408, and the connection is closed',
  },
  scrapeIdle: {
    value: 75_000,
    unit: 'ms',
    of: 'the time between two scrapes over one connection; longer than a scrape interval',
    beyond: 'the connection is closed',
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
} as const satisfies Record<string, InputLimit>;

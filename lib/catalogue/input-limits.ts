/** One bound on what comes from outside. */
export interface InputLimit {
  readonly value: number;
  readonly unit: 'bytes' | 'characters' | 'levels' | 'items' | 'tokens' | 'USD' | 'ms' | 'connections';
  /** The sender of the bounded input. */
  readonly from:
    | 'callers'
    | 'providers'
    | 'callers and providers'
    | 'Collectors'
    | 'scrapers'
    | 'other workers'
    | 'price lists';
  /** What is bounded. */
  readonly of: string;
  /** What happens to what exceeds the bound. */
  readonly beyond: string;
}

/**
 * Every bound on what callers, providers, Collectors and scrapers can make this package hold or count. The code reads
 * the values here; the table in the threat model is generated from the rows.
 */
export const INPUT_LIMITS = {
  attributeCount: {
    value: 64,
    unit: 'items',
    from: 'callers',
    of: 'the `attributes` of one request or operation',
    beyond: 'further ones are left out, counted as `over_limit`',
  },
  attributeKeyLength: {
    value: 200,
    unit: 'characters',
    from: 'callers',
    of: 'the key of such an attribute',
    beyond: 'the attribute is left out, counted as `over_limit`',
  },
  attributeValueLength: {
    value: 4096,
    unit: 'characters',
    from: 'callers',
    of: 'the value of such an attribute and, by default, of every other attribute of a span',
    beyond: 'cut to this length',
  },
  nameLength: {
    value: 200,
    unit: 'characters',
    from: 'callers and providers',
    of: 'the name of a provider, model or budget',
    beyond: 'becomes `other` in labels, prices, budgets and spans; counted as `name_too_long`',
  },
  spanTextLength: {
    value: 1000,
    unit: 'characters',
    from: 'callers and providers',
    of: 'any other text of a request or an answer that a span carries, such as a response id',
    beyond: 'cut to this length',
  },
  parameterWord: {
    value: 40,
    unit: 'characters',
    from: 'callers',
    of: 'the reasoning effort or the service tier that a request asks for, a word of letters, digits and `_.-`',
    beyond: 'left out of the span; counted as `invalid_value` where the caller passes it as an option',
  },
  pricedModelCount: {
    value: 2048,
    unit: 'items',
    from: 'callers and providers',
    of: 'the models whose price was looked up and is kept',
    beyond: 'all are forgotten and looked up again',
  },
  priceListBytes: {
    value: 8_388_608,
    unit: 'bytes',
    from: 'price lists',
    of: 'a price list of yours, from a file or a URL',
    beyond: 'refused; the list in force stays',
  },
  priceListWait: {
    value: 10_000,
    unit: 'ms',
    from: 'price lists',
    of: 'the download of a price list',
    beyond: 'given up; the list in force stays',
  },
  priceListModels: {
    value: 20_000,
    unit: 'items',
    from: 'price lists',
    of: 'the models of a price list of yours',
    beyond: 'refused; the list in force stays',
  },
  keptUrls: {
    value: 256,
    unit: 'items',
    from: 'callers',
    of: 'the URLs that are kept, so that each is parsed once',
    beyond: 'all are forgotten and parsed again',
  },
  keptUrlLength: {
    value: 512,
    unit: 'characters',
    from: 'callers',
    of: 'such a URL',
    beyond: 'parsed in each call',
  },
  awaitedAnswers: {
    value: 10_000,
    unit: 'items',
    from: 'providers',
    of: 'the responses in the background, runs, predictions and batches whose usage is awaited, or has been counted',
    beyond: 'the oldest is forgotten; if it is read again, its usage counts again',
  },
  jsonDepth: {
    value: 128,
    unit: 'levels',
    from: 'callers and providers',
    of: 'the nesting of a JSON body, or of an event too large to be held; a level of a tool schema takes two',
    beyond: 'reading stops: no model, tokens or cost are taken from the document',
  },
  parsedJson: {
    value: 65_536,
    unit: 'bytes',
    from: 'callers and providers',
    of: 'one JSON body that is held and parsed at once',
    beyond: 'read as it arrives, and only the members named below are kept',
  },
  keptJson: {
    value: 65_536,
    unit: 'bytes',
    from: 'callers and providers',
    of: 'what is kept of one JSON body: model, usage, finish reasons, error',
    beyond: 'reading stops, as above',
  },
  keptString: {
    value: 4_096,
    unit: 'bytes',
    from: 'callers and providers',
    of: 'one string among these',
    beyond: 'replaced by a run of `…`, which is too long for a name',
  },
  memberName: {
    value: 256,
    unit: 'bytes',
    from: 'callers and providers',
    of: 'the name of one member of a JSON body, as it is written',
    beyond: 'the member is skipped like an unknown one',
  },
  multipartHeaders: {
    value: 4_096,
    unit: 'bytes',
    from: 'callers',
    of: 'the headers of one part of a form that is sent as a stream',
    beyond: 'reading stops: no model is taken from the form',
  },
  inFlight: {
    value: 30 * 60_000,
    unit: 'ms',
    from: 'callers and providers',
    of: 'the time in which a request or operation must end; the default of `maxDurationMs`',
    beyond: 'ends as `timeout`',
  },
  heldEvent: {
    value: 65_536,
    unit: 'bytes',
    from: 'providers',
    of: 'one line, event or frame of a stream that is held until it is complete',
    beyond:
      'read as it arrives and kept like a JSON body; a line that is not data, or a chunk in base64, is skipped',
  },
  finishReasonCount: {
    value: 128,
    unit: 'items',
    from: 'providers',
    of: 'the finish reasons of one answer',
    beyond: 'further ones are left out',
  },
  errorBody: {
    value: 65_536,
    unit: 'bytes',
    from: 'providers',
    of: 'the body of an answer that is not a success',
    beyond: 'only the beginning is read',
  },
  errorBodyWait: {
    value: 1_000,
    unit: 'ms',
    from: 'providers',
    of: 'the wait for the body of an answer that is not a success',
    beyond: 'the error type follows from the status alone',
  },
  socketRequests: {
    value: 64,
    unit: 'items',
    from: 'callers and providers',
    of: 'the requests of one WebSocket that have not ended',
    beyond: 'further ones are not counted as requests, but as `over_limit`',
  },
  socketBlob: {
    value: 16 * 1024 * 1024,
    unit: 'bytes',
    from: 'providers',
    of: 'a binary message that a WebSocket gives as a `Blob`, which has to be copied to be read',
    beyond: 'not read',
  },
  outputDepth: {
    value: 4,
    unit: 'levels',
    from: 'providers',
    of: 'the nesting at which the output in an event of a stream is searched',
    beyond: 'counts as no output',
  },
  unpricedLines: {
    value: 100,
    unit: 'items',
    from: 'providers',
    of: 'the diagnostic lines about models without a price',
    beyond: 'not logged; the requests are still counted',
  },
  unpricedModels: {
    value: 256,
    unit: 'items',
    from: 'callers and providers',
    of: 'the models without a price that `pricing.check()` lists',
    beyond: 'not listed; the requests are still counted',
  },
  errorCauses: {
    value: 8,
    unit: 'items',
    from: 'providers',
    of: 'the causes of one error that are examined to classify it',
    beyond: 'ignored',
  },
  errorObjects: {
    value: 64,
    unit: 'items',
    from: 'providers',
    of: 'the objects in one error, its causes and their bodies that are examined to classify it',
    beyond: 'ignored',
  },
  errorDepth: {
    value: 3,
    unit: 'levels',
    from: 'providers',
    of: 'bodies nested in the body of an error',
    beyond: 'ignored',
  },
  errorCode: {
    value: 100,
    unit: 'characters',
    from: 'providers',
    of: 'one code, type or class name in an error',
    beyond: 'ignored; a class name is left out of the span, too',
  },
  errorClasses: {
    value: 6,
    unit: 'levels',
    from: 'providers',
    of: 'the classes that an error inherits from and that are examined',
    beyond: 'ignored',
  },
  errorMessage: {
    value: 2_000,
    unit: 'characters',
    from: 'providers',
    of: 'one message of an error that is searched for known phrases',
    beyond: 'ignored',
  },
  errorMessages: {
    value: 8_000,
    unit: 'characters',
    from: 'providers',
    of: 'the messages of one error that are searched for known phrases, 2,000 of each',
    beyond: 'ignored',
  },
  tokens: {
    value: 1e10,
    unit: 'tokens',
    from: 'callers and providers',
    of: 'one token count of one record; one rate limit; the requests in flight',
    beyond: 'dropped, counted as `over_limit`; in a rate-limit header, ignored',
  },
  costUsd: {
    value: 1e6,
    unit: 'USD',
    from: 'callers and providers',
    of: 'the cost, or the savings, of one record',
    beyond: 'dropped, counted as `over_limit`; a computed cost is unknown',
  },
  budgetUsd: {
    value: 1e12,
    unit: 'USD',
    from: 'callers and providers',
    of: 'the limit of a budget, and what was spent of it',
    beyond: 'dropped, counted as `over_limit`; refused as an option',
  },
  durationMs: {
    value: 7 * 24 * 3_600_000,
    unit: 'ms',
    from: 'callers and providers',
    of: 'one duration, and the time until a rate limit is reset',
    beyond:
      'the duration is dropped, counted as `over_limit`, and its request still counts; the time is ignored',
  },
  waitingSpans: {
    value: 64 * 1024 * 1024,
    unit: 'bytes',
    from: 'callers',
    of: 'the spans that wait for their export or for its answer, by an estimate of their memory',
    beyond: 'the span is dropped, counted as `queue_full`',
  },
  retryTime: {
    value: 300_000,
    unit: 'ms',
    from: 'Collectors',
    of: 'the time in which one batch of spans is retried',
    beyond: 'the spans are dropped, counted as `export_failed`',
  },
  collections: {
    value: 2,
    unit: 'items',
    from: 'scrapers',
    of: 'the concurrent collections, which scrapes share; a second one may run beside one that hangs',
    beyond: 'answered with 503',
  },
  connections: {
    value: 64,
    unit: 'connections',
    from: 'scrapers',
    of: 'the connections to the scrape port, over IPv4 and IPv6 together: of scrapers, of viewers of the status page, and of clients that have sent no request, as many of each',
    beyond: 'the oldest idle connection of that kind is closed; where there is none, the new one is',
  },
  pipelined: {
    value: 16,
    unit: 'items',
    from: 'scrapers',
    of: 'the requests of one connection to the scrape port that wait for their answers',
    beyond: 'the connection is closed',
  },
  scrapeHeaders: {
    value: 5_000,
    unit: 'ms',
    from: 'scrapers',
    of: 'the time in which the headers of a request must arrive',
    beyond: 'answered with 408, and the connection is closed',
  },
  scrapeRequest: {
    value: 10_000,
    unit: 'ms',
    from: 'scrapers',
    of: 'the time in which a whole request must arrive',
    beyond: 'answered with 408, and the connection is closed',
  },
  scrapeIdle: {
    value: 75_000,
    unit: 'ms',
    from: 'scrapers',
    of: 'the time between two scrapes over one connection; longer than a scrape interval',
    beyond: 'the connection is closed',
  },
  workerSeries: {
    value: 200_000,
    unit: 'items',
    from: 'other workers',
    of: 'the series of one worker, and of all workers of one scrape port together',
    beyond: 'left out, counted as `too_many`',
  },
  workerLine: {
    value: 65_536,
    unit: 'characters',
    from: 'other workers',
    of: 'the description of one series or metric that a worker publishes',
    beyond: 'left out by the worker, counted as `too_many`; from a file, all later series as `unreadable`',
  },
  workerLabels: {
    value: 128,
    unit: 'items',
    from: 'other workers',
    of: 'the labels of a series that a worker publishes',
    beyond: 'the series is left out, counted as `too_many` or `unreadable`',
  },
  statusGroups: {
    value: 500,
    unit: 'items',
    from: 'callers and providers',
    of: 'the sets of label values of one metric that a table of the status page is made from',
    beyond: 'added up as `other`',
  },
  statusRows: {
    value: 50,
    unit: 'items',
    from: 'callers and providers',
    of: 'the rows of one table of the status page',
    beyond: 'not shown, but counted; the most important ones come first',
  },
  statusSeries: {
    value: 8,
    unit: 'items',
    from: 'callers and providers',
    of: 'the lines of one chart of the status page whose names are not a closed set',
    beyond: 'added up as `other`',
  },
  statusFailures: {
    value: 50,
    unit: 'items',
    from: 'callers and providers',
    of: 'the failed requests that the status page lists',
    beyond: 'the oldest is forgotten',
  },
} as const satisfies Record<string, InputLimit>;

/** Units of Grafana that the panels use; `si:` units get a prefix such as k or M. */
export const UNITS = {
  milliseconds: 'ms',
  seconds: 's',
  usd: 'currencyUSD',
  share: 'percentunit',
  count: 'short',
  /** Digit by digit, such as 1,305. */
  exactCount: 'locale',
  bytes: 'bytes',
  requestsPerSecond: 'reqps',
  perSecond: 'suffix:/s',
  tokensPerSecond: 'si:tok/s',
  tokens: 'si:tok',
  spansPerSecond: 'si:spans/s',
  times: 'suffix:x',
} as const;

/** One of {@link UNITS}. */
export type Unit = (typeof UNITS)[keyof typeof UNITS];

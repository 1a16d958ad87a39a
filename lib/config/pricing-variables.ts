/** The variables of pricing. They stand apart from their parsers, so that a list of all settings can name them. */
export const PRICING_VARIABLES = {
  /** Names a file with prices of the user. */
  overrides: 'LLM_EDGE_PRICES_FILE',
  /** Names the source of a price list. */
  list: 'LLM_EDGE_PRICE_LIST',
  /** Has the SHA-256 of a price list. */
  listDigest: 'LLM_EDGE_PRICE_LIST_DIGEST',
} as const;

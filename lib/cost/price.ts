/**
 * What a model costs, in US dollars: for one million tokens where nothing else is said.
 *
 * A part without a rate of its own (such as `cacheRead`) is billed at the rate of the whole it belongs to.
 */
export interface Rates {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly cacheWrite1h?: number | undefined;
  readonly reasoning?: number | undefined;
  readonly inputAudio?: number | undefined;
  readonly cacheReadAudio?: number | undefined;
  readonly outputAudio?: number | undefined;
  readonly inputImage?: number | undefined;
  readonly cacheReadImage?: number | undefined;
  readonly outputImage?: number | undefined;
  /** For one hour of audio sent, where a model is billed by time. */
  readonly inputAudioPerHour?: number | undefined;
  /** For 1,000 web searches. */
  readonly webSearchPer1000?: number | undefined;
}

/** Rates that replace the usual ones for the whole request once its input is longer than a threshold. */
export interface ContextTier extends Rates {
  /** The tier applies when `inputTokens`, cached ones included, is greater than this. */
  readonly aboveInputTokens: number;
}

/** Rates of one model, with its long-context tiers. */
export interface TieredRates extends Rates {
  /** For every request, whatever its usage. */
  readonly perRequest?: number | undefined;
  readonly tiers?: readonly ContextTier[] | undefined;
}

/** The price of one model, as users write it in `pricing.overrides`. */
export interface Price extends TieredRates {
  /**
   * Rates of a service tier, by its name (`batch`, `flex`, `priority`), where no multiplier says it.
   * What a tier leaves out costs as without it.
   */
  readonly serviceTiers?: Readonly<Record<string, TieredRates>> | undefined;
}

/** Prices by provider and model. A model name may end in `*`; the longest match wins, an exact one before all. */
export type PriceOverrides = Readonly<Record<string, Readonly<Record<string, Price>>>>;

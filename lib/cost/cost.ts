/** What one request cost. */
export interface Cost {
  /** Everything, in US dollars. */
  readonly totalUsd: number;
  /** Part of the total for input, in US dollars; absent when only the total is known. */
  readonly inputUsd?: number | undefined;
  /** Part of the total for output, in US dollars; absent when only the total is known. */
  readonly outputUsd?: number | undefined;
  /** Where the price came from: the user's overrides, the provider's answer, or the price list. */
  readonly source: 'override' | 'provider' | 'list';
}

/**
 * Token counts of one request, in the one form this package uses whatever the provider's own was.
 *
 * `inputTokens` INCLUDES cached tokens and `outputTokens` INCLUDES reasoning tokens, as the GenAI semantic
 * conventions say; all other fields are subsets of these two. Absent means the provider did not say.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Part of the input that was read from the provider's prompt cache. */
  readonly cacheReadTokens?: number | undefined;
  /** Part of the input that was written to the provider's prompt cache, for every lifetime. */
  readonly cacheWriteTokens?: number | undefined;
  /** Part of `cacheWriteTokens` written for one hour, which Anthropic bills higher. */
  readonly cacheWrite1hTokens?: number | undefined;
  /** Part of the output spent on reasoning. */
  readonly reasoningTokens?: number | undefined;
  readonly inputAudioTokens?: number | undefined;
  readonly cacheReadAudioTokens?: number | undefined;
  readonly outputAudioTokens?: number | undefined;
}

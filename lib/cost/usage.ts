/**
 * Token counts of one request, in the one form this package uses whatever the provider's own was.
 *
 * `inputTokens` INCLUDES cached tokens and `outputTokens` INCLUDES reasoning tokens, as the GenAI semantic
 * conventions say; all other token counts are subsets of these two. Absent means the provider did not say.
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
  readonly inputImageTokens?: number | undefined;
  readonly cacheReadImageTokens?: number | undefined;
  readonly outputImageTokens?: number | undefined;
  /** Length of the audio sent, in seconds, for transcription models that are billed by time. */
  readonly inputAudioSeconds?: number | undefined;
  /** Number of web searches the provider ran for the request, billed apart from tokens. */
  readonly webSearches?: number | undefined;
}

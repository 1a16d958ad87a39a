import type { UsageGap } from '../requests/handle.js';
import type { Answer } from '../wire/wire-format.js';

/** How an answer ended. */
export interface AnswerEnd {
  /** Whether the caller or the network ended it before all of it had arrived. */
  readonly isCutOff: boolean;
  readonly isStreamed: boolean;
  /** Whether the usage would have been reported if the request had asked for it. */
  readonly isUnasked: boolean;
}

/** What is unknown of the usage of an answer; `undefined` if all of it is known, or if there is none to know. */
export function usageGap(
  answer: Answer,
  { isCutOff, isStreamed, isUnasked }: AnswerEnd,
): UsageGap | undefined {
  const { usage, generated, hasLateUsage, finished, error, isTooLarge } = answer;
  // An error of the provider before any output is billed by none of them.
  if (error !== undefined && !generated) return undefined;
  const isIncomplete = (isCutOff && !finished) || error !== undefined;
  // The output is counted after it has been generated. What was counted before is the input.
  const isPartial = isStreamed && generated && hasLateUsage !== true;
  if (usage !== undefined && !(isIncomplete && isPartial)) return undefined;
  if (isIncomplete) return { reason: 'cut_off', estimatedOutputTokens: unknownOutput(answer) };
  if (isTooLarge === true) return { reason: 'too_large' };
  if (isUnasked) return { reason: 'not_asked' };
  return isCutOff
    ? { reason: 'cut_off', estimatedOutputTokens: unknownOutput(answer) }
    : { reason: 'not_reported' };
}

function unknownOutput({ estimator, usage }: Answer): number | undefined {
  return estimator && Math.max(0, estimator.outputTokens - (usage?.outputTokens ?? 0));
}

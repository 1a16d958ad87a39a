import { billsTokens } from '../catalogue/semconv.js';
import type { Usage } from '../cost/usage.js';
import type { UsageMissingReason } from '../metrics/recorder.js';
import type { UsageGap } from './handle.js';

/** A request or a call that has ended. */
interface EndedCall {
  readonly operation: string;
  readonly usage: Usage | undefined;
  readonly gap: UsageGap | undefined;
  /** Whether it is counted with another answer. */
  readonly isUsageElsewhere: boolean;
}

/**
 * Why the usage of a request or a call is missing; `undefined` if it is not.
 *
 * @param isAnswered - whether it succeeded. One that failed is billed, too, if its answer had begun.
 */
export function missingReason(
  { operation, usage, gap, isUsageElsewhere }: EndedCall,
  isAnswered: boolean,
): UsageMissingReason | undefined {
  if (isUsageElsewhere || !billsTokens(operation)) return undefined;
  if (gap?.reason === 'cut_off') return 'cut_off';
  return isAnswered && usage === undefined ? (gap?.reason ?? 'not_reported') : undefined;
}

/** The usage to price an estimate by; `undefined` where nothing was estimated. */
export function estimatedUsage(gap: UsageGap | undefined): Usage | undefined {
  const { estimatedOutputTokens: outputTokens = 0 } = gap ?? {};
  return outputTokens > 0 ? { inputTokens: 0, outputTokens } : undefined;
}

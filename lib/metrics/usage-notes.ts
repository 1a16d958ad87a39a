import { logger } from '../logger.js';
import type { UsageMissingReason } from './recorder.js';

/** What the log says about the first answer without usage, by reason: what to set. */
const NOTES: Readonly<Record<UsageMissingReason, string>> = {
  not_asked:
    'the stream had no usage, because the request did not ask for it. Set includeStreamUsage: true of instrumentFetch ' +
    '(LLM_EDGE_INCLUDE_STREAM_USAGE=true with the preload), or send stream_options: { include_usage: true }',
  cut_off:
    'the answer was cut off before its usage. With estimateUsage: true of instrumentFetch (LLM_EDGE_ESTIMATE_USAGE=true ' +
    'with the preload) the output of such streams is estimated, in separate metrics',
  not_reported:
    'the answer has no usage. Enable it on that server; a client that parses answers itself reports it with setUsage()',
  too_large:
    'the answer exceeds a limit on size or nesting, so its usage was not read; see docs/threat-model.md',
};

/** The reasons that a setting or a change of the program removes. The others are what callers and servers do. */
const AVOIDABLE: ReadonlySet<UsageMissingReason> = new Set(['not_asked', 'too_large']);

/** Creates a function that logs the first answer without usage of each reason. */
export function createUsageNotes(): (reason: UsageMissingReason, provider: string, model: string) => void {
  const logged = new Set<UsageMissingReason>();
  return (reason, provider, model) => {
    if (logged.has(reason)) return;
    logged.add(reason);
    const of = `model ${JSON.stringify(model)} of provider ${JSON.stringify(provider)}`;
    logger()[AVOIDABLE.has(reason) ? 'warn' : 'info'](
      `no usage for ${of}: ${NOTES[reason]}. Counted in llm_edge_usage_missing_total with the reason "${reason}", ` +
        'logged once per reason',
    );
  };
}

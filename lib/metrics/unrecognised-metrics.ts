import { METRICS } from '../catalogue/metrics.js';
import type { Instruments } from './instruments.js';
import type { LabelLimits } from './label-limits.js';
import type { RequestRecorder } from './recorder.js';
import type { LabelSet } from './series-table.js';

type UnrecognisedMetrics = Pick<RequestRecorder, 'recordUnrecognised' | 'admitGuest'>;

/** Creates the metric of requests that look like calls to a model and were not recognised. */
export function createUnrecognisedMetrics(
  { counters }: Instruments,
  limits: LabelLimits,
): UnrecognisedMetrics {
  const counter = counters.llm_edge_monitoring_unrecognised_requests_total;
  const { seen_by: ways } = METRICS.llm_edge_monitoring_unrecognised_requests_total.labels;
  const variants = new Map(ways.map((seenBy) => [seenBy, counter.variant({ seen_by: seenBy })]));
  const seen = new Set<LabelSet>();

  return {
    recordUnrecognised(host, seenBy) {
      const labels = limits.host(host, 'recordUnrecognised');
      if (labels === undefined) return false;
      counter.add(1, variants.get(seenBy) ?? 0, labels);
      const isFirst = !seen.has(labels);
      seen.add(labels);
      return isFirst;
    },
    admitGuest: (host) => limits.guest(host),
  };
}

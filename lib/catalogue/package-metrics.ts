import type { MetricRow } from './metric-spec.js';

const SCRAPE_BUCKETS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000] as const;

/** The metrics of the package itself: what it drops, folds, exports, and serves. */
export const PACKAGE_METRICS = {
  llm_edge_monitoring_series: {
    kind: 'gauge',
    description: 'Number of series that a metric of this package has.',
    labels: { metric: { limiter: 'metric' } },
    interpretation:
      'Approaching the budget in docs/metrics.md means new models will soon be folded into "other".',
    seeAlso: ['llm_edge_monitoring_series_overflow_total'],
    query: 'topk(5, max by (metric) (llm_edge_monitoring_series))',
  },
  llm_edge_monitoring_series_overflow_total: {
    kind: 'counter',
    description: 'Number of label values folded into "other" because their limit was reached.',
    labels: { label: ['provider', 'model', 'route', 'budget'] },
    interpretation:
      'Any increase means that detail is lost: raise the limit, or stop callers from inventing model names.',
    seeAlso: ['llm_edge_monitoring_series'],
    query: 'sum by (label) (increase(llm_edge_monitoring_series_overflow_total[5m]))',
  },
  llm_edge_monitoring_dropped_total: {
    kind: 'counter',
    description:
      'Number of values that could not be recorded as given and were dropped or mapped, by reason.',
    labels: {
      reason: [
        'invalid_name',
        'invalid_value',
        'over_limit',
        'name_too_long',
        'unknown_error_type',
        'unknown_tier',
        'unknown_state',
        'inconsistent_usage',
        'internal_error',
      ],
    },
    interpretation:
      'Any increase is a bug at a call site, or an upstream that reports wrong numbers; one diagnostic line per reason names the helper.',
    query: 'sum by (reason) (increase(llm_edge_monitoring_dropped_total[5m]))',
  },
  llm_edge_monitoring_unrecognised_requests_total: {
    kind: 'counter',
    description: 'Number of requests that look like calls to a model and were not recognised, by host.',
    labels: { host: { limiter: 'host' }, seen_by: ['fetch', 'undici', 'http'] },
    interpretation:
      'Anything above zero is traffic that no other metric counts, unless unrecognised is "observe". fetch: declare the host, as the line in the log says. undici, http: the call does not go through an instrumented fetch; pass one to its client. See docs/unseen.md.',
    seeAlso: ['llm_edge_requests_total'],
    query: 'sum by (host, seen_by) (increase(llm_edge_monitoring_unrecognised_requests_total[1h]))',
  },
  llm_edge_monitoring_spans_exported_total: {
    kind: 'counter',
    description: 'Number of spans that the Collector accepted.',
    labels: {},
    interpretation: 'Compare with the spans dropped.',
    seeAlso: ['llm_edge_monitoring_spans_dropped_total'],
    query: 'sum(rate(llm_edge_monitoring_spans_exported_total[5m]))',
  },
  llm_edge_monitoring_spans_dropped_total: {
    kind: 'counter',
    description: 'Number of spans lost, by reason.',
    labels: { reason: ['queue_full', 'export_failed', 'after_shutdown'] },
    interpretation:
      'queue_full: spans end faster than they are sent, raise OTEL_BSP_MAX_QUEUE_SIZE. export_failed: the Collector was unreachable for longer than the retries last, or refused the spans.',
    seeAlso: ['llm_edge_monitoring_spans_exported_total'],
    query: 'sum by (reason) (increase(llm_edge_monitoring_spans_dropped_total[5m]))',
  },
  llm_edge_monitoring_scrapes_total: {
    kind: 'counter',
    description: 'Number of scrapes answered, by outcome.',
    labels: { outcome: ['success', 'failed', 'timeout'] },
    interpretation: 'A scrape that fails or exceeds its deadline leaves a gap in every graph.',
    seeAlso: ['llm_edge_monitoring_scrape_duration_ms'],
    query: 'sum by (outcome) (rate(llm_edge_monitoring_scrapes_total[5m]))',
  },
  llm_edge_monitoring_pushes_total: {
    kind: 'counter',
    description: 'Number of pushes of metrics to a Collector, by outcome.',
    labels: { outcome: ['success', 'failed'] },
    interpretation:
      'A failed push loses no totals, because the next one carries them; they only arrive later.',
    seeAlso: ['llm_edge_monitoring_scrapes_total'],
    query: 'sum by (outcome) (rate(llm_edge_monitoring_pushes_total[5m]))',
  },
  llm_edge_monitoring_scrape_bytes: {
    kind: 'gauge',
    description: 'Size of the last scrape as it was sent, in bytes.',
    labels: {},
    interpretation: 'Grows with the number of series; with gzip it is about a fortieth of the text.',
    seeAlso: ['llm_edge_monitoring_scrape_series'],
    query: 'max(llm_edge_monitoring_scrape_bytes)',
  },
  llm_edge_monitoring_scrape_series: {
    kind: 'gauge',
    description: 'Number of series in the last scrape, a histogram counted once.',
    labels: {},
    interpretation: 'Determines what a scrape costs to collect, to send and to store.',
    seeAlso: ['llm_edge_monitoring_series'],
    query: 'max(llm_edge_monitoring_scrape_series)',
  },
  llm_edge_monitoring_scrape_duration_ms: {
    kind: 'histogram',
    description: 'Time to collect and render one scrape, in milliseconds.',
    labels: {},
    buckets: SCRAPE_BUCKETS_MS,
    interpretation: 'Grows with the number of series. Covers the scrapes before the one that shows it.',
    seeAlso: ['llm_edge_monitoring_series'],
    query: 'histogram_quantile(0.95, sum by (le) (rate(llm_edge_monitoring_scrape_duration_ms_bucket[5m])))',
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

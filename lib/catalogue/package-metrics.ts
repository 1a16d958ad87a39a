import type { MetricRow } from './metric-spec.js';

const SCRAPE_BUCKETS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000] as const;

/** The metrics of the package itself: what it drops, folds, exports, and serves. */
export const PACKAGE_METRICS = {
  llm_edge_monitoring_series: {
    kind: 'gauge',
    merge: 'highest',
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
    merge: 'latest',
    description: 'Size of the last scrape as it was sent, in bytes.',
    labels: {},
    interpretation: 'Grows with the number of series; with gzip it is about a fortieth of the text.',
    seeAlso: ['llm_edge_monitoring_scrape_series'],
    query: 'max(llm_edge_monitoring_scrape_bytes)',
  },
  llm_edge_monitoring_scrape_series: {
    kind: 'gauge',
    merge: 'latest',
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
  llm_edge_monitoring_workers: {
    kind: 'gauge',
    merge: 'group',
    description: 'Number of workers that share the scrape port, by state.',
    labels: { state: ['alive', 'stale'] },
    interpretation:
      'A process that has the port to itself is one alive worker. stale: the worker lives, but has published nothing for more than 5 seconds, because its event loop is blocked or it is stopped; what it published before stays on the page.',
    seeAlso: ['llm_edge_monitoring_oldest_snapshot_timestamp_seconds'],
    query: 'sum by (state) (llm_edge_monitoring_workers)',
  },
  llm_edge_monitoring_worker_deaths_total: {
    kind: 'counter',
    merge: 'group',
    description: 'Number of workers that shared the scrape port and have ended, by how.',
    labels: { how: ['clean', 'lost'] },
    interpretation:
      'The totals of both stay on the page. clean: the worker published its last values as it ended. lost: it was killed, and what it had recorded since it last published is missing, at most one second and the longest stall of its event loop.',
    seeAlso: ['llm_edge_monitoring_workers'],
    query: 'sum by (how) (increase(llm_edge_monitoring_worker_deaths_total[1h]))',
  },
  llm_edge_monitoring_oldest_snapshot_timestamp_seconds: {
    kind: 'gauge',
    merge: 'group',
    description:
      'When the living worker that has published least recently did so, in seconds since the epoch.',
    labels: {},
    interpretation:
      'The age of the oldest values on the page: about a second for several workers, and none for one that has the port to itself.',
    seeAlso: ['llm_edge_monitoring_workers'],
    query: 'time() - min(llm_edge_monitoring_oldest_snapshot_timestamp_seconds)',
  },
  llm_edge_monitoring_workers_left_out: {
    kind: 'gauge',
    merge: 'group',
    description: 'Number of workers of which something is not on the page, by reason.',
    labels: { reason: ['bounds', 'kind', 'format', 'unreadable', 'too_many'] },
    interpretation:
      'The sums of the dead count as one worker. bounds, kind: its histogram has other buckets, or its metric another kind, than in the worker that started last, as during a rolling restart to another version; it ends with the restart, unless workers that have ended had published such a metric. format: its files are of another version. unreadable: its files are damaged. too_many: a bound of docs/threat-model.md was reached.',
    seeAlso: ['llm_edge_monitoring_workers'],
    query: 'sum by (reason) (llm_edge_monitoring_workers_left_out)',
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

import { BAD, GOOD } from './colors.js';
import type { DashboardSpec, Section } from './frame.js';
import { barPanel, graphPanel, heatmapPanel, statePanel, statPanel } from './panels.js';
import { aggregate, heatmapOf, increase, occurring, orZero, rate, ratio, select, sumBy } from './query.js';
import { tablePanel } from './table-panel.js';
import { anyIsBad, lowIsGood } from './thresholds.js';
import { UNITS } from './units.js';

/** The Collector counts failures from the first one on, so that they have no series before. */
const ACCEPTED = collectorRate('otelcol_receiver_accepted_spans');
const EXPORTED = sumBy([], rate('llm_edge_monitoring_spans_exported_total'));
const DROPPED = orZero(sumBy([], rate('llm_edge_monitoring_spans_dropped_total')), EXPORTED);
const SERVICE_JOBS = 'job=~"$service|otel-collector.*"';

/** A counter of the Collector, whose name ends in `_total` or not, depending on its telemetry settings. */
function collectorRate(counter: string): string {
  return `sum(rate({__name__=~"${counter}(_total)?"}[$__rate_interval]))`;
}

const now: Section = {
  title: 'Is anything lost?',
  panels: [
    statPanel({
      title: 'Instances reporting',
      metrics: ['llm_edge_active_requests'],
      note: 'Counted by a gauge that every instance always exports, so that pushing ones count as well.',
      expr: aggregate('count', [], select('llm_edge_active_requests')),
      unit: UNITS.count,
      steps: [
        [null, BAD],
        [1, GOOD],
      ],
      alerts: ['LlmEdgeServiceSilent', 'LlmEdgeTargetDown', 'LlmEdgeCountedTwice'],
      width: 4,
      noValue: 'none',
    }),
    statPanel({
      title: 'Values dropped',
      metrics: ['llm_edge_monitoring_dropped_total'],
      note: 'Dropped, or mapped to another value, over the time range chosen.',
      expr: `${sumBy([], increase('llm_edge_monitoring_dropped_total', '$__range'))} or vector(0)`,
      unit: UNITS.count,
      decimals: 0,
      steps: anyIsBad(),
      overRange: true,
      alerts: ['LlmEdgeRecordsDropped'],
      width: 4,
    }),
    statPanel({
      title: 'Folded into "other"',
      metrics: ['llm_edge_monitoring_series_overflow_total'],
      note: 'Over the time range chosen.',
      expr: `${sumBy([], increase('llm_edge_monitoring_series_overflow_total', '$__range'))} or vector(0)`,
      unit: UNITS.count,
      decimals: 0,
      steps: anyIsBad(),
      overRange: true,
      alerts: ['LlmEdgeSeriesOverflow'],
      width: 4,
    }),
    statPanel({
      title: 'Spans lost, gateway',
      metrics: ['llm_edge_monitoring_spans_dropped_total'],
      expr: ratio(DROPPED, `((${DROPPED}) + ${EXPORTED})`),
      unit: UNITS.share,
      decimals: 2,
      steps: lowIsGood(0.001, 0.01),
      alerts: ['LlmEdgeSpansDropped'],
      width: 4,
      noValue: 'no spans',
    }),
    statPanel({
      title: 'Scrapes that failed',
      metrics: ['llm_edge_monitoring_scrapes_total'],
      note: 'Over the time range chosen.',
      expr: `${sumBy([], increase('llm_edge_monitoring_scrapes_total', '$__range', { outcome: '!="success"' }))} or vector(0)`,
      unit: UNITS.count,
      decimals: 0,
      steps: anyIsBad(),
      overRange: true,
      alerts: ['LlmEdgeScrapesFailing'],
      width: 4,
    }),
    statPanel({
      title: 'Spans lost, Collector',
      metrics: [],
      note: 'Spans per second that were refused or dropped after all retries, over all Collectors.',
      expr: `(${collectorRate('otelcol_receiver_refused_spans')} or vector(0)) + (${collectorRate('otelcol_exporter_send_failed_spans')} or vector(0)) + (${collectorRate('otelcol_exporter_enqueue_failed_spans')} or vector(0))`,
      unit: UNITS.spansPerSecond,
      steps: anyIsBad(),
      alerts: ['LlmEdgeCollectorLosesSpans'],
      width: 4,
    }),
  ],
};

const records: Section = {
  title: 'Values and series',
  panels: [
    graphPanel({
      title: 'Calls to models that are not recognised, by host',
      metrics: ['llm_edge_monitoring_unrecognised_requests_total'],
      note: 'Seen by an instrumented fetch without an entry for the host, or made without an instrumented fetch. No other metric counts them.',
      queries: [
        {
          expr: sumBy(
            ['host', 'seen_by'],
            increase('llm_edge_monitoring_unrecognised_requests_total', '$__rate_interval'),
          ),
          legend: '{{host}} {{seen_by}}',
        },
      ],
      unit: UNITS.count,
      stacked: true,
      bars: true,
      shadesOf: 'orange',
      noValue: 'none',
      alerts: ['LlmEdgeUnrecognisedRequests'],
      width: 24,
    }),
    graphPanel({
      title: 'Dropped or mapped, by reason',
      metrics: ['llm_edge_monitoring_dropped_total'],
      queries: [
        {
          expr: occurring(
            sumBy(['reason'], increase('llm_edge_monitoring_dropped_total', '$__rate_interval')),
          ),
          legend: '{{reason}}',
        },
      ],
      unit: UNITS.count,
      stacked: true,
      bars: true,
      shadesOf: 'red',
      noValue: 'nothing dropped',
      alerts: ['LlmEdgeRecordsDropped'],
      width: 8,
    }),
    graphPanel({
      title: 'Folded into "other", by label',
      metrics: ['llm_edge_monitoring_series_overflow_total'],
      queries: [
        {
          expr: occurring(
            sumBy(['label'], increase('llm_edge_monitoring_series_overflow_total', '$__rate_interval')),
          ),
          legend: '{{label}}',
        },
      ],
      unit: UNITS.count,
      stacked: true,
      bars: true,
      shadesOf: 'red',
      noValue: 'nothing folded',
      alerts: ['LlmEdgeSeriesOverflow'],
      width: 8,
    }),
    barPanel({
      title: 'Largest metrics, in series of one instance',
      metrics: ['llm_edge_monitoring_series'],
      query: {
        expr: `topk(8, ${aggregate('max', ['metric'], select('llm_edge_monitoring_series'))})`,
        legend: '{{metric}}',
      },
      unit: UNITS.count,
      steps: [[null, 'blue']],
      alerts: ['LlmEdgeSeriesOverflow'],
      width: 8,
    }),
  ],
};

const scrapes: Section = {
  title: 'Scrapes',
  panels: [
    statePanel({
      title: 'Targets',
      metrics: [],
      note: 'Whether Prometheus could scrape each target of the services chosen and of the Collector.',
      query: { expr: `up{${SERVICE_JOBS}}`, legend: '{{job}} {{instance}}' },
      states: { '0': { text: 'down', color: BAD }, '1': { text: 'up', color: GOOD } },
      alerts: ['LlmEdgeTargetDown', 'LlmEdgeServiceSilent'],
      width: 12,
      height: 8,
    }),
    graphPanel({
      title: 'Samples per scrape',
      metrics: [],
      note: 'What one scrape of each target costs Prometheus. Multiply by instances and scrapes per minute.',
      queries: [{ expr: `scrape_samples_scraped{${SERVICE_JOBS}}`, legend: '{{job}} {{instance}}' }],
      unit: UNITS.count,
      width: 12,
    }),
    graphPanel({
      title: 'Scrapes by outcome',
      metrics: ['llm_edge_monitoring_scrapes_total'],
      queries: [
        { expr: sumBy(['outcome'], rate('llm_edge_monitoring_scrapes_total')), legend: '{{outcome}}' },
      ],
      unit: UNITS.requestsPerSecond,
      stacked: true,
      colors: { success: GOOD, failed: BAD, timeout: 'orange' },
      alerts: ['LlmEdgeScrapesFailing'],
      width: 8,
    }),
    graphPanel({
      title: 'Pushes by outcome',
      metrics: ['llm_edge_monitoring_pushes_total'],
      note: 'Zero where metrics are only scraped.',
      queries: [
        { expr: sumBy(['outcome'], rate('llm_edge_monitoring_pushes_total')), legend: '{{outcome}}' },
      ],
      unit: UNITS.requestsPerSecond,
      stacked: true,
      colors: { success: GOOD, failed: BAD },
      alerts: ['LlmEdgePushesFailing'],
      width: 8,
    }),
    heatmapPanel({
      title: 'Time to answer a scrape',
      metrics: ['llm_edge_monitoring_scrape_duration_ms'],
      expr: heatmapOf('llm_edge_monitoring_scrape_duration_ms'),
      unit: UNITS.milliseconds,
      width: 8,
    }),
    graphPanel({
      title: 'Time of a scrape, as Prometheus sees it',
      metrics: [],
      note: 'Network and parsing included. Prometheus aborts at scrape_timeout.',
      queries: [{ expr: `max by (job) (scrape_duration_seconds{${SERVICE_JOBS}})`, legend: '{{job}}' }],
      unit: UNITS.seconds,
      alerts: ['LlmEdgeScrapesFailing'],
      width: 8,
    }),
    graphPanel({
      title: 'Size of a scrape',
      metrics: ['llm_edge_monitoring_scrape_bytes'],
      queries: [
        { expr: aggregate('max', ['job'], select('llm_edge_monitoring_scrape_bytes')), legend: '{{job}}' },
      ],
      unit: UNITS.bytes,
      width: 8,
    }),
    graphPanel({
      title: 'Series in a scrape',
      metrics: ['llm_edge_monitoring_scrape_series'],
      queries: [
        { expr: aggregate('max', ['job'], select('llm_edge_monitoring_scrape_series')), legend: '{{job}}' },
      ],
      unit: UNITS.count,
      width: 8,
    }),
  ],
};

const spans: Section = {
  title: 'Spans, from the gateway through the Collector (all Collectors)',
  panels: [
    graphPanel({
      title: 'Exported and lost by the gateway',
      metrics: ['llm_edge_monitoring_spans_exported_total', 'llm_edge_monitoring_spans_dropped_total'],
      queries: [
        { expr: EXPORTED, legend: 'exported' },
        {
          expr: sumBy(['reason'], rate('llm_edge_monitoring_spans_dropped_total')),
          legend: 'lost: {{reason}}',
        },
      ],
      unit: UNITS.spansPerSecond,
      colors: { exported: GOOD },
      alerts: ['LlmEdgeSpansDropped'],
      width: 8,
    }),
    graphPanel({
      title: 'Through the Collector',
      metrics: [],
      note: 'Sent falls below accepted by what tail sampling drops and by what waits in the queue.',
      queries: [
        { expr: ACCEPTED, legend: 'accepted' },
        { expr: collectorRate('otelcol_receiver_refused_spans'), legend: 'refused' },
        { expr: collectorRate('otelcol_exporter_sent_spans'), legend: 'sent' },
        { expr: orZero(collectorRate('otelcol_exporter_send_failed_spans'), ACCEPTED), legend: 'given up' },
        {
          expr: orZero(collectorRate('otelcol_exporter_enqueue_failed_spans'), ACCEPTED),
          legend: 'queue full',
        },
      ],
      unit: UNITS.spansPerSecond,
      colors: { accepted: 'blue', sent: GOOD, refused: BAD, 'given up': 'orange', 'queue full': 'purple' },
      alerts: ['LlmEdgeCollectorLosesSpans'],
      width: 8,
    }),
    graphPanel({
      title: 'Sending queues of the Collector',
      metrics: [],
      note: 'How full each one is. It fills while the trace store is unavailable, and loses spans at 100 %.',
      queries: [
        {
          expr: 'sum by (instance, exporter) (otelcol_exporter_queue_size) / (sum by (instance, exporter) (otelcol_exporter_queue_capacity) > 0)',
          legend: '{{instance}} {{exporter}}',
        },
      ],
      unit: UNITS.share,
      max: 1,
      steps: lowIsGood(0.5, 0.9),
      alerts: ['LlmEdgeCollectorLosesSpans'],
      width: 8,
    }),
  ],
};

const workers: Section = {
  title: 'Workers that share a port',
  panels: [
    graphPanel({
      title: 'Workers by state',
      metrics: ['llm_edge_monitoring_workers'],
      note: 'Of all pages: a process that has its port to itself is one. A stale one lives, but has published nothing for 5 seconds.',
      queries: [{ expr: sumBy(['state'], select('llm_edge_monitoring_workers')), legend: '{{state}}' }],
      unit: UNITS.count,
      stacked: true,
      colors: { alive: GOOD, stale: 'orange' },
      alerts: ['LlmEdgeWorkerStale'],
      width: 6,
    }),
    graphPanel({
      title: 'Workers ended, by how',
      metrics: ['llm_edge_monitoring_worker_deaths_total'],
      note: 'The totals of both stay on the page. A lost one was killed, and what it recorded after it last published is missing.',
      queries: [
        {
          expr: occurring(
            sumBy(['how'], increase('llm_edge_monitoring_worker_deaths_total', '$__rate_interval')),
          ),
          legend: '{{how}}',
        },
      ],
      unit: UNITS.count,
      stacked: true,
      bars: true,
      colors: { clean: 'blue', lost: BAD },
      noValue: 'none ended',
      alerts: ['LlmEdgeWorkersLost'],
      width: 6,
    }),
    graphPanel({
      title: 'Age of the oldest values on a page',
      metrics: ['llm_edge_monitoring_oldest_snapshot_timestamp_seconds'],
      note: 'At the time of the query, so that the time between two scrapes is part of it.',
      queries: [
        {
          expr: `time() - ${aggregate('min', ['job'], select('llm_edge_monitoring_oldest_snapshot_timestamp_seconds'))}`,
          legend: '{{job}}',
        },
      ],
      unit: UNITS.seconds,
      alerts: ['LlmEdgeWorkerStale'],
      width: 6,
    }),
    graphPanel({
      title: 'Workers left out in part, by reason',
      metrics: ['llm_edge_monitoring_workers_left_out'],
      queries: [
        {
          expr: occurring(aggregate('max', ['reason'], select('llm_edge_monitoring_workers_left_out'))),
          legend: '{{reason}}',
        },
      ],
      unit: UNITS.count,
      stacked: true,
      bars: true,
      shadesOf: 'red',
      noValue: 'nothing left out',
      alerts: ['LlmEdgeWorkersLeftOut'],
      width: 6,
    }),
  ],
};

const instances: Section = {
  title: 'What runs',
  panels: [
    tablePanel({
      title: 'Instances',
      metrics: [],
      note: 'The resource of each process. Resource attributes are on `target_info` alone: other panels group by `job`, which is the service.',
      labels: {
        job: 'Service',
        instance: 'Instance',
        service_version: 'Version',
        deployment_environment_name: 'Environment',
        service_instance_id: 'Instance id',
        telemetry_sdk_version: 'SDK',
      },
      columns: [
        {
          title: 'Processes',
          expr: 'count by (job, instance, service_version, deployment_environment_name, service_instance_id, telemetry_sdk_version) (target_info{job=~"$service"} and on (job, instance) llm_edge_active_requests)',
          unit: UNITS.count,
        },
      ],
      sortBy: 'Service',
      alerts: ['LlmEdgeCountedTwice'],
      width: 24,
      height: 6,
    }),
  ],
};

/** Whether the numbers on the other dashboards can be trusted. */
export const TELEMETRY: DashboardSpec = {
  name: 'telemetry',
  title: 'LLM edge / Telemetry health',
  description: 'Whether the numbers on the other dashboards can be trusted.',
  sections: [now, records, scrapes, workers, spans, instances],
};

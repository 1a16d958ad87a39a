/** Labels of the Collector's own metrics about its receivers. */
const RECEIVER = ['receiver', 'transport'] as const;
/** Labels of the Collector's own metrics about its exporters. */
const EXPORTER = ['exporter'] as const;

/**
 * Metrics that rules and dashboards use and that are not of this package, with their labels besides `job` and
 * `instance`. The Collector's counters carry `_total` or not, depending on how its telemetry is configured.
 */
export const EXTERNAL_METRICS: Readonly<Record<string, readonly string[]>> = {
  up: [],
  scrape_duration_seconds: [],
  scrape_samples_scraped: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
  target_info: [
    'service_name',
    'service_version',
    'service_instance_id',
    'deployment_environment_name',
    'telemetry_sdk_version',
  ],
  otelcol_receiver_accepted_spans: RECEIVER,
  otelcol_receiver_accepted_spans_total: RECEIVER,
  otelcol_receiver_refused_spans: RECEIVER,
  otelcol_receiver_refused_spans_total: RECEIVER,
  otelcol_exporter_sent_spans: EXPORTER,
  otelcol_exporter_sent_spans_total: EXPORTER,
  otelcol_exporter_send_failed_spans: EXPORTER,
  otelcol_exporter_send_failed_spans_total: EXPORTER,
  otelcol_exporter_enqueue_failed_spans: EXPORTER,
  otelcol_exporter_enqueue_failed_spans_total: EXPORTER,
  otelcol_exporter_queue_size: [...EXPORTER, 'data_type'],
  otelcol_exporter_queue_capacity: [...EXPORTER, 'data_type'],
};

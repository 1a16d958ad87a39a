import { otlp, type Setting, setting } from './definitions.js';
import {
  AUTHORIZATION,
  COMPRESSION,
  choice,
  choices,
  ENDPOINT,
  GRPC,
  HEADERS,
  HOST,
  HOST_NAMES,
  integer,
  MILLIS,
  PATH,
} from './parsers.js';

/** The settings below `metrics`. */
export const METRICS_SETTINGS = {
  'metrics.exporters': setting(
    choices('prometheus', 'otlp'),
    'OTEL_METRICS_EXPORTER',
    ['prometheus'],
    'Where metrics go: a port that Prometheus scrapes, pushes to a Collector, both, or `none`.',
    { component: 'meter', details: 'An empty list means neither.' },
  ),
  'metrics.host': setting(
    HOST,
    'OTEL_EXPORTER_PROMETHEUS_HOST',
    'localhost',
    'Address the scrape port listens on; `0.0.0.0` opens it to the network.',
    { component: 'scrape', unsupported: 'off' },
  ),
  'metrics.port': setting(
    integer(0, 65_535),
    'OTEL_EXPORTER_PROMETHEUS_PORT',
    9464,
    'Port to scrape; 0 takes a free one, see `monitoring.metricsUrl`.',
    { component: 'scrape', unsupported: 'off' },
  ),
  'metrics.path': setting(PATH, 'LLM_EDGE_METRICS_PATH', '/metrics', 'Path to scrape.', {
    component: 'scrape',
  }),
  'metrics.timeoutMillis': setting(
    MILLIS,
    'LLM_EDGE_METRICS_TIMEOUT',
    10_000,
    'Deadline of one scrape; answered with 503 beyond it.',
    { component: 'scrape' },
  ),
  'metrics.authorization': setting(
    AUTHORIZATION,
    'LLM_EDGE_METRICS_AUTHORIZATION',
    undefined,
    'The `Authorization` header a scrape must carry, such as `Bearer …`; open when not set.',
    { component: 'scrape', unsupported: 'off', secret: true },
  ),
  'metrics.allowedHosts': setting(
    HOST_NAMES,
    'LLM_EDGE_METRICS_ALLOWED_HOSTS',
    [],
    'Names beside `localhost` under which a port on loopback without authorization may be scraped.',
    {
      component: 'scrape',
      effect: 'what is no name of a host is left out',
      details:
        'A scrape with another name in its `Host` header is answered with 403; IP addresses are always allowed. So no web page can read the metrics through a host name of its own.',
    },
  ),
  'metrics.endpoint': setting(
    ENDPOINT,
    otlp('METRICS', 'ENDPOINT'),
    'http://localhost:4317',
    'Collector that metrics are pushed to.',
    {
      component: 'push',
      unsupported: 'off',
      details: 'Only scheme and host of the URL are used, over gRPC.',
    },
  ),
  'metrics.headers': setting(HEADERS, otlp('METRICS', 'HEADERS'), {}, 'Headers of each push.', {
    component: 'push',
    unsupported: 'off',
    secret: true,
    merged: true,
  }),
  'metrics.protocol': setting(GRPC, otlp('METRICS', 'PROTOCOL'), 'grpc', 'Protocol of the pushes.', {
    component: 'push',
    unsupported: 'off',
  }),
  'metrics.compression': setting(
    COMPRESSION,
    otlp('METRICS', 'COMPRESSION'),
    'none',
    'Compression of the pushes.',
    { component: 'push' },
  ),
  'metrics.temporality': setting(
    choice('cumulative', 'delta', 'lowmemory'),
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'cumulative',
    'Whether pushes tell totals, as Prometheus needs them, or what came since the push before.',
    {
      component: 'push',
      details: '`lowmemory` is `delta` where that needs less memory. A scrape always shows totals.',
    },
  ),
  'metrics.exportIntervalMillis': setting(
    MILLIS,
    'OTEL_METRIC_EXPORT_INTERVAL',
    60_000,
    'Time between two pushes.',
    { component: 'push' },
  ),
  'metrics.exportTimeoutMillis': setting(
    MILLIS,
    'OTEL_METRIC_EXPORT_TIMEOUT',
    30_000,
    'Deadline of one push.',
    { component: 'push' },
  ),
} as const satisfies Record<string, Setting<never> | Setting<unknown>>;

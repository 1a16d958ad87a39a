import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { otlp, type Parser, type Setting, setting } from './definitions.js';
import {
  COMPRESSION,
  choice,
  choices,
  ENDPOINT,
  FILE,
  GRPC,
  HEADERS,
  integer,
  MILLIS,
  RATIO,
} from './parsers.js';

/** The variable may name several exporters, with ours among them. */
const SPAN_EXPORTER: Parser<'otlp' | 'none'> = {
  ...choice('otlp', 'none'),
  seen: (value, source) => choices('otlp').seen?.(value, source),
  known: (text) => (choices('otlp').known?.(text).length === 0 ? 'none' : 'otlp'),
};
const SPAN_ITEMS = integer(0, 100_000);

/** The settings below `traces`. */
export const TRACES_SETTINGS = {
  'traces.exporter': setting(SPAN_EXPORTER, 'OTEL_TRACES_EXPORTER', 'otlp', 'Where spans go.', {
    component: 'tracer',
  }),
  'traces.endpoint': setting(
    ENDPOINT,
    otlp('TRACES', 'ENDPOINT'),
    'http://localhost:4317',
    'Collector that spans are sent to.',
    {
      component: 'export',
      unsupported: 'off',
      details: 'Only scheme and host of the URL are used, over gRPC.',
    },
  ),
  'traces.headers': setting(HEADERS, otlp('TRACES', 'HEADERS'), {}, 'Headers of each export.', {
    component: 'export',
    unsupported: 'off',
    secret: true,
    merged: true,
  }),
  'traces.protocol': setting(GRPC, otlp('TRACES', 'PROTOCOL'), 'grpc', 'Protocol of the exports.', {
    component: 'export',
    unsupported: 'off',
  }),
  'traces.timeoutMillis': setting(
    MILLIS,
    otlp('TRACES', 'TIMEOUT'),
    10_000,
    'Deadline of one attempt to export.',
    { component: 'spans' },
  ),
  'traces.compression': setting(
    COMPRESSION,
    otlp('TRACES', 'COMPRESSION'),
    'none',
    'Compression of the exports.',
    { component: 'export' },
  ),
  'traces.certificateFile': setting(
    FILE,
    otlp('TRACES', 'CERTIFICATE'),
    undefined,
    'Root certificates that the Collector is checked against, PEM.',
    { component: 'export', unsupported: 'off' },
  ),
  'traces.clientKeyFile': setting(
    FILE,
    otlp('TRACES', 'CLIENT_KEY'),
    undefined,
    'Private key of the client, PEM; goes with the certificate.',
    { component: 'export', unsupported: 'off' },
  ),
  'traces.clientCertificateFile': setting(
    FILE,
    otlp('TRACES', 'CLIENT_CERTIFICATE'),
    undefined,
    'Certificate of the client, PEM; goes with the key.',
    { component: 'export', unsupported: 'off' },
  ),
  'traces.sampler': setting(
    choice(
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ),
    'OTEL_TRACES_SAMPLER',
    'parentbased_always_on',
    'Which traces are recorded.',
    { component: 'spans' },
  ),
  'traces.samplerRatio': setting(
    RATIO,
    'OTEL_TRACES_SAMPLER_ARG',
    1,
    'Share of the traces, for the samplers with `traceidratio`.',
    { component: 'spans' },
  ),
  'traces.batch.maxQueueSize': setting(
    integer(1, 1_000_000),
    'OTEL_BSP_MAX_QUEUE_SIZE',
    2048,
    'Ended spans that may wait; more are dropped and counted.',
    { component: 'spans' },
  ),
  'traces.batch.maxExportBatchSize': setting(
    integer(1, 1_000_000),
    'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    512,
    'Spans of one export, at most the size of the queue.',
    { component: 'spans' },
  ),
  'traces.batch.scheduledDelayMillis': setting(
    MILLIS,
    'OTEL_BSP_SCHEDULE_DELAY',
    5000,
    'Longest time a span waits for its export.',
    { component: 'spans' },
  ),
  'traces.batch.exportTimeoutMillis': setting(
    MILLIS,
    'OTEL_BSP_EXPORT_TIMEOUT',
    30_000,
    'Deadline of one export that a flush waits for; otherwise spans are tried again for up to 5 minutes.',
    { component: 'spans' },
  ),
  'traces.limits.attributeValueLength': setting(
    integer(1, 10_000_000),
    ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
    INPUT_LIMITS.attributeValueLength.value,
    'Characters of one attribute of a span; the rest is cut, so that no span makes the Collector refuse its batch.',
  ),
  'traces.limits.attributeCount': setting(
    SPAN_ITEMS,
    ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
    128,
    'Attributes of one span; further ones are left out.',
  ),
  'traces.limits.eventCount': setting(
    SPAN_ITEMS,
    'OTEL_SPAN_EVENT_COUNT_LIMIT',
    128,
    'Events of one span; the oldest are left out.',
  ),
  'traces.limits.linkCount': setting(
    SPAN_ITEMS,
    'OTEL_SPAN_LINK_COUNT_LIMIT',
    128,
    'Links of one span; the oldest are left out.',
  ),
  'traces.limits.attributePerEventCount': setting(
    SPAN_ITEMS,
    'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
    128,
    'Attributes of one event of a span; further ones are left out.',
  ),
  'traces.limits.attributePerLinkCount': setting(
    SPAN_ITEMS,
    'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
    128,
    'Attributes of one link of a span; further ones are left out.',
  ),
} as const satisfies Record<string, Setting<never> | Setting<unknown>>;

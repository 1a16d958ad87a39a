import { deepEqual, equal, ok } from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { initMonitoring, recordRequestSuccess } from '../../../lib/index.js';
import { check, trying } from '../../support/fuzz-program.js';
import { send } from '../../support/http-client.js';
import { openRaw } from '../../support/raw-connection.js';

const monitoring = await initMonitoring({
  metrics: { host: '127.0.0.1', port: 0 },
  traces: { exporter: 'none' },
});
recordRequestSuccess('fuzzed', 'm-1', 5);
const url = monitoring.metricsUrl ?? '';
const port = Number(new URL(url).port);

const mediaType = fc.constantFrom(
  'text/plain',
  'application/openmetrics-text',
  'application/vnd.google.protobuf',
  'text/*',
  '*/*',
  'TEXT/PLAIN',
);
const parameter = fc.constantFrom(
  'version=0.0.4',
  'version=1.0.0',
  'q=0.5',
  'q=1',
  'q=0',
  'q=2',
  'q=-1',
  'q="1"',
  '=',
);
const headerText = fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, ''));
const accept = fc.oneof(
  fc
    .array(fc.tuple(mediaType, fc.array(parameter, { maxLength: 3 })), { maxLength: 5 })
    .map((entries) => entries.map(([type, parameters]) => [type, ...parameters].join(';')).join(',')),
  headerText,
  fc.nat(4_000).map((length) => ',;='.repeat(length)),
);
const encoding = fc.oneof(
  fc.constantFrom('gzip', 'gzip;q=0', '*', 'identity', 'x-gzip, gzip;q=0.1'),
  headerText,
);
const seconds = fc.oneof(
  fc.constantFrom('10', '1e9', '0', '-1', 'NaN', 'Infinity', '0x10', '', '1e400'),
  fc.string({ maxLength: 20 }).map((text) => text.replace(/[^a-z ]/g, '')),
);

// Whatever a scraper says that it wants, it gets a page that it can read.
await check(
  fc.asyncProperty(accept, encoding, seconds, async (wanted, encodings, timeout) => {
    const headers = {
      accept: wanted,
      'accept-encoding': encodings,
      'x-prometheus-scrape-timeout-seconds': timeout,
    };
    trying(JSON.stringify(headers));
    const answer = await send(url, { headers });
    equal(answer.status, 200);
    equal(answer.headers['content-length'], String(answer.body.length));
    const isZipped = answer.headers['content-encoding'] === 'gzip';
    const page = (isZipped ? gunzipSync(answer.body) : answer.body).toString();
    ok(page.includes('llm_edge_requests_total{'));
    const isOpenMetrics = answer.headers['content-type']?.startsWith('application/openmetrics-text') === true;
    equal(page.endsWith('# EOF\n'), isOpenMetrics);
  }),
);

// Whatever the bytes of a request, the connection ends, and only what asks for the page itself gets it.
const target = fc
  .array(
    fc.constantFrom('/', 'metrics', '..', '.', '%2e', '%2f', '\\', '?', '#', 'x', '//', ':', '@', 'http:'),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''));
const host = fc.oneof(
  fc
    .array(fc.constantFrom('localhost', '127.0.0.1', '[::1]', '.', ':', '80', 'evil', '[', ']', '@'), {
      maxLength: 4,
    })
    .map((parts) => parts.join('')),
  headerText,
);
const raw = fc.oneof(
  fc.tuple(target, host).map(([path, name]) => `GET ${path} HTTP/1.1\r\nhost: ${name}\r\n\r\n`),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc
    .tuple(fc.nat(60), fc.string({ unit: 'binary', maxLength: 3 }))
    .map(([at, put]) => `GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n`.slice(0, at) + put),
);
await check(
  fc.asyncProperty(raw, async (text) => {
    trying(text);
    const connection = await openRaw('127.0.0.1', port, text);
    connection.socket.end();
    await connection.closed;
    if (connection.received().includes('llm_edge_requests_total{')) {
      ok(/^GET \/metrics(?:\?[^ ]*)? HTTP\/1\.[01]\r\n/.test(text));
    }
    equal((await send(url)).status, 200);
  }),
);

deepEqual(await monitoring.shutdown(), undefined);

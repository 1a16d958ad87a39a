import fc from 'fast-check';
import { initMonitoring, type Monitoring } from '../../lib/index.js';
import { send } from '../support/http-client.js';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const PROMETHEUS_3_TEXT =
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4';
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

let monitoring: Monitoring;

beforeAll(async () => {
  monitoring = await initMonitoring({
    metrics: { host: '127.0.0.1', port: 0 },
    traces: { exporter: 'none' },
  });
});

afterAll(() => monitoring.shutdown());

async function headersFor(headers: Record<string, string | undefined>) {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  const answer = await send(monitoring.metricsUrl ?? '', {
    headers: Object.fromEntries(given) as Record<string, string>,
  });
  expect(answer.status).toBe(200);
  return answer.headers;
}

const FORMATS = {
  'text/plain; version=0.0.4; charset=utf-8': 'text',
  'application/openmetrics-text; version=1.0.0; charset=utf-8': 'openmetrics',
} as const;

async function formatFor(accept: string | undefined): Promise<string | undefined> {
  const { 'content-type': type } = await headersFor({ accept });
  return FORMATS[type as keyof typeof FORMATS];
}

describe('the format of a page', () => {
  it.each([
    ['nothing', undefined, 'text'],
    ['an empty header', '', 'text'],
    ['Prometheus 2', PROMETHEUS_2, 'openmetrics'],
    ['Prometheus 3', PROMETHEUS_3, 'openmetrics'],
    ['Prometheus 3 configured for text', PROMETHEUS_3_TEXT, 'text'],
    ['a Prometheus that prefers protobuf', PROTOBUF, 'openmetrics'],
    ['a browser', BROWSER, 'text'],
    ['curl', '*/*', 'text'],
    ['text before OpenMetrics', 'text/plain;version=0.0.4,application/openmetrics-text;q=0.9', 'text'],
    ['both alike, text first', 'text/plain, application/openmetrics-text', 'text'],
    ['both alike, OpenMetrics first', 'application/openmetrics-text, text/plain', 'openmetrics'],
    ['a version beside none', 'text/plain, application/openmetrics-text; version=1.0.0', 'openmetrics'],
    ['a quoted version', 'application/openmetrics-text; version="1.0.0"', 'openmetrics'],
    ['capitals and spaces', ' Application/OpenMetrics-Text ; Version = 1.0.0 ; Q = 0.9 ', 'openmetrics'],
    ['an old draft of OpenMetrics only', 'application/openmetrics-text;version=0.0.1', 'text'],
    ['any kind of application', 'application/*', 'openmetrics'],
    ['any kind of text', 'application/*;q=0.5, text/*', 'text'],
    ['anything but OpenMetrics', 'application/openmetrics-text;q=0, */*', 'text'],
    ['anything but text', 'text/plain;q=0, */*', 'openmetrics'],
    ['nothing that exists here', 'image/png, application/json', 'text'],
    ['everything refused', '*/*;q=0', 'text'],
    ['a quality that is none', 'application/openmetrics-text;q=high, text/plain;q=0.1', 'text'],
    ['a quality above one', 'application/openmetrics-text;q=2, text/plain;q=0.1', 'text'],
    ['a parameter without a value', 'application/openmetrics-text;version;q=0.5', 'text'],
    ['only commas', ',,;,', 'text'],
  ] as const)('for %s', async (_, accept, format) => {
    expect(await formatFor(accept)).toBe(format);
  });

  it('exists for any header', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom(...PROMETHEUS_3.split(/(?<=[,;=])/))).map((parts) => parts.join('')),
        ),
        async (accept) => {
          expect(['text', 'openmetrics']).toContain(await formatFor(accept));
        },
      ),
    );
  });

  it('follows the higher quality, in whichever order and among whatever else', async () => {
    const quality = fc.integer({ min: 1, max: 1000 }).map((thousandths) => thousandths / 1000);
    const others = fc.array(fc.constantFrom('image/png', 'text/html;level=1;q=1', 'application/json', 'x'));
    await fc.assert(
      fc.asyncProperty(quality, quality, others, fc.boolean(), async (text, openMetrics, noise, swapped) => {
        fc.pre(text !== openMetrics);
        const wanted = [
          `text/plain;version=0.0.4;q=${text}`,
          `application/openmetrics-text;escaping=underscores;version=1.0.0;q=${openMetrics}`,
        ];
        if (swapped) wanted.reverse();
        expect(await formatFor([...noise, ...wanted, ...noise].join(','))).toBe(
          text > openMetrics ? 'text' : 'openmetrics',
        );
      }),
    );
  });
});

describe('compression', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['deflate, gzip;q=0.5, br', true],
    ['gzip;q=0', false],
    ['gzip;q=0.000', false],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['identity', false],
    ['identity;q=1, gzip;q=0.5', false],
    ['identity;q=0.5, gzip;q=1', true],
    ['gzipped', false],
    ['br', false],
  ])('for %p: %p', async (acceptEncoding, accepted) => {
    const { 'content-encoding': encoding } = await headersFor({ 'accept-encoding': acceptEncoding });
    expect(encoding).toBe(accepted ? 'gzip' : undefined);
  });
});

import { context, metrics, trace } from '@opentelemetry/api';
import { initMonitoring, type Monitoring, observeRequest } from '../../lib/index.js';
import { send } from '../support/http-client.js';

const OPENMETRICS = { accept: 'application/openmetrics-text;version=1.0.0' };

let monitoring: Monitoring;

beforeEach(async () => {
  monitoring = await initMonitoring({
    metrics: { host: '127.0.0.1', port: 0 },
    traces: {
      spanExporter: { export: (_spans, done) => done({ code: 0 }), shutdown: async () => undefined },
    },
    registerGlobals: true,
  });
});

afterEach(async () => {
  await monitoring.shutdown();
  for (const api of [metrics, trace, context]) api.disable();
});

/** The lines of the page that begin with a text. */
async function lines(start: string, headers: Record<string, string> = {}): Promise<string[]> {
  const { body } = await send(monitoring.metricsUrl ?? '', { headers });
  return body
    .toString()
    .split('\n')
    .filter((line) => line.startsWith(start));
}

describe('the page at the scrape port', () => {
  it('forgets gauges that are not observed any more', async () => {
    let observed: readonly string[] = [];
    metrics
      .getMeter('spec')
      .createObservableGauge('g')
      .addCallback((result) => {
        for (const name of observed) result.observe(name.charCodeAt(0), { name });
      });
    for (observed of [['a', 'b', 'c'], ['a', 'c'], ['c'], [], ['b', 'a']]) {
      expect(await lines('g{')).toEqual(observed.map((name) => `g{name="${name}"} ${name.charCodeAt(0)}`));
    }
  });

  it('keeps up with series that come and change from scrape to scrape', async () => {
    const counter = metrics.getMeter('spec').createCounter('c');
    const expected = new Map<string, number>();
    for (let scrape = 0; scrape < 12; scrape++) {
      const name = `s${scrape % 5}`;
      const value = 10 ** scrape + 0.5;
      counter.add(value, { name });
      expected.set(name, (expected.get(name) ?? 0) + value);
      expect(await lines('c_total{')).toEqual(
        [...expected].map(([series, sum]) => `c_total{name="${series}"} ${sum}`),
      );
    }
  });

  it('shows the trace of the latest request, in place of the one before', async () => {
    for (const count of [1, 2, 3]) {
      let traceId: string | undefined;
      await observeRequest({ provider: 'openai', model: 'gpt-4o' }, async () => {
        traceId = trace.getActiveSpan()?.spanContext().traceId;
      });
      const expected = expect.stringContaining(
        `status="success"} ${count} # {trace_id="${traceId}",span_id="`,
      );
      // A scrape with no request before it shows the same.
      for (let scrape = 0; scrape < 2; scrape++) {
        expect(await lines('llm_edge_requests_total{', OPENMETRICS)).toEqual([expected]);
      }
    }
  });
});

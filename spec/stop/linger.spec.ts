import { metrics } from '@opentelemetry/api';
import { initMonitoring, type Monitoring, type MonitoringOptions } from '../../lib/index.js';
import { send } from '../support/http-client.js';
import { samplesOf, scrape } from '../support/scrape.js';

/** Longer than any run of a spec. */
const FOREVER = 2 ** 31 - 1;
const COST = 'llm_edge_cost_usd_total{provider="openai",model="gpt-4o"}';

let monitoring: Monitoring | undefined;

afterEach(async () => {
  const ending = monitoring?.shutdown().catch(() => undefined);
  // Whatever a failed case has left waiting.
  await scrape(monitoring?.metricsUrl).catch(() => undefined);
  await ending;
  monitoring = undefined;
  metrics.disable();
});

async function start(lingerMillis: number, options: MonitoringOptions = {}): Promise<Monitoring> {
  monitoring = await initMonitoring({
    traces: { exporter: 'none' },
    ...options,
    metrics: { port: 0, lingerMillis, ...options.metrics },
  });
  return monitoring;
}

function isRefused(url: string | undefined): Promise<boolean> {
  return send(url ?? '').then(
    () => false,
    (error: { code?: string }) => error.code === 'ECONNREFUSED',
  );
}

/** A gauge whose value comes only when the spec lets it: it keeps a collection in progress. */
function blockCollections() {
  const open: (() => void)[] = [];
  metrics
    .getMeter('spec')
    .createObservableGauge('slow')
    .addCallback(() => new Promise((resolve) => open.push(resolve)));
  return {
    async begun(count: number): Promise<void> {
      while (open.length < count) await new Promise((resolve) => setImmediate(resolve));
    },
    release: () => {
      for (const resolve of open.splice(0)) resolve();
    },
  };
}

describe('shutdown() with metrics.lingerMillis', () => {
  it('shows the last record to one more scrape, then closes the port', async () => {
    const running = await start(FOREVER);
    const url = running.metricsUrl;
    running.recordCost('openai', 'gpt-4o', 1);
    await scrape(url);
    running.recordCost('openai', 'gpt-4o', 2);
    const ending = running.shutdown();
    running.recordCost('openai', 'gpt-4o', 4);
    expect((await scrape(url))[COST]).toBe(3);
    await ending;
    expect(await isRefused(url)).toBe(true);
  });

  it('goes on after whatever is no scrape of the metrics', async () => {
    const authorization = 'Bearer right';
    const running = await start(FOREVER, { metrics: { authorization } });
    const url = running.metricsUrl ?? '';
    running.recordCost('openai', 'gpt-4o', 1);
    const ending = running.shutdown();
    const { origin } = new URL(url);
    const statuses = [
      await send(url),
      await send(`${origin}/healthz`),
      await send(`${origin}/other`, { headers: { authorization } }),
      await send(url, { method: 'HEAD', headers: { authorization } }),
      await send(url, { method: 'POST', headers: { authorization } }),
    ].map(({ status }) => status);
    const page = await send(url, { headers: { authorization } });
    await ending;
    expect([...statuses, page.status]).toEqual([401, 200, 404, 200, 405, 200]);
    expect(samplesOf(page.body.toString())[COST]).toBe(1);
  });

  it('does not take the page of a collection that began before the last record', async () => {
    const running = await start(FOREVER, { registerGlobals: { meters: true } });
    const url = running.metricsUrl;
    const collections = blockCollections();
    running.recordCost('openai', 'gpt-4o', 1);
    const early = scrape(url);
    await collections.begun(1);
    running.recordCost('openai', 'gpt-4o', 2);
    const ending = running.shutdown();
    const late = scrape(url);
    await collections.begun(2);
    collections.release();
    expect((await late)[COST]).toBe(3);
    await early;
    await ending;
  });

  it('gives its page to a listener and as text meanwhile, and waits for the port', async () => {
    const running = await start(FOREVER);
    running.recordCost('openai', 'gpt-4o', 1);
    const ending = running.shutdown();
    expect(samplesOf((await running.metricsText()).body)[COST]).toBe(1);
    expect((await scrape(running.metricsUrl))[COST]).toBe(1);
    await ending;
    await expect(running.metricsText()).rejects.toMatchObject({ code: 'ERR_NO_METRICS' });
  });

  it('closes the port when nobody scrapes in time', async () => {
    const running = await start(1);
    const url = running.metricsUrl;
    await running.shutdown();
    expect(await isRefused(url)).toBe(true);
  });

  it('begins the time of the shutdown after that of the scrape', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
    try {
      const running = await start(60_000, { shutdownTimeoutMillis: 1000 });
      const ending = running.shutdown();
      jest.advanceTimersByTime(59_999);
      jest.useRealTimers();
      running.recordCost('openai', 'gpt-4o', 1);
      await scrape(running.metricsUrl);
      await ending;
    } finally {
      jest.useRealTimers();
    }
  });

  it.each<[string, MonitoringOptions]>([
    ['no port', { metrics: { port: 'none' } }],
    ['no scrapes', { metrics: { exporters: [] } }],
  ])('does not wait with %s', async (_, options) => {
    const running = await start(FOREVER, options);
    await running.shutdown();
  });
});

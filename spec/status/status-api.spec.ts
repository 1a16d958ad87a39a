import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import {
  initMonitoring,
  type Monitoring,
  type MonitoringOptions,
  recordBudget,
  recordCacheHit,
  recordCacheMiss,
  recordCircuitState,
  recordCost,
  recordProviderHealth,
  recordRateLimit,
  recordRequestFailure,
  recordRequestSuccess,
  recordTokenUsage,
  startRequest,
} from '../../lib/index.js';
import { send } from '../support/http-client.js';
import { readStatus, type StatusDocument, type StatusPanel, statusUrl } from '../support/status.js';

const running: Monitoring[] = [];

async function start(options: MonitoringOptions = {}): Promise<Monitoring> {
  const monitoring = await initMonitoring({
    metrics: { port: 0 },
    traces: { exporter: 'none' },
    serviceName: 'gateway',
    ...options,
  });
  running.push(monitoring);
  return monitoring;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((monitoring) => monitoring.shutdown()));
});

function panel<Kind extends StatusPanel['kind']>(
  { panels }: StatusDocument,
  kind: Kind,
  id: string,
): Extract<StatusPanel, { kind: Kind }> {
  const found = panels.find((each) => each.id === id && each.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} ${id}`);
  return found as Extract<StatusPanel, { kind: Kind }>;
}

/** The last value of each series of a chart. */
function lastValues(document: StatusDocument, id: string): Record<string, number | null | undefined> {
  return Object.fromEntries(
    panel(document, 'chart', id).series.map(({ name, values }) => [name, values.at(-1)]),
  );
}

describe('GET /api/v1/status', () => {
  it('says which process this is', async () => {
    const { metricsUrl } = await start({
      serviceVersion: '1.2.3',
      environment: 'test',
      serviceInstanceId: 'i-1',
    });
    const { title, process: identity, schemaVersion } = await readStatus(metricsUrl);
    expect(schemaVersion).toBe(1);
    expect(title).toMatch(new RegExp(`^gateway · .+ · pid ${process.pid} · one of 1$`));
    expect(identity).toMatchObject({
      serviceName: 'gateway',
      serviceVersion: '1.2.3',
      environment: 'test',
      instanceId: 'i-1',
      pid: process.pid,
      shown: 1,
      members: 1,
      nodeVersion: process.version,
    });
    expect(identity.startedAt).toBeLessThanOrEqual(Date.now());
  });

  it('says what to do until something is recorded', async () => {
    const { metricsUrl } = await start({ providers: { openai: ['gpt-4o'] } });
    const before = await readStatus(metricsUrl);
    expect(before.hasRecorded).toBe(false);
    expect(before.hints.map(({ code = '' }) => code).join('\n')).toContain(
      `npx llm-edge-monitoring doctor ${metricsUrl}`,
    );
    expect(before.hints.length).toBe(3);
  });

  it.each([
    ['a request', () => recordRequestSuccess('openai', 'gpt-4o', 100)],
    ['a cost', () => recordCost('openai', 'gpt-4o', 0.1)],
    ['the health of a provider', () => recordProviderHealth('openai', false)],
    ['a cache miss', () => recordCacheMiss('L1')],
  ])('gives no more hints after %s', async (_what, record) => {
    const { metricsUrl } = await start();
    record();
    expect(await readStatus(metricsUrl)).toMatchObject({ hasRecorded: true, hints: [] });
  });

  it('has what was recorded in its panels', async () => {
    const { metricsUrl } = await start();
    for (let index = 0; index < 3; index += 1) recordRequestSuccess('openai', 'gpt-4o', 150);
    recordRequestFailure('openai', 'gpt-4o', 'timeout', 150);
    recordTokenUsage('openai', 'gpt-4o', 300, 100);
    recordCost('openai', 'gpt-4o', 0.5);
    recordCacheHit('L1');
    recordCacheMiss('L1');
    recordProviderHealth('openai', true);
    recordCircuitState('openai', 'half_open');
    recordRateLimit('openai', 'gpt-4o', 'requests', { remaining: 80, limit: 100 });
    recordRateLimit('openai', 'gpt-4o', 'tokens', { remaining: 10, limit: 40 });
    recordBudget('day', 10, 2.5);
    const document = await readStatus(metricsUrl);

    const requests = lastValues(document, 'requests') as { success: number; error: number };
    expect(requests.success / requests.error).toBeCloseTo(3);
    expect(lastValues(document, 'errors')).toEqual({ timeout: requests.error });
    expect(lastValues(document, 'latency')).toEqual({ p50: 150, p95: 195, p99: 199 });
    expect(lastValues(document, 'first_token')).toEqual({ p50: null, p95: null });
    const tokens = lastValues(document, 'tokens') as { input: number; output: number };
    expect(tokens.input / tokens.output).toBeCloseTo(3);
    expect(lastValues(document, 'cost')['openai']).toBeCloseTo(requests.error / 2);
    expect(lastValues(document, 'cache')).toEqual({ L1: 0.5 });
    expect(panel(document, 'table', 'providers').rows).toEqual([
      [
        'openai',
        expect.any(Number),
        0.25,
        195,
        { text: 'healthy', tone: 'good' },
        { text: 'half open', tone: 'warning' },
        0.25,
      ],
    ]);
    expect(panel(document, 'table', 'models').rows).toEqual([['gpt-4o', 'openai', 4, 300, 100, 0.5]]);
    expect(panel(document, 'table', 'budgets').rows).toEqual([['day', 2.5, 10, 0.25]]);
  });

  it('lists models by cost, and shows no zero for what is not known', async () => {
    const { metricsUrl } = await start();
    recordRequestSuccess('ollama', 'llama3.2', 150);
    recordRequestSuccess('ollama', 'llama3.2', 150);
    recordRequestSuccess('openai', '__proto__', 150);
    recordTokenUsage('openai', '__proto__', 7, 0);
    recordCost('anthropic', 'claude', 0.5);
    expect(panel(await readStatus(metricsUrl), 'table', 'models').rows).toEqual([
      ['claude', 'anthropic', 0, null, null, 0.5],
      ['llama3.2', 'ollama', 2, null, null, null],
      ['__proto__', 'openai', 1, 7, 0, null],
    ]);
  });

  it('makes no more of the requests of the first moment than there were', async () => {
    const { metricsUrl } = await start();
    recordRequestSuccess('openai', 'gpt-4o', 150);
    const document = await readStatus(metricsUrl);
    expect(lastValues(document, 'requests')['success']).toBeLessThanOrEqual(1);
    expect(panel(document, 'table', 'providers').rows[0]?.[1]).toBeLessThanOrEqual(1);
  });

  it('lists the last failures, newest first, with the traces of those that have one', async () => {
    const { metricsUrl } = await start({ traces: { spanExporter: new InMemorySpanExporter() } });
    recordRequestFailure('openai', 'gpt-4o', 'rate_limited');
    const request = startRequest({ provider: 'anthropic', model: '<img onerror>' });
    const { traceId } = request.span.spanContext();
    request.fail(new Error('The user said: my password is hunter2'));
    const answer = await send(statusUrl(metricsUrl));
    const document = JSON.parse(answer.body.toString()) as StatusDocument;
    expect(panel(document, 'table', 'failures').rows).toEqual([
      [expect.any(Number), 'anthropic', '<img onerror>', 'unknown', traceId],
      [expect.any(Number), 'openai', 'gpt-4o', 'rate_limited', null],
    ]);
    expect(answer.body.toString()).not.toContain('hunter2');
  });

  it('keeps the last 50 failures', async () => {
    const { metricsUrl } = await start({ limits: { models: 200 } });
    for (let index = 0; index < 120; index += 1) recordRequestFailure('p', `m${index}`, 'timeout');
    const { rows } = panel(await readStatus(metricsUrl), 'table', 'failures');
    expect(rows.map(([, , model]) => model)).toEqual(
      Array.from({ length: 50 }, (_, index) => `m${119 - index}`),
    );
  });

  it('shows a limited number of rows, and says how many there are beyond', async () => {
    const { metricsUrl } = await start({ limits: { models: 300, providers: 300 } });
    for (let index = 0; index < 120; index += 1) recordRequestSuccess(`provider-${index}`, 'm', 100);
    const document = await readStatus(metricsUrl);
    const { rows, rowsLeftOut } = panel(document, 'table', 'providers');
    expect([rows.length, rowsLeftOut]).toEqual([50, 70]);
  });

  it('adds up series whose names come from outside beyond the first ones', async () => {
    const { metricsUrl } = await start();
    for (let index = 0; index < 12; index += 1) recordCost(`provider-${index}`, 'm', 1);
    const values = lastValues(await readStatus(metricsUrl), 'cost') as Record<string, number>;
    expect(Object.keys(values)).toEqual([
      ...Array.from({ length: 8 }, (_, index) => `provider-${index}`),
      'other',
    ]);
    expect((values['other'] ?? 0) / (values['provider-0'] ?? 1)).toBeCloseTo(4);
  });

  it('gives the points after a time', async () => {
    const { metricsUrl } = await start();
    const { times } = await readStatus(metricsUrl);
    const tail = await readStatus(metricsUrl, `?since=${times.at(-1)}`);
    expect(tail.times).toEqual([]);
    for (const { series } of tail.panels.filter((each) => each.kind === 'chart')) {
      expect(series.every(({ values }) => values.length === 0)).toBe(true);
    }
    expect((await readStatus(metricsUrl, `?since=${(times[0] ?? 0) - 1}`)).times).toEqual(times);
    // As after the clock was set back.
    expect((await readStatus(metricsUrl, `?since=${(times.at(-1) ?? 0) + 1}`)).times).toEqual(times);
  });

  it.each(['?since=', '?since=yesterday', '?since=-1', '?since=1e300', '?since=NaN'])(
    'refuses %s',
    async (query) => {
      const { metricsUrl } = await start();
      const { status, body } = await send(statusUrl(metricsUrl, `/api/v1/status${query}`));
      expect([status, body.toString()]).toEqual([
        400,
        expect.stringContaining('since must be a Unix time in seconds'),
      ]);
    },
  );

  it('says so when the metrics cannot be collected', async () => {
    const { metricsUrl } = await start({ registerGlobals: true });
    const { metrics } = await import('@opentelemetry/api');
    metrics
      .getMeter('spec')
      .createObservableGauge('broken')
      .addCallback(() => Promise.reject(new Error('password hunter2')));
    const { status, body } = await send(statusUrl(metricsUrl));
    metrics.disable();
    expect(status).toBe(503);
    expect(body.toString()).toBe('the metrics could not be collected; see the log of the process\n');
  });
});

describe('GET /api/v1/config', () => {
  it('has every setting with its value and origin, and no secret', async () => {
    const { metricsUrl } = await start({
      metrics: { port: 0, headers: { 'api-key': 'hunter2' } },
      statusPage: { authorization: 'Bearer hunter3' },
    });
    const headers = { authorization: 'Bearer hunter3' };
    const { status, body } = await send(statusUrl(metricsUrl, '/api/v1/config'), { headers });
    expect(status).toBe(200);
    const { schemaVersion, process: identity, settings } = JSON.parse(body.toString());
    expect([schemaVersion, identity.serviceName]).toEqual([1, 'gateway']);
    expect(settings).toContainEqual(
      expect.objectContaining({ option: 'statusPage.authorization', value: '(hidden)', origin: 'option' }),
    );
    expect(settings).toContainEqual(expect.objectContaining({ option: 'metrics.port', value: 0 }));
    expect(body.toString()).not.toMatch(/hunter/);
  });
});

describe('the status page', () => {
  it.each(['/', '/page.js', '/api/v1/status', '/api/v1/config'])(
    'has no %s where it is off',
    async (path) => {
      const { metricsUrl } = await start({ statusPage: false });
      const { status, body } = await send(statusUrl(metricsUrl, path));
      expect([status, body.toString()]).toEqual([404, 'not found; the metrics are at /metrics\n']);
      expect((await send(metricsUrl ?? '')).status).toBe(200);
    },
  );

  it.each(['/api', '/api/v1', '/api/v2/status', '/index.html', '/page.js/', '//', '/../dist/esm/index.js'])(
    'has nothing at %s',
    async (path) => {
      const { metricsUrl } = await start();
      const { origin } = new URL(metricsUrl ?? '');
      expect((await send(`${origin}${path}`)).status).toBe(404);
    },
  );

  it('leaves its path to the metrics', async () => {
    const { metricsUrl } = await start({ metrics: { port: 0, path: '/' } });
    expect((await send(metricsUrl ?? '')).body.toString()).toContain('# TYPE llm_edge_operations_total');
    expect((await readStatus(metricsUrl)).schemaVersion).toBe(1);
  });

  it('is not part of the handler for a server of the user', async () => {
    const monitoring = await start();
    const { body } = await monitoring.metricsText();
    expect(body).toContain('llm_edge_monitoring_scrapes_total{outcome="success"} 0');
  });

  it('does not count as a scrape', async () => {
    const { metricsUrl } = await start();
    await readStatus(metricsUrl);
    expect((await send(metricsUrl ?? '')).body.toString()).toContain(
      'llm_edge_monitoring_scrapes_total{outcome="success"} 0',
    );
  });

  it('is gone where monitoring is disabled', async () => {
    const monitoring = await start({ enabled: false });
    expect(monitoring.metricsUrl).toBeUndefined();
  });
});

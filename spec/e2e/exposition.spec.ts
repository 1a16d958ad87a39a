import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../bench/ports.js';
import { METRICS } from '../../lib/index.js';
import { send } from '../support/http-client.js';
import { createMeterHarness } from '../support/meter-harness.js';
import { type ScrapeServer, serveScrapes } from '../support/scrape-server.js';

const DURATION = 'llm_edge_request_duration_ms';
const REQUESTS = 'llm_edge_requests_total';
/** What promtool says of names that end in `_ms`. */
const ABBREVIATED = 'metric names should not contain abbreviated units';
const LABELS = { provider: 'openai', model: 'gpt-4 "turbo"\\\n' };
const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const DURATIONS_MS = [12, 180, 750_000];

/** Series of both kinds with exemplars, served as they would be. */
async function startScenario(): Promise<ScrapeServer> {
  const harness = createMeterHarness({ 'service.name': 'edge', 'service.instance.id': '1' });
  const meter = harness.provider.getMeter('e2e');
  const { description, buckets } = METRICS[DURATION];
  const duration = meter.createHistogram(DURATION, {
    description,
    advice: { explicitBucketBoundaries: [...buckets] },
  });
  const requests = meter.createCounter(REQUESTS, { description: METRICS[REQUESTS].description });
  for (const value of DURATIONS_MS) {
    duration.record(value, LABELS);
    requests.add(1, { ...LABELS, status: 'success' });
  }
  const bucketOf = (value: number): number => buckets.filter((bound) => bound < value).length;
  return serveScrapes({
    ...harness,
    exemplars: {
      exemplar(metricName, _attributes, bucketIndex) {
        const value =
          metricName === REQUESTS ? 1 : DURATIONS_MS.find((duration) => bucketOf(duration) === bucketIndex);
        return value === undefined ? undefined : { ...SPAN, value, timestampSeconds: Date.now() / 1000 };
      },
    },
  });
}

/** Asks Prometheus until the answer has data. */
async function ask(port: number, path: string): Promise<readonly Record<string, unknown>[]> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await send(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined);
    if (answer?.status === 200) {
      const { data } = JSON.parse(answer.body.toString());
      const found = Array.isArray(data) ? data : data.result;
      if (found.length > 0) return found;
    }
    await sleep(200);
  }
  throw new Error(`Prometheus had no data for ${path}`);
}

describe('the exposition in real programs', () => {
  let server: ScrapeServer;

  beforeAll(async () => {
    const missing = ['promtool', 'prometheus'].filter(
      (name) => spawnSync(name, ['--version']).error !== undefined,
    );
    if (missing.length > 0) throw new Error(`${missing.join(' and ')} not found: apt-get install prometheus`);
    server = await startScenario();
  });

  afterAll(() => server.close());

  it('pleases promtool check metrics', async () => {
    const page = await send(server.url);
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: page.body, encoding: 'utf8' });
    // The one complaint is about "ms" in names that the catalogue inherits.
    const complaints = checked.stderr
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith(ABBREVIATED));
    expect(complaints).toEqual([]);
  });

  describe('scraped by Prometheus', () => {
    let directory: string;
    let prometheus: ChildProcess;
    let port: number;

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
      ({ port } = await freePorts(['port']));
      const target = new URL(server.url).host;
      writeFileSync(
        join(directory, 'prometheus.yml'),
        `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs: [{ job_name: edge, static_configs: [{ targets: ['${target}'] }] }]
`,
      );
      prometheus = spawn(
        'prometheus',
        [
          `--config.file=${join(directory, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(directory, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--enable-feature=exemplar-storage',
        ],
        { stdio: 'ignore' },
      );
    });

    afterAll(async () => {
      prometheus.kill();
      await once(prometheus, 'exit');
      rmSync(directory, { recursive: true });
    });

    it('yields the values, with labels intact', async () => {
      const [sample] = await ask(port, `query?query=${encodeURIComponent(REQUESTS)}`);
      expect(sample).toMatchObject({
        metric: { ...LABELS, status: 'success' },
        value: [expect.any(Number), '3'],
      });
      const [up] = await ask(port, 'query?query=up');
      expect(up).toMatchObject({ value: [expect.any(Number), '1'] });
    });

    it('yields the exemplars of buckets and of the counter', async () => {
      const range = `start=${Math.floor(Date.now() / 1000) - 600}&end=${Math.floor(Date.now() / 1000) + 600}`;
      const buckets = await ask(port, `query_exemplars?query=${DURATION}_bucket&${range}`);
      const labels = { trace_id: SPAN.traceId, span_id: SPAN.spanId };
      const found = buckets.map(({ seriesLabels, exemplars }) => [
        (seriesLabels as { le: string }).le,
        (exemplars as { labels: object; value: string }[]).map(({ labels: carried, value }) => [
          carried,
          Number(value),
        ]),
      ]);
      expect(found.sort()).toEqual([
        ['+Inf', [[labels, 750_000]]],
        ['200.0', [[labels, 180]]],
        ['25.0', [[labels, 12]]],
      ]);
      const [counter] = await ask(port, `query_exemplars?query=${REQUESTS}&${range}`);
      expect(counter).toMatchObject({ seriesLabels: LABELS, exemplars: [{ labels, value: '1' }] });
    });
  });
});

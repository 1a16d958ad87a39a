import { DataPointType } from '@opentelemetry/sdk-metrics';
import { initMonitoring } from '../../lib/index.js';
import { createManualTimer } from '../support/manual-timer.js';
import { runScript } from '../support/run-script.js';
import { createScraper } from '../support/scrape-server.js';
import { createSampler, readStatus, type Sample, sumBy } from '../support/status.js';

const REQUESTS = sumBy('llm_edge_requests_total');

/** A sampler over a counter that a spec sets, with clocks that a spec moves. */
function harness() {
  const timer = createManualTimer();
  const samples: Sample[] = [];
  const state = { total: 0, collections: 0, tookMillis: 0, error: undefined as Error | undefined };
  const sampler = createSampler({
    readings: [REQUESTS],
    collect: async () => {
      state.collections += 1;
      if (state.error !== undefined) throw state.error;
      const { total, tookMillis } = state;
      if (tookMillis > 0) await new Promise<void>((resolve) => timer.setTimer(resolve, tookMillis));
      return collected(total);
    },
    onSample: (sample) => samples.push(sample),
    setTimer: timer.setTimer,
    now: timer.now,
    wallNow: () => 1e12 + timer.now(),
  });
  /** Moves the clock in steps, so that each sample is finished before the next. */
  const advance = async (millis: number, step = 100): Promise<void> => {
    for (let passed = 0; passed < millis; passed += step) {
      timer.advance(step);
      await settled();
    }
  };
  return { timer, samples, state, sampler, advance };
}

function collected(total: number): never {
  const descriptor = {
    name: 'llm_edge_requests_total',
    description: '',
    unit: '',
    type: 'COUNTER',
    valueType: 0,
  };
  const dataPoints = [{ attributes: {}, value: total, startTime: [0, 0], endTime: [0, 0] }];
  const metric = { descriptor, dataPoints, dataPointType: DataPointType.SUM, isMonotonic: true };
  return {
    errors: [],
    resourceMetrics: {
      resource: { attributes: {} },
      scopeMetrics: [{ metrics: [metric] }],
    },
  } as never;
}

function totalOf({ groups }: Sample['now']): number {
  return [...(groups.get(REQUESTS)?.values() ?? [])].reduce((sum, { value }) => sum + value, 0);
}

/** Lets all promises settle that wait for nothing else. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('createSampler()', () => {
  it('samples every ten seconds while nobody looks', async () => {
    const { state, sampler, advance } = harness();
    sampler.start();
    expect(state.collections).toBe(0);
    await advance(9_900);
    expect(state.collections).toBe(0);
    await advance(50_200);
    expect(state.collections).toBe(6);
    sampler.stop();
  });

  it('shows no change before its first sample where the counters were not zero at its start', async () => {
    const { state, samples, sampler, advance } = harness();
    state.total = 100_000;
    sampler.start(false);
    await sampler.view();
    state.total += 5;
    await advance(1_000);
    const changes = samples.map(({ now, secondsAgo, minuteAgo }) =>
      [secondsAgo, minuteAgo].map((before) => totalOf(now) - totalOf(before)),
    );
    expect(changes).toEqual([
      [0, 0],
      [5, 5],
    ]);
    sampler.stop();
  });

  it('samples at once and then every second while somebody looks, however many and often they ask', async () => {
    const { state, sampler, advance } = harness();
    sampler.start();
    await advance(5_000);
    await Promise.all(Array.from({ length: 100 }, () => sampler.view()));
    expect(state.collections).toBe(1);
    for (let second = 0; second < 30; second += 1) {
      await advance(1_000);
      await Promise.all(Array.from({ length: 100 }, () => sampler.view()));
    }
    expect(state.collections).toBe(31);
    sampler.stop();
  });

  it('returns to the slow pace when nobody has looked for a while', async () => {
    const { state, sampler, advance } = harness();
    sampler.start();
    await sampler.view();
    await advance(30_000);
    const before = state.collections;
    await advance(100_000);
    expect(state.collections - before).toBe(10);
    sampler.stop();
  });

  it('leaves twenty times as long as a sample takes, two hundred times while nobody looks', async () => {
    const { state, sampler, advance } = harness();
    state.tookMillis = 200;
    sampler.start();
    for (let second = 0; second < 40; second += 1) {
      void sampler.view();
      await advance(1_000);
    }
    expect(state.collections).toBeLessThanOrEqual(11);
    expect(state.collections).toBeGreaterThanOrEqual(9);
    await advance(20_000);
    const before = state.collections;
    await advance(120_000);
    expect(state.collections - before).toBeLessThanOrEqual(3);
    sampler.stop();
  });

  it('takes one sample at a time', async () => {
    const { state, sampler, advance } = harness();
    state.tookMillis = 5_000;
    sampler.start();
    await advance(12_000);
    expect(state.collections).toBe(1);
    const viewing = sampler.view();
    await advance(1_000);
    expect(state.collections).toBe(1);
    await advance(3_000);
    await viewing;
    sampler.stop();
  });

  it('compares with ten seconds and a minute ago, or with the start', async () => {
    const { samples, state, sampler, advance } = harness();
    sampler.start();
    for (let second = 0; second < 200; second += 1) {
      state.total += 3;
      await sampler.view();
      await advance(1_000);
    }
    const ages = samples.map(({ now, secondsAgo, minuteAgo }) => [
      (now.atMs - secondsAgo.atMs) / 1000,
      (now.atMs - minuteAgo.atMs) / 1000,
    ]);
    expect(ages[3]).toEqual([3, 3]);
    for (const [short = 0, long = 0] of ages.slice(80)) {
      expect(short).toBeGreaterThanOrEqual(9.5);
      expect(short).toBeLessThanOrEqual(11.1);
      expect(long).toBeGreaterThanOrEqual(57);
      expect(long).toBeLessThanOrEqual(70);
    }
    sampler.stop();
  });

  it('passes a failure on to those who look, and recovers with the next sample', async () => {
    const { samples, state, sampler, advance } = harness();
    sampler.start();
    state.error = new Error('broken');
    await expect(sampler.view()).rejects.toThrow('broken');
    await expect(sampler.view()).rejects.toThrow('broken');
    state.error = undefined;
    await advance(1_000);
    await sampler.view();
    expect(samples).toHaveLength(1);
    sampler.stop();
  });

  it('sets no timer after it is stopped, not even by a sample that was in progress', async () => {
    const { timer, samples, sampler } = harness();
    sampler.start();
    expect(timer.delays).toEqual([10_000]);
    const viewing = sampler.view();
    sampler.stop();
    await expect(viewing).rejects.toThrow('monitoring is shut down');
    await settled();
    expect(timer.delays).toEqual([]);
    expect(samples).toEqual([]);
    await expect(sampler.view()).rejects.toThrow('monitoring is shut down');
  });
});

describe('a sample', () => {
  it('shares the collection of a scrape in progress, and the other way around', async () => {
    let collections = 0;
    let release: () => void = () => undefined;
    const reader = {
      collect: () => {
        collections += 1;
        return new Promise<never>((resolve) => {
          release = () => resolve(collected(1));
        });
      },
    };
    const scraper = createScraper({ reader, timeoutMillis: 10_000 });
    const page = scraper.page('text');
    const sample = scraper.collect();
    expect(collections).toBe(1);
    release();
    await Promise.all([page, sample]);
    const next = scraper.collect();
    const nextPage = scraper.page('openmetrics');
    expect(collections).toBe(2);
    release();
    await Promise.all([next, nextPage]);
  });
});

describe('the status page', () => {
  it('keeps no process alive, nor a timer after shutdown', async () => {
    const script = runScript(`
      import { initMonitoring } from '#lib/index.js';
      const monitoring = await initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } });
      const answer = await fetch(new URL('/api/v1/status', monitoring.metricsUrl));
      console.log(answer.status, (await answer.json()).schemaVersion);
      await monitoring.shutdown();
      console.log(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length);
    `);
    expect(await script.end()).toEqual({ code: 0, signal: null, stdout: '200 1\n0\n', stderr: '' });
  });

  it('begins anew with the next start', async () => {
    const options = { metrics: { port: 0 }, traces: { exporter: 'none' } } as const;
    const first = await initMonitoring(options);
    await readStatus(first.metricsUrl);
    await first.shutdown();
    const second = await initMonitoring(options);
    expect((await readStatus(second.metricsUrl)).times).toHaveLength(1);
    await second.shutdown();
  });
});

import fc from 'fast-check';
import { METRICS } from '../../lib/index.js';
import { createRecorderHarness, type RecorderHarness } from '../support/recorder-harness.js';
import {
  createMerger,
  createSnapshots,
  mergeAtOnce,
  type Published,
  published,
  readingOf,
  renderPage,
  type Snapshots,
  TOTALS,
} from '../support/worker-group.js';

interface Worker extends RecorderHarness {
  readonly snapshots: Snapshots;
  /** What it publishes now. */
  publish(more?: Partial<Published>): Promise<Published>;
}

/** A worker whose clock is that of the machine. */
function createWorker(id: string, startedMs = 0): Worker {
  const harness = createRecorderHarness();
  const { recorder, clock, collectPoints } = harness;
  clock.nowMs = startedMs;
  const now = () => clock.nowMs;
  const snapshots = createSnapshots({ statementsOf: recorder.statementsOf, now, machineNow: now });
  return {
    ...harness,
    snapshots,
    publish: async (more) =>
      published(id, snapshots.take((await collectPoints()).resourceMetrics), { atMs: clock.nowMs, ...more }),
  };
}

/** The samples of a page whose names begin with one of these. */
function samples(page: string, ...names: string[]): string[] {
  return page.split('\n').filter((line) => names.some((name) => line.startsWith(name)));
}

/** The samples of one metric on the page of a group. */
function onPage(name: string, living: readonly Published[], dead: readonly Published[] = [], nowMs = 1000) {
  return samples(renderPage(mergeAtOnce(readingOf(living, dead), { nowMs }).resourceMetrics), name);
}

const SUMMED = Object.entries(METRICS).flatMap(([name, { kind }]) =>
  kind === 'gauge' || name === 'llm_edge_monitoring_worker_deaths_total' ? [] : [name],
);

type Action = (recorder: RecorderHarness['recorder']) => void;

/** Something to record; amounts that add up without rounding, so that one recorder can be compared with several. */
const action: fc.Arbitrary<Action> = fc
  .record({
    model: fc.constantFrom('gpt-4o', 'claude', 'other'),
    amount: fc.integer({ min: 0, max: 10_000 }),
    what: fc.constantFrom('success', 'failure', 'tokens', 'cost', 'hit'),
  })
  .map(({ model, amount, what }) => (recorder) => {
    if (what === 'success') recorder.recordRequestSuccess('openai', model, amount);
    else if (what === 'failure') recorder.recordRequestFailure('openai', model, 'timeout', amount);
    else if (what === 'tokens') recorder.recordTokenUsage('openai', model, amount, 1);
    else if (what === 'cost') recorder.recordCost('openai', model, amount / 64);
    else recorder.recordCacheHit('L1');
  });

describe('the page of several workers', () => {
  it('is that of one recorder that saw everything, whoever is dead', async () => {
    const plan = fc.array(fc.tuple(fc.nat(2), action), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(plan, fc.nat(3), async (actions, deadCount) => {
        const one = createWorker('one');
        const workers = ['a', 'b', 'c'].map((id) => createWorker(id));
        for (const [index, act] of actions) {
          act(one.recorder);
          const recorder = workers[index]?.recorder;
          if (recorder !== undefined) act(recorder);
        }
        const all = await Promise.all(workers.map((worker) => worker.publish()));
        const page = renderPage(
          mergeAtOnce(readingOf(all.slice(deadCount), all.slice(0, deadCount))).resourceMetrics,
        );
        const expected = renderPage(mergeAtOnce(readingOf([await one.publish()])).resourceMetrics);
        expect(samples(page, ...SUMMED)).toEqual(samples(expected, ...SUMMED));
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it('of one worker is its own page', async () => {
    const { recorder, collectPoints, snapshots } = createWorker('a');
    recorder.recordRequestSuccess('openai', 'gpt-4o', 12.5);
    recorder.recordRequestFailure('openai', 'gpt-4o', 'timeout', 0.1);
    recorder.recordProviderHealth('openai', true);
    recorder.recordRateLimit('openai', 'gpt-4o', 'tokens', { remaining: 5, limit: 10, resetMs: 1 });
    const { resourceMetrics } = await collectPoints();
    const own = renderPage(resourceMetrics);
    const one = published('a', snapshots.take(resourceMetrics));
    const page = renderPage(mergeAtOnce(readingOf([one])).resourceMetrics);
    const comparable = (text: string) =>
      text
        .split('\n')
        .filter((line) => !/^(target_info|llm_edge_monitoring_oldest)/.test(line))
        .sort();
    expect(comparable(page)).toEqual(comparable(own));
  });

  it('is the same text in whatever order the workers are read', async () => {
    const [a, b] = [createWorker('a'), createWorker('b')];
    for (const model of ['x', 'y']) a.recorder.recordCost('openai', model, 0.1);
    for (const model of ['y', 'z', 'a']) b.recorder.recordCost('anthropic', model, 0.2);
    const all = [await a.publish(), await b.publish()];
    const page = (living: Published[]) => renderPage(mergeAtOnce(readingOf(living)).resourceMetrics);
    expect(page(all)).toBe(page([...all].reverse()));
  });

  it('does not change when a worker is folded into the sums of the dead, which are written and read', async () => {
    const workers = ['a', 'b', 'c'].map((id) => createWorker(id));
    for (const [index, { recorder }] of workers.entries()) {
      for (let count = 0; count < 9; count++) recorder.recordCost('openai', 'gpt-4o', 0.1 + index / 7);
    }
    const all = await Promise.all(workers.map((worker) => worker.publish()));
    const living = onPage('llm_edge_cost_usd_total', all);
    for (const dead of [all.slice(0, 1), all.slice(1), [...all].reverse()]) {
      const reading = readingOf(
        all.filter((one) => !dead.includes(one)),
        dead,
      );
      const totals = TOTALS.decode(TOTALS.encode(reading.totals));
      if (totals === undefined) throw new Error('the totals cannot be read');
      const page = renderPage(mergeAtOnce({ ...reading, totals }).resourceMetrics);
      expect(samples(page, 'llm_edge_cost_usd_total')).toEqual(living);
    }
  });

  it('reads only what is new of a worker whose description has grown, and forgets one that is gone', async () => {
    const [a, b] = [createWorker('a'), createWorker('b')];
    const merger = createMerger();
    a.recorder.recordCost('openai', 'x', 1);
    const early = await a.publish();
    const text = (living: Published[]) =>
      samples(
        renderPage(mergeAtOnce(readingOf(living), { merger }).resourceMetrics),
        'llm_edge_cost_usd_total',
      );
    expect(text([early])).toEqual(['llm_edge_cost_usd_total{provider="openai",model="x"} 1']);
    a.recorder.recordCost('openai', 'y', 2);
    const late = await a.publish();
    expect(text([late, await b.publish()])).toEqual([
      'llm_edge_cost_usd_total{provider="openai",model="x"} 1',
      'llm_edge_cost_usd_total{provider="openai",model="y"} 2',
    ]);
    // Values that are older than what is known of the lines.
    expect(text([{ ...early, lines: late.lines }])).toEqual([
      'llm_edge_cost_usd_total{provider="openai",model="x"} 1',
    ]);
    expect(text([await b.publish()])).toEqual([]);
  });

  it('can be made twice at the same time', async () => {
    const { recorder, publish } = createWorker('a');
    recorder.recordCost('openai', 'x', 1);
    const one = await publish();
    const merger = createMerger();
    const input = { nowMs: 1000, wallMs: 0, instanceId: 'group' };
    const first = merger.merge({ reading: readingOf([one]), ...input });
    for (let step = 0; step < 5; step++) first.next();
    const second = mergeAtOnce(readingOf([one]), { merger });
    let step = first.next();
    while (step.done !== true) step = first.next();
    const pages = [step.value, second].map(({ resourceMetrics }) =>
      samples(renderPage(resourceMetrics), 'llm_edge_cost_usd_total'),
    );
    expect(pages[0]).toEqual(['llm_edge_cost_usd_total{provider="openai",model="x"} 1']);
    expect(pages[1]).toEqual(pages[0]);
  });
});

describe('the gauges of several workers', () => {
  it('of active requests are added up over the living', async () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => createWorker(id)) as [
      Worker,
      Worker,
      Worker,
      Worker,
    ];
    for (const [index, { recorder }] of [a, b, c, d].entries()) recorder.recordActiveRequests(index + 1);
    const ended = await d.publish({ isEnded: true });
    expect(
      onPage('llm_edge_active_requests', [await a.publish(), await b.publish(), ended], [await c.publish()]),
    ).toEqual(['llm_edge_active_requests 3']);
  });

  it('of health are what anybody stated last, also a dead worker', async () => {
    const [a, b] = [createWorker('a'), createWorker('b')];
    a.clock.nowMs = 100;
    a.recorder.recordProviderHealth('openai', true);
    b.clock.nowMs = 200;
    b.recorder.recordProviderHealth('openai', false);
    const [one, other] = [await a.publish(), await b.publish()];
    const down = ['llm_edge_provider_available{provider="openai"} 0'];
    expect(onPage('llm_edge_provider_available', [one, other])).toEqual(down);
    expect(onPage('llm_edge_provider_available', [other, one])).toEqual(down);
    expect(onPage('llm_edge_provider_available', [one], [other])).toEqual(down);
    expect(onPage('llm_edge_provider_available', [], [other, one])).toEqual(down);
    a.clock.nowMs = 300;
    a.recorder.recordProviderHealth('openai', true);
    expect(onPage('llm_edge_provider_available', [await a.publish()], [other])).toEqual([
      'llm_edge_provider_available{provider="openai"} 1',
    ]);
  });

  it('of rate limits are gone once the last statement is stale, whoever made it', async () => {
    const { recorder, publish } = createWorker('a', 1000);
    recorder.recordRateLimit('openai', 'gpt-4o', 'tokens', { remaining: 5, resetMs: 90_000 });
    const one = await publish();
    const shown = ['llm_edge_rate_limit_remaining{provider="openai",model="gpt-4o",limit="tokens"} 5'];
    for (const [living, dead] of [
      [[one], []],
      [[], [one]],
    ] as const) {
      expect(onPage('llm_edge_rate_limit_remaining', living, dead, 90_999)).toEqual(shown);
      expect(onPage('llm_edge_rate_limit_remaining', living, dead, 91_000)).toEqual([]);
    }
  });

  it('of money spent keep that of the dead until the window ends', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => createWorker(id, 1000)) as [Worker, Worker, Worker];
    const wallMs = Date.now();
    const spend = ({ recorder }: Worker, spentUsd: number, leftMs: number) =>
      recorder.updateBudget('team', 10, spentUsd, wallMs + leftMs);
    spend(a, 0.1, 60_000);
    spend(b, 0.2, 60_000);
    spend(c, 0.3, 60_000);
    const [one, two, three] = [await a.publish(), await b.publish(), await c.publish()];
    const spent = (usd: number) => [`llm_edge_budget_spent_usd{budget="team"} ${usd}`];
    expect(onPage('llm_edge_budget_spent_usd', [one], [two, three])).toEqual(spent(0.6));
    expect(onPage('llm_edge_budget_spent_usd', [], [three, one, two])).toEqual(spent(0.6));
    expect(onPage('llm_edge_budget_limit_usd', [], [three, one, two])).toEqual([
      'llm_edge_budget_limit_usd{budget="team"} 10',
    ]);
    // The window is over, and the living worker is in the next one.
    a.clock.nowMs = 70_000;
    spend(a, 1, 60_000);
    expect(onPage('llm_edge_budget_spent_usd', [await a.publish()], [two, three], 70_000)).toEqual(spent(1));
    expect(onPage('llm_edge_budget_spent_usd', [], [two, three], 70_000)).toEqual([]);
  });

  it('of money that a program records by hand are of the living', async () => {
    const [a, b] = [createWorker('a'), createWorker('b')];
    a.recorder.recordBudget('team', 10, 1);
    b.recorder.recordBudget('team', 10, 2);
    const [one, two] = [await a.publish(), await b.publish()];
    expect(onPage('llm_edge_budget_spent_usd', [one, two])).toEqual([
      'llm_edge_budget_spent_usd{budget="team"} 3',
    ]);
    expect(onPage('llm_edge_budget_spent_usd', [one], [two])).toEqual([
      'llm_edge_budget_spent_usd{budget="team"} 1',
    ]);
  });

  it('of the price list are the lowest of the living', async () => {
    const [a, b] = [createWorker('a'), createWorker('b')];
    const list = { source: 'bundled', version: '1', isReloadSuccessful: true } as const;
    a.recorder.self.priceList({ ...list, publishedMs: 2000 });
    b.recorder.self.priceList({ ...list, publishedMs: 1000, isReloadSuccessful: false });
    const [one, two] = [await a.publish(), await b.publish()];
    const names = 'llm_edge_price_list_';
    expect(onPage(names, [one, two]).filter((line) => !line.includes('_info'))).toEqual([
      'llm_edge_price_list_timestamp_seconds 1',
      'llm_edge_price_list_last_reload_successful 0',
    ]);
    expect(onPage(names, [one], [two])).toEqual([
      'llm_edge_price_list_timestamp_seconds 2',
      'llm_edge_price_list_info{version="1",source="bundled"} 1',
      'llm_edge_price_list_last_reload_successful 1',
    ]);
  });
});

describe('what a page says of the group', () => {
  it('is the number of workers, their deaths and the oldest publication', async () => {
    const [a, b] = [createWorker('a'), createWorker('b')];
    const living = [
      await a.publish({ atMs: 9000 }),
      await b.publish({ atMs: 3999 }),
      await b.publish({ id: 'c', atMs: 0, isEnded: true }),
    ];
    const reading = readingOf(living, [], { deaths: { clean: 3, lost: 2 } });
    const page = renderPage(mergeAtOnce(reading, { nowMs: 9000, wallMs: 100_000 }).resourceMetrics);
    expect(
      samples(page, 'llm_edge_monitoring_workers{', 'llm_edge_monitoring_worker_', 'llm_edge_monitoring_old'),
    ).toEqual([
      'llm_edge_monitoring_workers{state="alive"} 1',
      'llm_edge_monitoring_workers{state="stale"} 1',
      'llm_edge_monitoring_worker_deaths_total{how="clean"} 3',
      'llm_edge_monitoring_worker_deaths_total{how="lost"} 2',
      'llm_edge_monitoring_oldest_snapshot_timestamp_seconds 94.999',
    ]);
  });

  it('is a lone worker where nothing is shared', async () => {
    const { collect } = createWorker('a');
    const metrics = await collect();
    expect([
      metrics['llm_edge_monitoring_workers'],
      metrics['llm_edge_monitoring_worker_deaths_total'],
      metrics['llm_edge_monitoring_workers_left_out'],
    ]).toEqual([
      { 'state=alive': 1, 'state=stale': 0 },
      { 'how=clean': 0, 'how=lost': 0 },
      {
        'reason=bounds': 0,
        'reason=kind': 0,
        'reason=format': 0,
        'reason=unreadable': 0,
        'reason=too_many': 0,
      },
    ]);
  });
});

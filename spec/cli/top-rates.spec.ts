import { createScrapedFleet, createViewer, type TopView } from '../support/cli-terminal.js';

const HOURS_OF_WORK = 1_000_000;

/** A page with so many successful requests; each took 300 to 470 ms, and cost a cent. */
function page(requests: number, instance?: string, more = ''): string {
  const info =
    instance === undefined ? '' : `target_info{service_name="gw",service_instance_id="${instance}"} 1\n`;
  const labels = 'provider="openai",model="gpt-4o"';
  return `# TYPE llm_edge_requests_total counter
${info}llm_edge_requests_total{${labels},status="success"} ${requests}
llm_edge_request_duration_ms_bucket{${labels},le="300"} 0
llm_edge_request_duration_ms_bucket{${labels},le="470.0"} ${requests}
llm_edge_request_duration_ms_bucket{${labels},le="+Inf"} ${requests}
llm_edge_cost_usd_total{${labels}} ${requests / 100}
${more}`;
}

/** Looks once a second at pages by the host of their target; `undefined` is a target that does not answer. */
async function lookAt(
  looks: readonly Readonly<Record<string, string | undefined>>[],
): Promise<readonly TopView[]> {
  let look: Readonly<Record<string, string | undefined>> = {};
  let nowMs = 0;
  const source = createScrapedFleet({
    targets: {
      title: 'spec',
      list: async () => ({ urls: Object.keys(look).map((host) => `http://${host}/metrics`) }),
    },
    authorization: undefined,
    timeoutMillis: 1_000,
    now: () => nowMs,
    fetchPage: async (url) => {
      const text = look[new URL(url).host];
      if (text === undefined) return { ok: false, problem: 'refused' };
      return { ok: true, status: 200, contentType: 'text/plain', text, sentAtMs: Number.NaN };
    },
  });
  // A window of one look, so that each view is of that look alone.
  const viewer = createViewer('spec', 1);
  const views: TopView[] = [];
  for (look of looks) {
    views.push(viewer(await source.read(new AbortController().signal)));
    nowMs += 1_000;
  }
  return views;
}

const ratesOf = (views: readonly TopView[]): readonly (number | null)[] =>
  views.map(({ requests }) => requests.perSecond);

describe('the rates of top', () => {
  it('are not known from one look', async () => {
    const [first] = await lookAt([{ a: page(HOURS_OF_WORK) }]);
    expect(first?.requests).toEqual({ perSecond: null, total: 0, inFlight: null });
    expect(first?.latency).toEqual({ p50Ms: null, p95Ms: null });
  });

  it('are summed over the processes of a fleet', async () => {
    const views = await lookAt([
      { a: page(10, 'a'), b: page(100, 'b') },
      { a: page(13, 'a'), b: page(104, 'b') },
    ]);
    expect(ratesOf(views)).toEqual([null, 7]);
    expect(views[1]?.cost.totalUsd).toBeCloseTo(0.07);
    expect(views[1]?.latency.p50Ms).toBeCloseTo(300 + 170 * 0.5);
  });

  it('have no spike where a process comes, goes, and comes back', async () => {
    const views = await lookAt([
      { a: page(10, 'a') },
      { a: page(12, 'a'), b: page(HOURS_OF_WORK, 'b') },
      { a: page(14, 'a'), b: page(HOURS_OF_WORK + 3, 'b') },
      { a: page(16, 'a') },
      { a: page(18, 'a'), b: undefined },
      // 30 requests in the three seconds that it was away.
      { a: page(20, 'a'), b: page(HOURS_OF_WORK + 33, 'b') },
    ]);
    expect(ratesOf(views)).toEqual([null, 2, 5, 2, 2, 12]);
    expect(views.at(-1)?.requests.total).toBe(10 + 33);
  });

  it('count from zero where a counter has fallen', async () => {
    const views = await lookAt([{ a: page(1_000) }, { a: page(1_004) }, { a: page(3) }, { a: page(5) }]);
    expect(ratesOf(views)).toEqual([null, 4, 3, 2]);
  });

  it('begin again with the process that replaces another at the same address', async () => {
    const views = await lookAt([
      { a: page(1_000, 'old') },
      { a: page(HOURS_OF_WORK, 'new') },
      { a: page(HOURS_OF_WORK + 2, 'new') },
    ]);
    expect(ratesOf(views)).toEqual([null, 0, 2]);
  });

  it('count a series that appears in a known process from zero', async () => {
    const failed =
      'llm_edge_requests_total{provider="openai",model="x",status="error",error_type="timeout"} 4\n';
    const [, view] = await lookAt([{ a: page(10, 'a') }, { a: page(10, 'a', failed) }]);
    expect(view?.errors).toEqual({
      perSecond: 4,
      ratio: 1,
      total: 4,
      byType: [{ errorType: 'timeout', perSecond: 4 }],
    });
  });

  it('count a process once that two addresses reach', async () => {
    const views = await lookAt([
      { a: page(10, 'same'), b: page(10, 'same') },
      { a: page(12, 'same'), b: page(12, 'same') },
    ]);
    expect(ratesOf(views)).toEqual([null, 2]);
    expect(views[1]?.targets.problems).toEqual(['b: the same process as a; counted once']);
  });

  it('tell the processes on the page of a Collector apart', async () => {
    const of = (instance: string, requests: number): string =>
      `llm_edge_requests_total{job="gw",instance="${instance}",provider="p",model="m",status="success"} ${requests}\n`;
    const head = '# TYPE llm_edge_requests_total counter\n';
    const views = await lookAt([
      { a: head + of('1', 10) },
      { a: head + of('1', 12) + of('2', HOURS_OF_WORK) },
      { a: head + of('1', 14) + of('2', HOURS_OF_WORK + 1) },
    ]);
    expect(ratesOf(views)).toEqual([null, 2, 3]);
  });

  it('leave out values that no counter has', async () => {
    const odd = ['NaN', '+Inf', '-5', '1e999'].map(
      (value, index) => `llm_edge_requests_total{provider="p",model="${index}",status="success"} ${value}\n`,
    );
    const views = await lookAt([{ a: page(1) }, { a: page(2, undefined, odd.join('')) }]);
    expect(ratesOf(views)).toEqual([null, 1]);
  });

  it('are not known where nothing answers, which is said', async () => {
    const [, view] = await lookAt([{ a: undefined }, { a: undefined, b: 'hello\n' }]);
    expect(view?.requests.perSecond).toBeNull();
    expect(view?.targets).toEqual({
      known: 2,
      answering: 0,
      problems: ['a: refused', 'b: the page has no llm_edge metrics'],
    });
  });
});

describe('the gauges of top', () => {
  it('are combined by their sense', async () => {
    const gauges = (available: number, circuit: number, remaining: number, spent: number): string => `
llm_edge_active_requests 2
llm_edge_provider_available{provider="openai"} ${available}
llm_edge_circuit_breaker_state{provider="openai"} ${circuit}
llm_edge_rate_limit_remaining{provider="openai",model="gpt-4o",limit="tokens"} ${remaining}
llm_edge_rate_limit_limit{provider="openai",model="gpt-4o",limit="tokens"} 1000
llm_edge_budget_spent_usd{budget="team"} ${spent}
llm_edge_budget_limit_usd{budget="team"} 10
`;
    const [view] = await lookAt([
      { a: page(1, 'a', gauges(1, 0, 900, 2)), b: page(1, 'b', gauges(0, 2, 100, 3)) },
    ]);
    expect(view?.requests.inFlight).toBe(4);
    expect(view?.budgets).toEqual([{ budget: 'team', spentUsd: 5, limitUsd: 10 }]);
    expect(view?.providers).toEqual([
      {
        provider: 'openai',
        requestsPerSecond: 0,
        errorRatio: null,
        p95Ms: null,
        isAvailable: false,
        circuit: 'open',
        headroom: { ratio: 0.1, limit: 'tokens', model: 'gpt-4o' },
      },
    ]);
  });
});

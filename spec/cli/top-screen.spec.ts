import { createServer } from 'node:http';
import fc from 'fast-check';
import {
  columnsOf,
  createViewer,
  fixedTargets,
  openTop,
  quantileOf,
  renderTop,
  resolvedTargets,
  runCommand,
  type TopView,
} from '../support/cli-terminal.js';
import { listenOnLoopback } from '../support/listen-on-loopback.js';

const ESCAPE = '\u001b';
const LEFT = `${ESCAPE}[?7h${ESCAPE}[?25h${ESCAPE}[?1049l`;

/** A server whose counters rise with each scrape. */
async function startPage(authorization?: string) {
  let scrapes = 0;
  const server = createServer((request, response) => {
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      response.writeHead(401).end();
      return;
    }
    scrapes += 1;
    response.end(`# TYPE llm_edge_requests_total counter
llm_edge_requests_total{provider="openai",model="gpt-4o",status="success"} ${scrapes * 10}
llm_edge_requests_total{provider="evil${'\\n'}${ESCAPE}[2J",model="m",status="error",error_type="timeout"} ${scrapes}
`);
  });
  return listenOnLoopback(server);
}

const unknown = createViewer(
  'spec',
  1,
  () => 0,
)({
  seconds: 0,
  elapsedSeconds: 0,
  series: new Proxy({}, { get: () => new Map() }) as never,
  targets: { known: 1, answering: 1, problems: [] },
  services: [],
});

/** A view with many rows and long names. */
const full: TopView = {
  ...unknown,
  title: 'a fleet '.repeat(20),
  services: ['my-gateway'],
  watchedSeconds: 10,
  targets: { known: 9, answering: 3, problems: Array.from({ length: 6 }, (_, n) => `host-${n}: refused`) },
  requests: { perSecond: 1234.5, total: 1e7, inFlight: 12 },
  errors: {
    perSecond: 0.5,
    ratio: 0.06,
    total: 3,
    byType: [
      { errorType: 'rate_limited', perSecond: 0.4 },
      { errorType: 'timeout', perSecond: 0.1 },
    ],
  },
  history: [1, 2, 3],
  providers: Array.from({ length: 6 }, (_, n) => ({
    provider: `提供者-${n}`.repeat(9),
    requestsPerSecond: n,
    errorRatio: n / 10,
    p95Ms: 1234,
    isAvailable: n > 0,
    circuit: 'half-open' as const,
    headroom: { ratio: 0.05, limit: 'tokens', model: 'm' },
  })),
  budgets: [{ budget: 'team', spentUsd: 9, limitUsd: 10 }],
  models: Array.from({ length: 30 }, (_, n) => ({
    provider: 'openai',
    model: `model-${n}`,
    requestsPerSecond: 1,
    p95Ms: null,
    usdPerSecond: 0.001,
    totalUsd: n,
  })),
};

describe('renderTop()', () => {
  it('keeps within the terminal, whatever its size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 160 }),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom(full, unknown),
        (columns, rows, view) => {
          const lines = renderTop(view, columns, rows, false);
          expect(lines.length).toBeLessThanOrEqual(rows);
          expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });

  it('keeps what matters most where there is little room', () => {
    const text = renderTop(full, 40, 15, false).join('\n');
    expect(text).toContain('3 of 9 answering');
    expect(text).toContain('1.23k/s');
    expect(text).toContain('health');
    expect(text).not.toContain('headroom');
  });

  it('has colours by what they mean, and otherwise the same text', () => {
    const [plain, coloured] = [false, true].map((hasColours) =>
      renderTop(full, 120, 60, hasColours).join('\n'),
    );
    expect(plain).not.toContain(ESCAPE);
    expect(coloured).toContain(`${ESCAPE}[31mdown`);
    expect(coloured).toContain(`${ESCAPE}[33mhalf-open`);
    expect(coloured).toContain(`${ESCAPE}[33m90%`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours begin with one.
    expect(coloured?.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('keeps a number that makes no sense short', () => {
    const requests = { ...full.requests, perSecond: 1e299, total: 1e299 };
    const lines = renderTop({ ...full, requests }, 80, 40, false);
    expect(lines.find((line) => line.startsWith('Requests'))).toContain('rate 1.00e+299/s');
  });

  it('says what to do where nothing has been recorded', () => {
    expect(renderTop(unknown, 100, 30, false).join('\n')).toContain('llm-edge-monitoring doctor');
  });
});

describe('the command top', () => {
  it('prints a line of JSON for one look', async () => {
    const { origin, close } = await startPage();
    const { code, stdout } = await runCommand('top', [origin, '--once', '--json', '--interval', '0.2']);
    await close();
    const view = JSON.parse(stdout) as TopView;
    expect(code).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(view.requests.total).toBe(11);
    expect(view.errors.ratio).toBeCloseTo(1 / 11);
    expect(view.targets).toEqual({ known: 1, answering: 1, problems: [] });
  });

  it('lets no control character of a page reach the terminal', async () => {
    const { origin, close } = await startPage();
    const { stdout } = await runCommand('top', [origin, '--once', '--interval', '0.2']);
    await close();
    expect(stdout).toContain('evil??[2J');
    expect(stdout).not.toContain(ESCAPE);
  });

  it('has the colours of FORCE_COLOR in what it prints once', async () => {
    const { origin, close } = await startPage();
    const args = [origin, '--once', '--interval', '0.2'];
    const forced = await runCommand('top', args, { FORCE_COLOR: '1' });
    const refused = await runCommand('top', args, { FORCE_COLOR: '0' });
    await close();
    expect(forced.stdout).toContain(`${ESCAPE}[1m`);
    expect(refused.stdout).not.toContain(ESCAPE);
  });

  it('sends the header of the environment, and says where it is wanted', async () => {
    const { origin, close } = await startPage('Bearer s');
    const args = [origin, '--once', '--json', '--interval', '0.2'];
    const with_ = await runCommand('top', args, { LLM_EDGE_METRICS_AUTHORIZATION: 'Bearer s' });
    const without = await runCommand('top', args);
    await close();
    expect([with_.code, without.code]).toEqual([0, 1]);
    expect((JSON.parse(without.stdout) as TopView).targets.problems).toEqual([
      expect.stringContaining('401 unauthorized'),
    ]);
  });

  it.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ])('gives the terminal back with %s, whatever is under way', async (_, key) => {
    const { origin, close } = await startPage();
    const { stdout, keyboard, ended } = openTop([origin, '--interval', '3600'], { columns: 80, rows: 24 });
    await stdout.has('1 of 1 answering');
    expect(keyboard.isRaw).toBe(true);
    const before = stdout.text.length;
    stdout.columns = 40;
    stdout.emit('resize');
    expect(stdout.text.length).toBeGreaterThan(before);
    keyboard.emit('data', key);
    expect(await ended).toBe(0);
    await close();
    expect(stdout.text.startsWith(`${ESCAPE}[?1049h`)).toBe(true);
    expect(stdout.text.endsWith(LEFT)).toBe(true);
    expect(keyboard.isRaw).toBe(false);
    expect(process.listeners('SIGINT')).toEqual([]);
  });

  it.each<readonly [string, NodeJS.ProcessEnv, boolean]>([
    ['fills 80 columns where the terminal does not know its size', {}, true],
    ['prints look after look where the terminal is dumb', { TERM: 'dumb' }, false],
  ])('%s', async (_, env, isScreen) => {
    const { origin, close } = await startPage();
    const { stdout, keyboard, ended } = openTop([origin, '--interval', '0.2'], { columns: 0, rows: 0 }, env);
    await stdout.has('Requests');
    if (isScreen) keyboard.emit('data', 'q');
    else stdout.emit('error', new Error('closed'));
    expect(await ended).toBe(0);
    expect(stdout.text.includes(ESCAPE)).toBe(isScreen);
    await close();
  });

  it('queries a Prometheus by POST, for the job alone, and without the secret of the pages', async () => {
    const queries: string[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      queries.push(
        `${request.method} ${request.headers.authorization} ${new URLSearchParams(body).get('query')}`,
      );
      const result = body.includes('requests')
        ? [{ metric: { provider: 'openai', status: 'success' }, value: [0, '1'] }]
        : [];
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    });
    const { origin, close } = await listenOnLoopback(server);
    const args = ['--prometheus', origin, '--job', 'a"b', '--once', '--json'];
    const { stdout } = await runCommand('top', args, { LLM_EDGE_METRICS_AUTHORIZATION: 'Bearer s' });
    await close();
    expect((JSON.parse(stdout) as TopView).requests.perSecond).toBe(1);
    expect(queries).toContain(
      'POST undefined sum by (provider, model, status, error_type) (rate(llm_edge_requests_total{job="a\\"b"}[60000ms]))',
    );
    expect(queries.filter((query) => !query.includes('{job="a\\"b"}'))).toEqual([]);
  });

  it.each([
    [['--interval', '0']],
    [['--window', 'x']],
    [['ftp://x']],
    [['a', '--dns', 'b']],
    [['--dns', 'a b']],
    [['--job', 'x']],
    [['--nope']],
  ])('refuses %j with the usage', async (args) => {
    const { code, stdout, stderr } = await runCommand('top', args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: ');
  });
});

describe('the targets of top', () => {
  const { signal } = new AbortController();

  it('are the addresses of a name, each time anew, and the former ones while it cannot be resolved', async () => {
    const answers = [['10.0.0.2', 'fd00::1'], new Error('EAI_AGAIN'), ['10.0.0.3']];
    const targets = resolvedTargets('gw.svc:9000', async () => {
      const answer = answers.shift();
      if (answer === undefined || answer instanceof Error) throw answer;
      return answer;
    });
    if ('problem' in targets) throw new Error(targets.problem);
    const urls = ['http://10.0.0.2:9000/metrics', 'http://[fd00::1]:9000/metrics'];
    expect(await targets.list(signal)).toEqual({ urls, problem: undefined });
    expect(await targets.list(signal)).toEqual({ urls, problem: 'gw.svc cannot be resolved: EAI_AGAIN' });
    expect((await targets.list(signal)).urls).toEqual(['http://10.0.0.3:9000/metrics']);
  });

  it('may be written in short', async () => {
    const targets = fixedTargets(['localhost:1', 'https://gw.example/', 'http://localhost:1/metrics']);
    if ('problem' in targets) throw new Error(targets.problem);
    expect((await targets.list(signal)).urls).toEqual([
      'http://localhost:1/metrics',
      'https://gw.example/metrics',
    ]);
  });
});

describe('quantileOf()', () => {
  const buckets = (...pairs: readonly (readonly [string, number])[]) =>
    pairs.map(([le, value]) => ({ le, value }));

  it('interpolates within a bucket as histogram_quantile does', () => {
    const spread = buckets(['10', 10], ['20', 20], ['+Inf', 20]);
    expect(quantileOf(0.5, spread)).toBe(10);
    expect(quantileOf(0.95, spread)).toBe(19);
    expect(quantileOf(0.5, buckets(['10', 0], ['+Inf', 5]))).toBe(10);
  });

  it('adds up the buckets of several series, however their bounds are written', () => {
    expect(quantileOf(0.5, buckets(['10', 2], ['10.0', 2], ['+Inf', 2], ['+Inf', 2]))).toBe(5);
  });

  it('is null without values, and never NaN', () => {
    expect(quantileOf(0.5, [])).toBeNull();
    expect(quantileOf(0.5, buckets(['', 1], ['x', 1], ['+Inf', 0]))).toBeNull();
  });
});

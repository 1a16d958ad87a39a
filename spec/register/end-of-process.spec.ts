import { createServer } from 'node:http';
import { send } from '../support/http-client.js';
import { listenOnLoopback } from '../support/listen-on-loopback.js';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.js';
import { createPreloadFolder, type Program } from '../support/preloaded-program.js';

const preload = createPreloadFolder();
afterAll(() => preload.remove());

/** The time within which a signal must have ended the program, with some for a slow machine; 5 s are the default. */
const SIGNAL_MS_MAX = 2000 + 2500;

const SPANS = `
  import { trace } from '@opentelemetry/api';
  for (let count = 0; count < 40; count++) trace.getTracer('spec').startSpan('span').end();
`;
const SERVE = `setInterval(() => undefined, 1000); console.log('ready');`;

let collector: OtlpReceiver;
let answer: 'silence' | undefined;
beforeEach(async () => {
  answer = undefined;
  collector = await startOtlpReceiver(() => answer);
});
afterEach(() => collector.close());

function run(text: string, env: Readonly<Record<string, string>> = {}): Program {
  return preload.runText(SPANS + text, {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    // No batch is due by itself.
    OTEL_BSP_SCHEDULE_DELAY: '600000',
    ...env,
  });
}

/** Sends a signal to a program once it is ready. */
async function endBy(signal: NodeJS.Signals, program: Program) {
  await program.prints('ready');
  program.kill(signal);
  return program.ended();
}

describe('a signal to a preloaded program', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends it after a flush: %s', async (signal) => {
    const { signal: endedBy, stderr } = await endBy(signal, run(SERVE));
    expect([endedBy, stderr, collector.spanNames.length]).toEqual([signal, '', 40]);
  });

  it('leaves the end to a listener of the program, which was there first and listens once', async () => {
    const program = run(`
      import { initMonitoring } from '#lib/index.js';
      process.once('SIGTERM', async () => {
        const { metricsUrl } = await initMonitoring();
        const page = async () => (await fetch(metricsUrl)).text();
        while (!/^llm_edge_monitoring_spans_exported_total 40$/m.test(await page()));
        process.exit(3);
      });
      ${SERVE}
    `);
    const { code, stderr } = await endBy('SIGTERM', program);
    expect([code, stderr, collector.spanNames.length]).toEqual([3, '', 40]);
  });

  it('leaves the end to a listener of the program, and observes what it still does', async () => {
    const program = run(`
      import { initMonitoring } from '#lib/index.js';
      const timer = setInterval(() => undefined, 1000);
      process.on('SIGTERM', async () => {
        await (await initMonitoring()).forceFlush();
        trace.getTracer('spec').startSpan('last').end();
        clearInterval(timer);
      });
      console.log('ready');
    `);
    const { code, signal, stderr } = await endBy('SIGTERM', program);
    expect([code, signal, stderr, collector.spanNames.length]).toEqual([0, null, '', 41]);
  });

  it('ends it within two seconds where no Collector answers, and says what was lost', async () => {
    answer = 'silence';
    const program = run(SERVE);
    await program.prints('ready');
    const startMs = performance.now();
    program.kill('SIGTERM');
    const { signal, stderr } = await program.ended();
    expect(performance.now() - startMs).toBeLessThan(SIGNAL_MS_MAX);
    expect(signal).toBe('SIGTERM');
    expect(stderr).toMatch(/^llm-edge-monitoring: the last flush failed, with 40 spans waiting: .*\n$/);
  });

  it.each(['3', '4'])('ends it where signal-exit %s waits for all other listeners', async (version) => {
    const program = run(`
      import * as module from 'signal-exit-${version}';
      (module.onExit ?? module.default)(() => console.log('cleaned up'));
      ${SERVE}
    `);
    const { signal, stdout } = await endBy('SIGTERM', program);
    expect([signal, stdout, collector.spanNames.length]).toEqual(['SIGTERM', 'ready\ncleaned up\n', 40]);
  });

  it('does nothing to it if the environment says so', async () => {
    const { signal } = await endBy('SIGTERM', run(SERVE, { LLM_EDGE_SHUTDOWN_ON_SIGNALS: 'false' }));
    expect([signal, collector.spanNames.length]).toEqual(['SIGTERM', 0]);
  });

  it('ends it where the program has stopped and restarted monitoring', async () => {
    const program = run(`
      import { initMonitoring } from '#lib/index.js';
      await (await initMonitoring()).shutdown();
      await initMonitoring({ shutdownOnSignals: true });
      ${SERVE}
    `);
    const { signal } = await endBy('SIGTERM', program);
    expect([signal, collector.spanNames.length]).toEqual(['SIGTERM', 40]);
  });
});

describe('the end of a preloaded program', () => {
  it('flushes when it has nothing left to do', async () => {
    const { code, stderr } = await run('').ended();
    expect([code, stderr, collector.spanNames.length]).toEqual([0, '', 40]);
  });

  it.each([
    ['process.exit()', 'process.exit(5);', 5],
    ['process.exit() before the program ends', `process.on('beforeExit', () => process.exit(5));`, 5],
    ['an uncaught exception', 'process.exitCode = 5; throw new Error();', 1],
  ])('says how many spans are lost by %s', async (_, text, code) => {
    const ended = await run(text).ended();
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(/^llm-edge-monitoring: 40 spans are lost, .*forceFlush/m);
  });

  it('is the same where the program lets console.error throw', async () => {
    answer = 'silence';
    const program = run(`console.error = () => { throw new Error('no output'); };`, {
      LLM_EDGE_SHUTDOWN_TIMEOUT: '500',
    });
    const { code, stderr } = await program.ended();
    expect([code, stderr]).toEqual([0, '']);
  });

  it('says nothing where process.exit() loses nothing', async () => {
    const { code, stderr } = await run(`
      import { initMonitoring } from '#lib/index.js';
      await (await initMonitoring()).forceFlush();
      process.exit(5);
    `).ended();
    expect([code, stderr, collector.spanNames.length]).toEqual([5, '', 40]);
  });
});

describe('the last scrape of a preloaded program', () => {
  const RECORD = `
    import { initMonitoring } from '#lib/index.js';
    const monitoring = await initMonitoring();
    console.log(monitoring.metricsUrl + ' is scraped');
  `;
  const COST = /^llm_edge_cost_usd_total{[^}]*} 3$/m;

  /** Scrapes until the program ends; returns the pages that were the last ones their port promised to give. */
  async function lastPages(program: Program, signal?: NodeJS.Signals) {
    const [, url = ''] = /^(\S+) is scraped$/m.exec(await program.prints('is scraped')) ?? [];
    let isOver = false;
    const ending = program.ended().finally(() => {
      isOver = true;
    });
    if (signal !== undefined) program.kill(signal);
    const pages: string[] = [];
    while (!isOver) {
      // Once the port is closed, the program ends.
      const page = await send(url, { headers: { connection: 'keep-alive' } }).catch(() => undefined);
      if (page?.headers.connection === 'close') pages.push(page.body.toString());
    }
    return { ...(await ending), pages };
  }

  it.each<[string, string, Readonly<Record<string, string>>, NodeJS.Signals | undefined]>([
    [
      'when it has nothing left to do',
      `process.prependOnceListener('beforeExit', () => monitoring.recordCost('openai', 'gpt-4o', 3));`,
      {},
      undefined,
    ],
    [
      'when a signal stops it',
      `monitoring.recordCost('openai', 'gpt-4o', 3); setInterval(() => undefined, 1000);`,
      { LLM_EDGE_SHUTDOWN_ON_SIGNALS: 'true' },
      'SIGTERM',
    ],
  ])('is waited for %s', async (_, text, env, sent) => {
    const more = { OTEL_TRACES_EXPORTER: 'none', LLM_EDGE_METRICS_LINGER: String(2 ** 31 - 1), ...env };
    const { code, signal, stderr, pages } = await lastPages(preload.runText(RECORD + text, more), sent);
    expect([code, signal, stderr]).toEqual([sent === undefined ? 0 : null, sent ?? null, '']);
    expect(pages[0]).toMatch(COST);
  });

  it('has what workers of one page recorded that a signal stops at once', async () => {
    const free = await listenOnLoopback(createServer());
    await free.close();
    const env = {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(free.port),
      LLM_EDGE_METRICS_LINGER: String(2 ** 31 - 1),
      LLM_EDGE_SHUTDOWN_ON_SIGNALS: 'true',
    };
    const text = `
      monitoring.recordCost('openai', 'gpt-4o', Number(process.argv[2]));
      setInterval(() => undefined, 1000);
    `;
    const file = preload.write('worker-of-a-page.mjs', RECORD + text);
    const programs = ['1', '2'].map((cost) => preload.run(process.execPath, [file, cost], env));
    for (const program of programs) await program.prints('is scraped');
    const [first, second] = programs.map((program) => lastPages(program, 'SIGTERM'));
    const pages = [...((await first)?.pages ?? []), ...((await second)?.pages ?? [])];
    expect(pages.filter((page) => COST.test(page))).not.toEqual([]);
  });
});

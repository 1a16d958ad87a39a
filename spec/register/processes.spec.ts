import { createServer } from 'node:http';
import { listenOnLoopback } from '../support/listen-on-loopback.js';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { createPreloadFolder, type Program } from '../support/preloaded-program.js';

const preload = createPreloadFolder();
afterAll(() => preload.remove());

/** Prints under which name it runs and where it serves metrics, and makes one span. */
const TELL = `
  import cluster from 'node:cluster';
  import { trace } from '@opentelemetry/api';
  import { initMonitoring } from '#lib/index.js';
  const monitoring = await initMonitoring();
  const name = process.argv[2] ?? 'main';
  trace.getTracer('spec').startSpan('span of ' + name).end();
  console.log(name, monitoring.metricsUrl ?? 'without a page');
  // The channel to the primary would keep the worker alive.
  cluster.worker?.disconnect();
`;
const SCRIPT = preload.write('tell.mjs', TELL);

/** Starts \`TELL\` in one way, and ends when that has ended. */
const PARENT = `
  import { once } from 'node:events';
  import { fork, spawn } from 'node:child_process';
  import cluster from 'node:cluster';
  import { Worker } from 'node:worker_threads';
  import { initMonitoring } from '#lib/index.js';
  await initMonitoring();
  const { SCRIPT, WAY } = process.env;
  const start = {
    fork: () => fork(SCRIPT, ['fork']),
    spawn: () => spawn(process.execPath, [SCRIPT, 'spawn'], { stdio: 'inherit' }),
    cluster: () => {
      cluster.setupPrimary({ exec: SCRIPT, args: ['cluster'] });
      return cluster.fork();
    },
    thread: () => new Worker(SCRIPT, { argv: ['thread'] }),
  };
  await once(start[WAY](), 'exit');
`;

async function freePort(): Promise<string> {
  const { port, close } = await listenOnLoopback(createServer());
  await close();
  return String(port);
}

/** How a program ended, and the spans that a Collector got from it and its children. */
async function withCollector(run: (env: Readonly<Record<string, string>>) => Program) {
  const collector = await startOtlpReceiver();
  const env = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
  const { code, stdout, stderr } = await run(env).ended();
  await collector.close();
  return { code, stdout, stderr, spanNames: collector.spanNames };
}

/** Runs a parent and what it starts, on one port for both. */
async function runParent(way: string, env: Readonly<Record<string, string>> = {}) {
  const port = { OTEL_EXPORTER_PROMETHEUS_PORT: await freePort() };
  return withCollector((more) => preload.runText(PARENT, { ...port, ...more, SCRIPT, WAY: way, ...env }));
}

describe('the preload in several processes', () => {
  it.each(['fork', 'spawn', 'cluster'])('gives a child of %s a place on its parent’s page', async (way) => {
    expect(await runParent(way)).toEqual({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${way} http://localhost:\\d+/metrics\n$`)),
      stderr: '',
      spanNames: [`span of ${way}`],
    });
  });

  it('is silent in a child, and not in a worker of a cluster, where pages are not shared', async () => {
    const ownPages = { LLM_EDGE_WORKERS_DIR: 'none' };
    for (const way of ['fork', 'spawn']) {
      const { stdout, stderr } = await runParent(way, ownPages);
      expect([stdout, stderr]).toEqual([`${way} without a page\n`, '']);
    }
    const { stdout, stderr } = await runParent('cluster', ownPages);
    expect(stdout).toBe('cluster without a page\n');
    expect(stderr).toMatch(/^llm-edge-monitoring: .*the port is in use.*LLM_EDGE_METRICS_PORT=auto.*\n$/);
  });

  it('monitors worker threads if the environment says so', async () => {
    const { stdout, stderr, spanNames } = await runParent('thread', {
      LLM_EDGE_WORKER_THREADS: 'true',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    });
    expect(stdout).toMatch(/^thread http:\/\/localhost:\d+\/metrics\n$/);
    expect([stderr, spanNames]).toEqual(['', ['span of thread']]);
  });

  it('goes without a page where another program has the port, says so, and traces', async () => {
    const blocker = await listenOnLoopback(createServer());
    const { code, stdout, stderr, spanNames } = await withCollector((env) =>
      preload.runText(TELL, {
        ...env,
        OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(blocker.port),
      }),
    );
    await blocker.close();
    expect([code, stdout, spanNames]).toEqual([0, 'main without a page\n', ['span of main']]);
    expect(stderr).toMatch(/^llm-edge-monitoring: .*the port is in use.*\n$/);
  });

  it('takes the next free port with `auto`, and names it', async () => {
    const { stdout, stderr } = await preload
      .runText(PARENT, { SCRIPT, WAY: 'spawn', LLM_EDGE_METRICS_PORT: 'auto' })
      .ended();
    const [, parent = ''] = /^llm-edge-monitoring: metrics are served at (\S+)\n$/.exec(stderr) ?? [];
    const [, child = ''] = /^spawn (\S+)\n$/.exec(stdout) ?? [];
    expect([parent, child]).toEqual([expect.stringMatching(/^http:/), expect.stringMatching(/^http:/)]);
    expect(child).not.toBe(parent);
  });
});

interface Launch extends Readonly<Record<string, string>> {
  readonly port: string;
}

describe('the preload in a launcher', () => {
  const LAUNCHERS = [
    'npm-cli.js',
    'npx',
    'yarn-4.9.2.cjs',
    '.bin/nodemon',
    'node_modules/cross-env/dist/index.js',
    'node_modules/@dotenvx/dotenvx/src/cli.js',
  ];
  const LAUNCH = `
    import { spawnSync } from 'node:child_process';
    import { initMonitoring } from '#lib/index.js';
    if (process.env.IS_PROGRAM) await initMonitoring();
    spawnSync(process.execPath, [process.env.SCRIPT, 'program'], { stdio: 'inherit' });
  `;

  async function launch(
    command: string,
    args: readonly string[],
    { port, ...more }: Launch,
  ): Promise<string> {
    const env = { OTEL_EXPORTER_PROMETHEUS_PORT: port, SCRIPT, ...more };
    return (await preload.run(command, args, env).ended()).stdout.trim();
  }

  it.each(LAUNCHERS)('leaves the port to the program: %s', async (name) => {
    const port = await freePort();
    const module = preload.write('launch.mjs', LAUNCH);
    const script = preload.write(name, `import(${JSON.stringify(module)});`);
    expect(await launch(process.execPath, [script], { port })).toBe(
      `program http://localhost:${port}/metrics`,
    );
  });

  it('leaves the port to the program: npm itself', async () => {
    preload.write(
      'package.json',
      JSON.stringify({ type: 'module', scripts: { start: 'node tell.mjs program' } }),
    );
    const port = await freePort();
    expect(await launch('npm', ['start', '--silent'], { port })).toBe(
      `program http://localhost:${port}/metrics`,
    );
  });

  it.each(['server.mjs', 'turbo.mjs'])('monitors any other program that starts one: %s', async (name) => {
    const port = await freePort();
    const script = preload.write(name, LAUNCH);
    expect(await launch(process.execPath, [script], { port, IS_PROGRAM: 'true' })).toBe(
      `program http://localhost:${port}/metrics`,
    );
  });
});

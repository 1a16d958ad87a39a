import { createPreloadFolder } from '../support/preloaded-program.js';

const preload = createPreloadFolder();
afterAll(() => preload.remove());

/** Starts one worker as pm2 does: with the variables of its ecosystem file only in `pm2_env`. */
const PRIMARY = `
  import cluster from 'node:cluster';
  import { once } from 'node:events';
  cluster.setupPrimary({ exec: process.env.WORKER });
  await once(cluster.fork({ pm2_env: process.env.PM2_ENV, LLM_EDGE_ENVIRONMENT: 'of the daemon' }), 'exit');
`;

const WORKER = preload.write(
  'worker.mjs',
  `
  import cluster from 'node:cluster';
  import { initMonitoring } from '#lib/index.js';
  const { serviceName, environment, metrics } = (await initMonitoring()).config;
  console.log(JSON.stringify({ serviceName, environment, timeout: metrics.timeoutMillis, other: process.env.OTHER }));
  cluster.worker?.disconnect();
  `,
);

async function runWorker(pm2Env: string, how: string = PRIMARY): Promise<unknown> {
  const { stdout, stderr } = await preload.runText(how, { WORKER, PM2_ENV: pm2Env, pm2_env: pm2Env }).ended();
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const ECOSYSTEM = JSON.stringify({
  OTEL_SERVICE_NAME: 'gateway',
  LLM_EDGE_ENVIRONMENT: 'production',
  LLM_EDGE_METRICS_TIMEOUT: 1234,
  OTEL_RESOURCE_ATTRIBUTES: { nested: true },
  OTHER: 'other',
  env: { OTEL_SERVICE_NAME: 'nested' },
});

describe('the preload in cluster mode of pm2', () => {
  it('has the variables of the ecosystem file, and changes no others', async () => {
    expect(await runWorker(ECOSYSTEM)).toEqual({
      serviceName: 'gateway',
      environment: 'production',
      timeout: 1234,
    });
  });

  it.each([
    ['half of it', '{"OTEL_SERVICE_NAME":'],
    ['null', 'null'],
    ['deep lists', '['.repeat(100_000)],
  ])('goes on with the environment where pm2 passed %s', async (_, text) => {
    expect(await runWorker(text)).toEqual({ environment: 'of the daemon', timeout: 10_000 });
  });

  it('reads nothing of it in a process that is no worker', async () => {
    const alone = `await import(process.env.WORKER);`;
    expect(await runWorker(ECOSYSTEM, alone)).toEqual({ timeout: 10_000 });
  });
});

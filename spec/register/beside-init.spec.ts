import { createPreloadFolder } from '../support/preloaded-program.js';

const preload = createPreloadFolder();
afterAll(() => preload.remove());

/** Runs a program that has `initMonitoring`; resolves with what it printed. */
async function run(text: string): Promise<readonly [number | null, string, string]> {
  const { code, stdout, stderr } = await preload
    .runText(`import { initMonitoring } from '#lib/index.js';\n${text}`)
    .ended();
  return [code, stdout, stderr];
}

describe('initMonitoring() in a preloaded program', () => {
  it('returns the running monitoring', async () => {
    expect(await run('console.log((await initMonitoring()) === (await initMonitoring()));')).toEqual([
      0,
      'true\n',
      '',
    ]);
  });

  it('returns it also for other options, and names those that are not in force, but no value', async () => {
    const [code, stdout, stderr] = await run(`
      const monitoring = await initMonitoring();
      const other = await initMonitoring({
        serviceName: 'mine',
        metrics: { authorization: 'Bearer s3cret' },
        traces: { headers: { key: 's3cret' }, spanExporter: { export() {}, async shutdown() {} } },
        budgets: [{ name: 'team', limitUsd: 1, window: 'day' }],
      });
      console.log(other === monitoring, other.config.serviceName);
    `);
    expect([code, stdout]).toEqual([0, 'true undefined\n']);
    expect(stderr).toMatch(
      /^llm-edge-monitoring: initMonitoring\(\) returns .*: serviceName, metrics.authorization, traces.headers, budgets, traces.spanExporter\. .*\n$/,
    );
    expect(stderr).not.toContain('s3cret');
  });

  it('refuses options that are wrong', async () => {
    const [code, stdout] = await run(`
      console.log(await initMonitoring({ metrics: { port: -1 } }).catch((error) => error.code));
    `);
    expect([code, stdout]).toEqual([0, 'ERR_INVALID_CONFIG\n']);
  });

  it('starts with any options once the program has stopped what the preload started', async () => {
    const [code, stdout, stderr] = await run(`
      const monitoring = await initMonitoring();
      await monitoring.shutdown();
      const mine = await initMonitoring({ serviceName: 'mine' });
      console.log(mine !== monitoring, mine.config.serviceName, monitoring.metricsUrl !== mine.metricsUrl);
      console.log(await initMonitoring({ serviceName: 'other' }).catch((error) => error.code));
    `);
    expect([code, stdout, stderr]).toEqual([0, 'true mine true\nERR_ALREADY_INITIALIZED\n', '']);
  });

  it('leaves startTestMonitoring() no memory to write to, which says so', async () => {
    const [code, stdout] = await run(`
      import { startTestMonitoring } from '#lib/testing.js';
      console.log(await startTestMonitoring().catch((error) => error.code + ': ' + error.message));
    `);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^ERR_ALREADY_INITIALIZED: .*without the preload\n$/),
    ]);
  });
});

import { runScript } from '../support/run-script.js';

/** Starts monitoring, records a span and a cost, and returns the standard output. */
async function outputWith(env: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr } = await runScript(
    `import { trace } from '@opentelemetry/api';
    import { initMonitoring, recordCost } from '#lib/index.js';
    const monitoring = await initMonitoring({ metrics: { port: 0 } });
    recordCost('openai', 'gpt-4o', 0.5);
    trace.getTracer('spec').startSpan('printed span').end();
    await monitoring.shutdown();`,
    env,
  ).end();
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

describe('the exporter "console"', () => {
  it('prints spans and metrics to standard output, with their Resource', async () => {
    const stdout = await outputWith({ OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'console' });
    expect(stdout).toMatch(/name: 'printed span'/);
    expect(stdout).toMatch(/name: 'llm_edge_cost_usd_total'/);
    expect(stdout).toMatch(/'service\.name': 'llm-edge-agent'/);
  });

  it('prints metrics beside a scrape, and spans not unless it is named', async () => {
    const stdout = await outputWith({
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'prometheus,console',
    });
    expect(stdout).toMatch(/name: 'llm_edge_cost_usd_total'/);
    expect(stdout).not.toMatch(/printed span/);
  });

  it('lets a program that replaces console.dir by what throws end its spans', async () => {
    const { stderr } = await runScript(
      `import { trace } from '@opentelemetry/api';
      import { initMonitoring } from '#lib/index.js';
      await initMonitoring({ traces: { exporter: 'console' }, metrics: { port: 'none' } });
      console.dir = () => { throw new Error('no output'); };
      trace.getTracer('spec').startSpan('span').end();`,
      {},
    ).end();
    expect(stderr).toBe('');
  });
});

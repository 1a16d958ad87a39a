import { runScript } from '../support/run-script.js';

const ENV = { OTEL_EXPORTER_PROMETHEUS_PORT: '0', OTEL_TRACES_EXPORTER: 'none' };

describe('the preload', () => {
  it('starts monitoring and observes fetch, and lets the process end', async () => {
    const { code, stdout, stderr } = await runScript(
      `
      const real = globalThis.fetch;
      const answer = { model: 'gpt-4o', choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } };
      globalThis.fetch = async () => Response.json(answer);
      await import('#lib/register.js');
      const { initMonitoring } = await import('#lib/index.js');
      const { metricsUrl } = await initMonitoring();
      const body = JSON.stringify({ model: 'gpt-4o', messages: [] });
      await (await fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body })).json();
      const text = await (await real(metricsUrl)).text();
      console.log(text.split('\\n').find((line) => line.startsWith('llm_edge_requests_total')));
      `,
      ENV,
    ).end();
    expect([code, stdout, stderr]).toEqual([
      0,
      'llm_edge_requests_total{provider="openai",model="gpt-4o",status="success"} 1\n',
      '',
    ]);
  });

  it.each([
    ['there is none', 'globalThis.fetch = undefined;'],
    [
      'it may not be replaced',
      `Object.defineProperty(globalThis, 'fetch', { value: fetch, writable: false });`,
    ],
  ])('starts, and lets the program run, without a fetch where %s', async (_case, before) => {
    const { code, stdout, stderr } = await runScript(
      `${before}
      await import('#lib/register.js');
      const { initMonitoring } = await import('#lib/index.js');
      console.log((await initMonitoring()).metricsUrl !== undefined);
      `,
      ENV,
    ).end();
    expect([code, stdout]).toEqual([0, 'true\n']);
    expect(stderr).toMatch(/^llm-edge-monitoring: fetch is not observed: /);
  });

  it('runs once in a program that loads two copies of it', async () => {
    const { code, stdout, stderr } = await runScript(
      `
      await import('#lib/register.js');
      const { fetch } = globalThis;
      await import('#lib/register.js?second');
      console.log(fetch === globalThis.fetch);
      `,
      { ...ENV, OTEL_PROPAGATORS: 'b3' },
    ).end();
    expect([code, stdout]).toEqual([0, 'true\n']);
    expect(stderr.match(/OTEL_PROPAGATORS/g)).toHaveLength(1);
  });

  it('says why it did not start, and lets the program run', async () => {
    const { code, stdout, stderr } = await runScript(
      `import '#lib/register.js'; setImmediate(() => console.log('running'));`,
      { ...ENV, OTEL_EXPORTER_PROMETHEUS_HOST: '192.0.2.1', LLM_EDGE_METRICS_PORT: '1' },
    ).end();
    expect([code, stdout]).toEqual([0, 'running\n']);
    expect(stderr).toContain('OTEL_EXPORTER_PROMETHEUS_HOST');
  });
});

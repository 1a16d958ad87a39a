import { runScript } from '../support/run-script.js';

/** Which of the heavy packages a process has loaded after running some code. */
async function loadedAfter(code: string): Promise<readonly string[]> {
  const { stdout, stderr } = await runScript(`
    import { createRequire } from 'node:module';
    ${code}
    const cache = Object.keys(createRequire(process.cwd() + '/x.js').cache);
    const heavy = ['@grpc/grpc-js', '@opentelemetry/sdk-trace', '@pydantic/genai-prices', 'exporter-metrics-otlp-grpc'];
    console.log(JSON.stringify(heavy.filter((name) => cache.some((path) => path.includes('/' + name + '/')))));
  `).end();
  if (!stdout.startsWith('[')) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

describe('the package', () => {
  it('loads nothing heavy at import', async () => {
    expect(await loadedAfter(`import '#lib/index.js';`)).toEqual([]);
  });

  it('loads nothing heavy for metrics alone', async () => {
    const code = `
      import { initMonitoring } from '#lib/index.js';
      await initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } });`;
    expect(await loadedAfter(code)).toEqual([]);
  });

  it('loads the trace half where spans are exported', async () => {
    const code = `
      import { initMonitoring } from '#lib/index.js';
      await initMonitoring({ metrics: { port: 0 } });`;
    expect(await loadedAfter(code)).toEqual(['@grpc/grpc-js', '@opentelemetry/sdk-trace']);
  });

  it('does not keep a process alive, and reads no environment at import', async () => {
    const { code, stdout } = await runScript(
      `const seen = [];
       const read = (name) => { if (/^(OTEL|LLM)_/.test(String(name))) seen.push(name); };
       process.env = new Proxy(process.env, {
         get: (env, name) => { read(name); return env[name]; },
         has: (env, name) => { read(name); return name in env; },
       });
       await import('#lib/index.js');
       console.log(JSON.stringify(seen));`,
    ).end();
    expect([code, stdout]).toEqual([0, '[]\n']);
  });
});

import { runScript } from '../support/run-script.js';

const START = `
  import { initMonitoring } from '#lib/index.js';
  const spanExporter = {
    export: (spans, done) => { console.log('exported ' + spans.length); done({ code: 0 }); },
    forceFlush: async () => {},
    shutdown: async () => { console.log('exporter closed'); },
  };
  await initMonitoring({ shutdownOnSignals: true, metrics: { port: 0 }, traces: { spanExporter } });
  const { trace } = await import('@opentelemetry/api');
  trace.getTracer('spec').startSpan('waiting').end();
  setInterval(() => {}, 1000);
`;

/** Sends a signal to a script that is ready; resolves with how it ended. */
async function endBy(script: ReturnType<typeof runScript>, signal: NodeJS.Signals) {
  await script.line('ready');
  script.child.kill(signal);
  return script.end();
}

describe('shutdownOnSignals', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('flushes on %s and lets it end the process', async (signal) => {
    const script = runScript(`${START} console.log('ready');`);
    await script.line('ready');
    script.child.kill(signal);
    const { stdout, signal: endedBy } = await script.end();
    expect(stdout).toBe('ready\nexported 1\nexporter closed\n');
    expect(endedBy).toBe(signal);
  });

  it.each([
    ['3', 'signal-exit-3'],
    ['4', 'signal-exit-4'],
  ])('ends the process where signal-exit %s waits for all other listeners', async (_, name) => {
    const script = runScript(`
      ${START}
      import { createRequire } from 'node:module';
      const module = createRequire(import.meta.url)('${name}');
      (module.onExit ?? module)(() => console.log('cleaned up'));
      console.log('ready');
    `);
    const { stdout, signal } = await endBy(script, 'SIGTERM');
    expect(stdout).toBe('ready\nexported 1\nexporter closed\ncleaned up\n');
    expect(signal).toBe('SIGTERM');
  });

  it('leaves the end to a listener of the user that listens once, and did so before', async () => {
    const script = runScript(`
      process.once('SIGTERM', () => setTimeout(() => { console.log('mine'); process.exit(3); }, 200));
      ${START}
      console.log('ready');
    `);
    const { stdout, signal } = await endBy(script, 'SIGTERM');
    expect(stdout).toBe('ready\nexported 1\nexporter closed\nmine\n');
    expect(signal).toBeNull();
  });

  it('ends the flush when the signal comes twice, as from Ctrl-C under npm', async () => {
    const script = runScript(`
      import { initMonitoring } from '#lib/index.js';
      const spanExporter = {
        export: (spans, done) => {
          process.kill(process.pid, 'SIGINT');
          setTimeout(() => { console.log('exported ' + spans.length); done({ code: 0 }); }, 100);
        },
        forceFlush: async () => {},
        shutdown: async () => { console.log('exporter closed'); },
      };
      await initMonitoring({ shutdownOnSignals: true, metrics: { port: 0 }, traces: { spanExporter } });
      const { trace } = await import('@opentelemetry/api');
      trace.getTracer('spec').startSpan('waiting').end();
      setInterval(() => {}, 1000);
      console.log('ready');
    `);
    const { stdout, signal } = await endBy(script, 'SIGINT');
    expect(stdout).toBe('ready\nexported 1\nexporter closed\n');
    expect(signal).toBe('SIGINT');
  });

  it('leaves the end to a listener of the user', async () => {
    const script = runScript(`
      ${START}
      process.on('SIGTERM', () => setImmediate(() => { console.log('mine'); process.exitCode = 3; }));
      process.on('exit', () => console.log('exit'));
      console.log('ready');
    `);
    await script.line('ready');
    script.child.kill('SIGTERM');
    await script.line('exporter closed');
    script.child.kill('SIGKILL');
    const { signal } = await script.end();
    expect(signal).toBe('SIGKILL');
  });
});

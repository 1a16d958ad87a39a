import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, propagation, type Tracer, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { build } from 'esbuild';
import { initMonitoring, type Monitoring, type MonitoringOptions, observeRequest } from '../../lib/index.js';

/** A program that was bundled together with its own copy of the API. */
interface Program {
  readonly trace: typeof trace;
  /** The tracer of the copy from before monitoring. */
  readonly early: Tracer;
  /** Makes a span; returns whether it was recorded. */
  work(name: string, tracer?: Tracer): boolean;
}

const SOURCE = `
  import { trace } from '@opentelemetry/api';
  export { trace };
  export const early = trace.getTracer('early');
  export const work = (name, tracer = trace.getTracer('bundled')) => tracer.startActiveSpan(name, (span) => {
    span.end();
    return span.spanContext().traceFlags === 1;
  });
`;

/** The version of the API where it stands in the code. */
const VERSION = /(['"])1\.(9|10)\.\d+\1/g;

const directory = mkdtempSync(join(tmpdir(), 'bundled-api-'));
afterAll(() => rmSync(directory, { recursive: true }));

let monitoring: Monitoring | undefined;
afterEach(async () => {
  await monitoring?.shutdown();
  monitoring = undefined;
  trace.disable();
  context.disable();
  propagation.disable();
});

/** Bundles the program, with the version of the API that it is to have instead of the installed one. */
async function bundle(version?: string): Promise<Program> {
  const outfile = join(directory, `${version ?? 'installed'}.cjs`);
  await build({
    stdin: { contents: SOURCE, resolveDir: __dirname },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    plugins: [
      {
        name: 'version',
        setup: ({ onLoad }) => {
          // The API writes its version into several of its files.
          onLoad({ filter: /@opentelemetry[\\/]api[\\/].*js$/ }, ({ path }) => {
            const contents = readFileSync(path, 'utf8');
            return { contents: version === undefined ? contents : contents.replace(VERSION, `'${version}'`) };
          });
        },
      },
    ],
  });
  return jest.requireActual<Program>(outfile);
}

let exporter: InMemorySpanExporter;

async function start(options: MonitoringOptions): Promise<void> {
  exporter = new InMemorySpanExporter();
  monitoring = await initMonitoring({
    metrics: { exporters: [] },
    traces: { spanExporter: exporter },
    ...options,
  });
}

async function spans(): Promise<readonly string[]> {
  await monitoring?.forceFlush();
  const finished = exporter.getFinishedSpans();
  return finished.map(({ name, parentSpanContext }) => {
    const parent = finished.find((other) => other.spanContext().spanId === parentSpanContext?.spanId);
    return `${name} < ${parent?.name ?? ''}`;
  });
}

const observe = (program: Program) =>
  observeRequest({ provider: 'openai', model: 'gpt-4o' }, async () => {
    await new Promise(setImmediate);
    program.work('within');
  });

describe('a copy of the API that is bundled into the program', () => {
  it('does not get the tracers that are lent', async () => {
    const program = await bundle();
    expect(program.trace).not.toBe(trace);
    await start({});
    expect(program.work('span')).toBe(false);
  });

  it('gets those that are registered, within the spans of this package, until the shutdown', async () => {
    const program = await bundle();
    await start({ registerGlobals: { tracers: true } });
    expect(program.work('alone')).toBe(true);
    // The copy has bound it to its own proxy, which nothing can reach: monitoring has to start first.
    expect(program.work('early', program.early)).toBe(false);
    await observe(program);
    expect(await spans()).toEqual(['alone < ', 'within < chat gpt-4o', 'chat gpt-4o < ']);
    await monitoring?.shutdown();
    expect(program.work('after')).toBe(false);
    expect(program.trace.setGlobalTracerProvider(new TracerProvider())).toBe(true);
  });

  it.each([
    ['1.0.0', ['within < chat gpt-4o', 'chat gpt-4o < ']],
    // A newer copy does not trust an older one to have everything that it needs.
    ['1.99.0', ['chat gpt-4o < ']],
  ])('of version %s', async (version, expected) => {
    const program = await bundle(version);
    await start({ registerGlobals: { tracers: true } });
    await observe(program);
    expect(await spans()).toEqual(expected);
  });
});

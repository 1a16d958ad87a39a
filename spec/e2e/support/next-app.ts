import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../../bench/ports.js';
import { cachePath } from '../../../scripts/go-programs/cache.js';
import { isUp } from './http.js';
import { type Program, startProgram } from './program.js';

const ROOT = resolve(__dirname, '../../..');
const EXAMPLE = 'examples/next';
const NEXT = 'node_modules/next/dist/bin/next';
const SOURCES = ['app', 'instrumentation.js', 'package.json', 'package-lock.json', '.npmrc'];
const run = promisify(execFile);

/** The example of Next.js, built and served. */
export interface NextApp {
  readonly origin: string;
  readonly metricsUrl: string;
  readonly program: Program;
}

/**
 * Installs the example with the built package, outside the clone. The packages are kept between runs; the example and
 * this package are those of the clone.
 *
 * @returns the folder of the example.
 */
export async function installNextApp(): Promise<string> {
  if (!existsSync(join(ROOT, 'dist/esm/next.js'))) throw new Error('Run `npm run build` first.');
  const copy = cachePath(ROOT, process.env, 'next', [`${EXAMPLE}/package-lock.json`]);
  const folder = join(copy, EXAMPLE);
  mkdirSync(folder, { recursive: true });
  const update = (from: string, to: string): void => {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true });
  };
  const places = [copy, join(folder, 'node_modules/llm-edge-monitoring')];
  const isInstalled = existsSync(join(folder, 'node_modules/.package-lock.json'));
  for (const place of isInstalled ? places : [copy]) {
    for (const name of ['dist', 'package.json']) update(join(ROOT, name), join(place, name));
  }
  for (const name of SOURCES) update(join(ROOT, EXAMPLE, name), join(folder, name));
  if (!isInstalled) await run('npm', ['ci'], { cwd: folder });
  return folder;
}

/** Builds the example with a bundler. Rejects with what the build wrote if it fails. */
export async function buildNextApp(folder: string, bundler: 'turbopack' | 'webpack'): Promise<void> {
  rmSync(join(folder, '.next'), { recursive: true, force: true });
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  await run(process.execPath, [NEXT, 'build', `--${bundler}`], { cwd: folder, env });
}

/** Serves the built example on the loopback interface. */
export async function startNextApp(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<NextApp> {
  const ports = await freePorts(['app', 'metrics']);
  const origin = `http://127.0.0.1:${ports.app}`;
  const program = await startProgram({
    name: 'next start',
    command: process.execPath,
    args: [NEXT, 'start', '--hostname', '127.0.0.1', '--port', String(ports.app)],
    cwd: folder,
    env: {
      NEXT_TELEMETRY_DISABLED: '1',
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(ports.metrics),
      ...env,
    },
    isReady: () => isUp(origin),
  });
  return { origin, metricsUrl: `http://127.0.0.1:${ports.metrics}/metrics`, program };
}

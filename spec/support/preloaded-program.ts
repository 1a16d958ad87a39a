import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');
const LIB = join(ROOT, 'lib');

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running program. */
export interface Program {
  /** Resolves once standard output has a text, with all that it has. */
  prints(text: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  ended(): Promise<Ended>;
}

/** The preload as JavaScript, as worker threads and other processes load it. */
export interface PreloadFolder {
  /** Preloads into a process and into those that it starts; on any free port and without spans. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes a module, which imports the package as `#lib/...`; returns its path. */
  write(name: string, text: string): string;
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Program;
  /** Runs a module given as text under the preload. */
  runText(text: string, env?: Readonly<Record<string, string>>): Program;
  remove(): void;
}

/** Compiles the sources into a folder within the project, where packages are found. */
export function createPreloadFolder(): PreloadFolder {
  const cache = join(ROOT, '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'preload-'));
  const sources = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?<!\.d)\.ts$/.test(path),
  );
  buildSync({
    entryPoints: sources.map((path) => join(LIB, path)),
    outdir: join(folder, 'lib'),
    outbase: LIB,
    format: 'esm',
  });
  copyFileSync(join(LIB, 'lazy.cjs'), join(folder, 'lib', 'lazy.cjs'));
  const register = pathToFileURL(join(folder, 'lib', 'register.js')).href;
  const env = {
    NODE_OPTIONS: `--import ${register}`,
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    OTEL_TRACES_EXPORTER: 'none',
  };
  let count = 0;
  const write: PreloadFolder['write'] = (name, text) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.replaceAll('#lib/', `${folder}/lib/`));
    return path;
  };
  const run: PreloadFolder['run'] = (command, args, more = {}) =>
    follow(command, args, folder, { ...process.env, ...env, ...more });
  return {
    env,
    write,
    run,
    runText: (text, more) => run(process.execPath, [write(`program-${count++}.mjs`, text)], more),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function follow(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Program {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  let stdout = '';
  let stderr = '';
  let look = (): void => undefined;
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
    look();
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return {
    prints: (text) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (stdout.includes(text)) resolve(stdout);
        };
        look();
        void closed.then(() => reject(new Error(`ended without "${text}": ${stdout}${stderr}`)));
      }),
    kill: (signal) => void child.kill(signal),
    ended: async () => {
      const [code, signal] = await closed;
      return { code, signal, stdout, stderr };
    },
  };
}

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import type { ExitCode } from '../../lib/cli/command.js';
import { init } from '../../lib/cli/init/init-command.js';

/** How one run of `init` ended. */
export interface InitRun {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project in a temporary folder. */
export interface InitProject {
  readonly folder: string;
  /** Runs `llm-edge-monitoring init` in it. */
  init(...args: readonly string[]): Promise<InitRun>;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Every file and its text, by path. */
  files(): Readonly<Record<string, string>>;
  remove(): void;
}

/** Makes a project, with the environment that its commands run in. */
export function createInitProject(env: NodeJS.ProcessEnv = {}): InitProject {
  const folder = mkdtempSync(join(tmpdir(), 'llm-edge-init-'));
  return {
    folder,
    async init(...args) {
      const [stdout, stderr] = [capture(), capture()];
      const code = await init.run(args, { stdout: stdout.stream, stderr: stderr.stream, env, folder });
      return { code, stdout: stdout.text(), stderr: stderr.text() };
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    files() {
      const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
      const regular = paths.filter((path) => statSync(join(folder, path)).isFile());
      return Object.fromEntries(regular.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function capture(): { readonly stream: NodeJS.WritableStream; text(): string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

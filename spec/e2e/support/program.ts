import { type ChildProcess, spawn } from 'node:child_process';
import { eventually } from './eventually.js';
import { type Reaper, startReaper } from './reaper.js';

/** How much of what a program wrote is kept for the error message. */
const OUTPUT_MAX_CHARACTERS = 20_000;

/** What to run, and how to tell that it is ready. */
export interface ProgramOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Asked again and again until it answers true; a throw counts as not yet. */
  readonly isReady: () => Promise<boolean>;
  /** @defaultValue 30000 */
  readonly readyDeadlineMs?: number;
}

/** A program that runs. */
export interface Program {
  readonly pid: number;
  /** The end of what it wrote on stdout and stderr. */
  output(): string;
  /** Ends its standard input. */
  closeInput(): void;
  /** Asks it to end, waits until it has, and returns its exit code; `SIGKILL` gives it no time to save anything. */
  stop(signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null>;
}

const running = new Set<ChildProcess>();
let reaper: Reaper | undefined;

/** Starts a program and resolves once it is ready. Rejects, with what it wrote, if it ends before or never is. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { name, command, args, env = {}, cwd, isReady, readyDeadlineMs = 30_000 } = options;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'pipe',
  });
  running.add(child);
  reaper ??= startReaper();
  const { watch, forget } = reaper;
  // Without a pid it did not start, and `error` follows.
  const { pid = 0 } = child;
  if (pid > 0) watch(pid);
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_MAX_CHARACTERS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      running.delete(child);
      resolve(null);
    });
    child.once('close', (code) => {
      running.delete(child);
      forget(pid);
      resolve(code);
    });
  });
  const program: Program = {
    pid,
    output: () => output,
    closeInput: () => child.stdin.end(),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };

  try {
    await Promise.race([
      eventually(async () => ((await isReady()) ? true : undefined), {
        what: `${name} to be ready`,
        deadlineMs: readyDeadlineMs,
      }),
      exited.then((code) =>
        Promise.reject(new Error(`${name} ended with code ${code} before it was ready.`)),
      ),
    ]);
    return program;
  } catch (cause) {
    await program.stop('SIGKILL');
    throw new Error(`${name} did not start: ${command} ${args.join(' ')}\n${output}`, { cause });
  }
}

/** Ends every program that {@link startProgram} started and that still runs. */
export async function stopAllPrograms(): Promise<void> {
  await Promise.all(
    [...running].map(
      (child) =>
        new Promise<void>((resolve) => {
          child.once('close', () => resolve());
          child.kill('SIGKILL');
        }),
    ),
  );
}

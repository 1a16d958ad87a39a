import { Writable } from 'node:stream';
import { check } from '../../lib/cli/check/check-command.js';
import type { Terminal } from '../../lib/cli/command.js';
import { runScript } from './run-script.js';

const COMMANDS = { check };

/** What a command wrote, and its exit code. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `npx llm-edge-monitoring` in this process, with an environment of its own and without a terminal. */
export async function runCommand(
  name: keyof typeof COMMANDS,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const stdout = new TextSink();
  const stderr = new TextSink();
  const terminal: Terminal = { stdout, stderr, env, folder: process.cwd() };
  const code = await COMMANDS[name].run(args, terminal);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const PROGRAM = `
  import { check } from '#lib/cli/check/check-command.js';
  const results = [];
  for (const { args, env } of JSON.parse(process.env.RUNS)) {
    const result = { code: -1, stdout: '', stderr: '' };
    const sink = (name) => ({ write: (text) => { result[name] += text; } });
    const terminal = { stdout: sink('stdout'), stderr: sink('stderr'), env, folder: process.cwd() };
    result.code = await check.run(args, terminal);
    results.push(result);
  }
  process.stdout.write(JSON.stringify(results));
`;

/**
 * Runs `check` several times, one run after the other, in one process apart: the exporter over HTTP imports HTTP
 * dynamically, which Jest does not support.
 */
export async function runChecksApart(
  runs: readonly { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }[],
): Promise<readonly CommandResult[]> {
  const { stdout, stderr } = await runScript(PROGRAM, { RUNS: JSON.stringify(runs) }).end();
  if (!stdout.startsWith('[')) throw new Error(stderr);
  return JSON.parse(stdout) as CommandResult[];
}

class TextSink extends Writable {
  text = '';

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

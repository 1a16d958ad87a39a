import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { Command, ExitCode, Terminal } from '../../lib/cli/command.js';
import { doctor } from '../../lib/cli/doctor/doctor-command.js';
import { price } from '../../lib/cli/price/price-command.js';
import type { Keyboard } from '../../lib/cli/top/terminal-screen.js';
import { runTop } from '../../lib/cli/top/top-command.js';

export { readExposition } from '../../lib/cli/exposition.js';
export { columnsOf } from '../../lib/cli/outside-text.js';
export { exactUsd } from '../../lib/cli/price/price-text.js';
export { quantileOf } from '../../lib/cli/top/bucket-quantile.js';
export { createViewer } from '../../lib/cli/top/create-viewer.js';
export { renderTop } from '../../lib/cli/top/render-top.js';
export { createScrapedFleet } from '../../lib/cli/top/scraped-fleet.js';
export { fixedTargets, resolvedTargets } from '../../lib/cli/top/target-lists.js';
export type { TopView } from '../../lib/cli/top/top-view.js';

/** What a command printed. */
export interface Printed {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** A terminal that keeps what is written to it. */
export class KeptOutput extends Writable {
  text = '';
  isTTY = false;
  columns: number | undefined;
  rows: number | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.emit('text');
    done();
  }

  /** Resolves once the text contains what is wanted. */
  async has(wanted: string): Promise<void> {
    while (!this.text.includes(wanted)) await new Promise((resolve) => this.once('text', resolve));
  }
}

/** A keyboard whose keys a spec presses. */
export class KeptKeyboard extends EventEmitter implements Keyboard {
  isTTY = true;
  isRaw = false;

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }

  resume(): void {}

  pause(): void {}
}

const COMMANDS: Readonly<Record<'price' | 'doctor', Command>> = { price, doctor };

export function terminalOf(stdout: KeptOutput, stderr: KeptOutput, env: NodeJS.ProcessEnv = {}): Terminal {
  return { stdout: stdout as Terminal['stdout'], stderr, env, folder: process.cwd() };
}

/** Runs a command to its end. */
export async function runCommand(
  name: keyof typeof COMMANDS | 'top',
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Printed> {
  const [stdout, stderr] = [new KeptOutput(), new KeptOutput()];
  const terminal = terminalOf(stdout, stderr, env);
  const code =
    name === 'top'
      ? await runTop(args, terminal, new KeptKeyboard())
      : await COMMANDS[name].run(args, terminal);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** Runs `top` on a terminal with a keyboard. */
export function openTop(
  args: readonly string[],
  size: { readonly columns: number; readonly rows: number },
  env: NodeJS.ProcessEnv = {},
): { readonly stdout: KeptOutput; readonly keyboard: KeptKeyboard; readonly ended: Promise<ExitCode> } {
  const stdout = Object.assign(new KeptOutput(), { isTTY: true, ...size });
  const keyboard = new KeptKeyboard();
  return { stdout, keyboard, ended: runTop(args, terminalOf(stdout, new KeptOutput(), env), keyboard) };
}

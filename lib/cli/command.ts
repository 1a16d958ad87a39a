import { type ParseArgsConfig, parseArgs } from 'node:util';
import { printableLines } from './outside-text.js';

/** What a command reads from and writes to; specs pass their own. */
export interface Terminal {
  readonly stdout: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
  /** The folder that relative paths begin in. */
  readonly folder: string;
}

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  /** The command did its work and found something wrong, or could not do it. */
  failed: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One command of `npx llm-edge-monitoring`. */
export interface Command {
  /** What `--help` prints, ending in a line break. */
  readonly usage: string;
  /** Runs to the end. It reports problems on standard error and does not throw for what a user can mend. */
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

type Flags = NonNullable<ParseArgsConfig['options']>;

/** The flags and arguments of a command line, or what is wrong with it. */
export type CommandLine<Options extends Flags> =
  | {
      readonly ok: true;
      readonly flags: ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>>['values'];
      readonly values: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

/** Reads the flags after the name of a command, by the rules of Node's `parseArgs`. */
export function readCommandLine<const Options extends Flags>(
  args: readonly string[],
  options: Options,
): CommandLine<Options> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    });
    return { ok: true, flags: values as never, values: positionals };
  } catch (error) {
    return { ok: false, problem: (error as Error).message };
  }
}

/** Reports a wrong command line. */
export function refuse({ stderr }: Terminal, problem: string, usage: string): ExitCode {
  stderr.write(`${printableLines(problem)}\n\n${usage}`);
  return EXIT.usage;
}

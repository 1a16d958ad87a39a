/** The keyboard of a terminal. */
export interface Keyboard {
  readonly isTTY?: boolean | undefined;
  setRawMode?(isRaw: boolean): unknown;
  on(event: 'data', listener: (keys: Buffer | string) => void): unknown;
  off(event: 'data', listener: (keys: Buffer | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** The output of a terminal. */
export type TerminalOutput = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** A full screen of a terminal. */
export interface Screen {
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Callbacks of {@link openScreen}. */
export interface ScreenEvents {
  readonly onQuit: () => void;
  readonly onRedraw: () => void;
}

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CTRL_C = '\x03';
const CTRL_Z = '\x1a';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Takes the terminal: the alternate screen, without a cursor and without an echo of keys. It is given back by `close()`,
 * and whichever way the process ends: `q`, Ctrl-C, a signal, an error that nobody catches. Ctrl-Z gives it back for as
 * long as the process is stopped.
 */
export function openScreen(stdout: TerminalOutput, stdin: Keyboard, events: ScreenEvents): Screen {
  const { onQuit, onRedraw } = events;
  let isOpen = false;

  function enter(): void {
    if (isOpen) return;
    isOpen = true;
    stdin.setRawMode?.(true);
    stdout.write(ENTER);
  }

  function leave(): void {
    if (!isOpen) return;
    isOpen = false;
    stdout.write(LEAVE);
    try {
      stdin.setRawMode?.(false);
    } catch {
      // The terminal is gone, and there is nothing to restore.
    }
  }

  function onKeys(keys: Buffer | string): void {
    const text = String(keys);
    if (text.includes('q') || text.includes('Q') || text.includes(CTRL_C)) onQuit();
    else if (text.includes(CTRL_Z) && process.platform !== 'win32') {
      leave();
      // The whole group of the job: the shell waits for npx, not for this process.
      process.kill(0, 'SIGTSTP');
    } else onRedraw();
  }

  function onContinue(): void {
    enter();
    onRedraw();
  }

  enter();
  stdin.on('data', onKeys);
  stdin.resume();
  stdout.on('resize', onRedraw);
  // A pipe or terminal that is closed raises an error with each write.
  stdout.on('error', onQuit);
  process.on('exit', leave);
  // Before Node.js prints the error, which the alternate screen would take with it.
  process.on('uncaughtExceptionMonitor', leave);
  for (const signal of SIGNALS) process.on(signal, onQuit);
  if (process.platform !== 'win32') process.on('SIGCONT', onContinue);

  return {
    draw(lines) {
      if (!isOpen) return;
      // Cleared before they are written: a line that ends in the last column would lose it otherwise.
      const text = lines.map((line) => CLEAR_LINE + line).join('\r\n');
      const rest = lines.length < (stdout.rows ?? 0) ? `\r\n${CLEAR_BELOW}` : '';
      stdout.write(`${HOME}${text}${rest}`);
    },
    close() {
      leave();
      stdin.off('data', onKeys);
      stdin.pause();
      stdout.off('resize', onRedraw);
      stdout.off('error', onQuit);
      process.off('exit', leave);
      process.off('uncaughtExceptionMonitor', leave);
      for (const signal of SIGNALS) process.off(signal, onQuit);
      process.off('SIGCONT', onContinue);
    },
  };
}

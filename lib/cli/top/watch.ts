import { setTimeout } from 'node:timers/promises';
import { hasColours } from '../colours.js';
import { EXIT, type ExitCode, type Terminal } from '../command.js';
import type { Viewer } from './create-viewer.js';
import type { Source } from './reading.js';
import { renderTop } from './render-top.js';
import { type Keyboard, openScreen, type Screen } from './terminal-screen.js';
import type { TopView } from './top-view.js';

/** What is watched, and how it is shown. */
export interface WatchOptions {
  readonly source: Source;
  readonly viewer: Viewer;
  readonly intervalMillis: number;
  readonly isJson: boolean;
  readonly isOnce: boolean;
  readonly terminal: Terminal;
  readonly stdin: Keyboard;
}

const COLUMNS = 80;
const ROWS = 24;

/** Reads, shows and waits, until the user quits; with `isOnce`, until rates are known. */
export async function watch(options: WatchOptions): Promise<ExitCode> {
  const { source, viewer, intervalMillis, isJson, isOnce, terminal, stdin } = options;
  const { stdout, env } = terminal;
  const isTerminal = stdout.isTTY === true && stdin.isTTY === true && env['TERM'] !== 'dumb';
  const isScreen = isTerminal && !isJson && !isOnce;
  const stop = new AbortController();
  let view: TopView | undefined;
  let screen: Screen | undefined;

  /** Gives the terminal back at once; what is under way is given up. */
  function quit(): void {
    screen?.close();
    stop.abort();
  }

  function frame(shown: TopView, rows: number): readonly string[] {
    // A terminal that does not know its size says 0.
    const columns = stdout.columns || Number(env['COLUMNS']) || COLUMNS;
    return renderTop(shown, columns, rows, hasColours(terminal));
  }

  function draw(): void {
    if (view !== undefined) screen?.draw(frame(view, stdout.rows || ROWS));
  }

  function show(shown: TopView): void {
    view = shown;
    if (screen !== undefined) draw();
    else if (isJson) stdout.write(`${JSON.stringify(shown)}\n`);
    else stdout.write(`${frame(shown, Number.POSITIVE_INFINITY).join('\n')}\n${isOnce ? '' : '\n'}`);
  }

  // The reader of a pipe may go, as `head` does.
  stdout.on('error', quit);
  if (isScreen) screen = openScreen(stdout, stdin, { onQuit: quit, onRedraw: draw });
  try {
    while (!stop.signal.aborted) {
      const startedMs = performance.now();
      const reading = await source.read(stop.signal);
      if (stop.signal.aborted) break;
      const shown = viewer(reading);
      const isBeginning = reading.seconds === 0;
      // Rates need a second look, which a screen need not wait for.
      if (screen !== undefined || !isBeginning) show(shown);
      if (isOnce && !isBeginning) return reading.targets.answering > 0 ? EXIT.ok : EXIT.failed;
      await pause(startedMs + intervalMillis - performance.now(), stop.signal);
    }
    return EXIT.ok;
  } finally {
    quit();
    stdout.off('error', quit);
  }
}

async function pause(millis: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(Math.max(0, millis), undefined, { signal });
  } catch {
    // The user quits, which the signal says.
  }
}

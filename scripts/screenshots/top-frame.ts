import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readTerminalText, type TerminalRun } from './terminal-text.js';

/** What a reader types to see the same. */
export const TOP_COMMAND = 'npx llm-edge-monitoring top';

/** A single frame is over the time between two looks: longer ones are calmer. */
const INTERVAL_SECONDS = '10';

/** One frame of `top`, in its colours, of the process that serves the metrics. */
export async function readTopFrame(metricsUrl: string): Promise<TerminalRun[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'lib/cli.ts', 'top', '--once', '--interval', INTERVAL_SECONDS, metricsUrl],
    { env: { ...process.env, FORCE_COLOR: '1', COLUMNS: '110', LINES: '50' }, timeout: 60_000 },
  );
  if (stdout.trim() === '') throw new Error('"top --once" printed nothing.');
  return readTerminalText(stdout);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
/** Far more than the slowest case takes on the busiest machine. */
const STALL_MS = 60_000;
const HEAP_MB = 192;
const CASE_CHARS_MAX = 2_000;

/** Longest time that a guarded program may take as a whole, for the time limit of a spec. */
export const GUARDED_MS = 1_000 * 4 * Number(process.env['FUZZ_SECONDS'] ?? 0) + 240_000;

/**
 * Runs a program of `spec/fuzz/programs` in a process of its own, with little memory, and kills it when it makes no
 * progress: what hangs or swells fails a spec instead of freezing it.
 *
 * @returns the last line of its output
 */
export async function runGuarded(
  program: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const caseFile = join(directory, 'case');
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${HEAP_MB}`,
      '--import',
      'tsx',
      join(ROOT, 'spec', 'fuzz', 'programs', `${program}.ts`),
    ],
    {
      cwd: ROOT,
      env: { ...process.env, ...env, FUZZ_CASE_FILE: caseFile },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  let errors = '';
  let isStalled = false;
  const watchdog = setTimeout(() => {
    isStalled = true;
    child.kill('SIGKILL');
  }, STALL_MS);
  child.stdout.on('data', (chunk) => {
    output = (output + String(chunk)).slice(-1_000_000);
    watchdog.refresh();
  });
  child.stderr.on('data', (chunk) => {
    errors = (errors + String(chunk)).slice(0, 1_000_000);
  });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return output.trimEnd().split('\n').at(-1) ?? '';
    const what = isStalled ? 'made no progress' : `ended with ${code}`;
    throw new Error(`${program} ${what}\n${errors}\nat case: ${lastCase(caseFile)}`);
  } finally {
    clearTimeout(watchdog);
    rmSync(directory, { recursive: true });
  }
}

function lastCase(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, CASE_CHARS_MAX);
  } catch {
    return 'none was begun';
  }
}

import { spawn } from 'node:child_process';

/** Reads `+pid` and `-pid`, a line each; when the input ends, as it does however its writer died, it kills the rest. */
const SCRIPT = `
const pids = new Set();
let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n');
  rest = lines.pop();
  for (const line of lines) line[0] === '+' ? pids.add(+line.slice(1)) : pids.delete(+line.slice(1));
});
process.stdin.on('end', () => {
  for (const pid of pids) try { process.kill(pid, 'SIGKILL'); } catch {}
});`;

/** Ends programs whose parent is gone. */
export interface Reaper {
  watch(pid: number): void;
  forget(pid: number): void;
}

/**
 * Starts a process that outlives this one just long enough to end the programs this one started: a test run that is
 * killed cannot do it itself.
 */
export function startReaper(): Reaper {
  // Detached: Ctrl-C, which goes to the whole group, must not end it first.
  const child = spawn(process.execPath, ['-e', SCRIPT], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  // The write end must not keep this process alive; `unref` is there on a pipe, but not in the type.
  (child.stdin as unknown as { unref(): void }).unref();
  return {
    watch: (pid) => child.stdin.write(`+${pid}\n`),
    forget: (pid) => child.stdin.write(`-${pid}\n`),
  };
}

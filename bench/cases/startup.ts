import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RunCase, Subject } from '../measurement.js';
import { freePort } from '../ports.js';

const runProgram = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../programs/start-up.js', import.meta.url));
const SUBJECTS = ['ours', 'otel'] as const satisfies readonly Subject[];

async function start(subject: Subject, variant: string): Promise<number> {
  // The exporter takes no port 0.
  const env = { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: `${await freePort()}` };
  const { stdout } = await runProgram(process.execPath, [PROGRAM, `${subject}.${variant}`], { env });
  return (JSON.parse(stdout) as { cpuMs: number }).cpuMs;
}

/** CPU time of `import` and `initMonitoring()` in a new process, beside the bare packages doing the same. */
export const run: RunCase = async (effort) => {
  const measurements = [];
  for (const variant of ['metrics', 'traces']) {
    const samples: { ours: number[]; otel: number[] } = { ours: [], otel: [] };
    for (let round = -1; round < effort.rounds; round += 1) {
      for (const subject of SUBJECTS) {
        const cpuMs = await start(subject, variant);
        if (round >= 0) samples[subject].push(cpuMs);
      }
    }
    measurements.push({ name: `startup.${variant}`, unit: 'ms', samples } as const);
  }
  return measurements;
};

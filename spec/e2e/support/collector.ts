import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../../bench/ports.js';
import { collectorPath } from '../../../scripts/go-programs/collector.js';
import { isUp } from './http.js';
import { type Program, startProgram } from './program.js';

const ROOT = process.cwd();
const PORTS = ['OTLP_GRPC', 'OTLP_HTTP', 'PROMETHEUS', 'TELEMETRY', 'HEALTH'] as const;

/** A Collector on ports of its own, which it keeps when it is started again. */
export interface Collector {
  /** `host:port` of OTLP over gRPC. */
  readonly otlpGrpc: string;
  readonly otlpHttpUrl: string;
  /** What the Collector was sent, for Prometheus. */
  readonly metricsUrl: string;
  /** What the Collector says about itself. */
  readonly telemetryUrl: string;
  start(): Promise<void>;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  output(): string;
}

/** Path of the Collector that `npm run collector:build` built, or of the one that `OTELCOL_BIN` names. */
export function collectorBinary(): string {
  const path = process.env['OTELCOL_BIN'] || collectorPath(ROOT, process.env);
  if (!existsSync(path)) {
    throw new Error(`The Collector is missing: run "npm run collector:build" (looked for ${path}).`);
  }
  return path;
}

/** Resolves if `otelcol validate` accepts the file, rejects with what it says if not. */
export async function validateConfig(path: string): Promise<void> {
  await promisify(execFile)(collectorBinary(), ['validate', `--config=${resolve(ROOT, path)}`]);
}

/** Prepares a Collector with one of the files of the repository, as users run it; `env` sets its variables. */
export async function prepareCollector(
  name: string,
  configPath: string,
  env: Readonly<Record<string, string>>,
): Promise<Collector> {
  const ports = await freePorts(PORTS);
  let program: Program | undefined;
  return {
    otlpGrpc: `127.0.0.1:${ports.OTLP_GRPC}`,
    otlpHttpUrl: `http://127.0.0.1:${ports.OTLP_HTTP}`,
    metricsUrl: `http://127.0.0.1:${ports.PROMETHEUS}/metrics`,
    telemetryUrl: `http://127.0.0.1:${ports.TELEMETRY}/metrics`,
    output: () => program?.output() ?? '',
    async start() {
      program = await startProgram({
        name,
        command: collectorBinary(),
        args: [`--config=${resolve(ROOT, configPath)}`],
        env: {
          ...Object.fromEntries(PORTS.map((port) => [`OTELCOL_${port}_PORT`, String(ports[port])])),
          ...env,
        },
        isReady: () => isUp(`http://127.0.0.1:${ports.HEALTH}`),
      });
    },
    async stop(signal = 'SIGTERM') {
      await program?.stop(signal);
      program = undefined;
    },
  };
}

import { resolve } from 'node:path';
import { freePorts } from '../../../bench/ports.js';
import type { Details, Summary } from '../../../examples/edge-agent/totals.js';
import type { Collector } from './collector.js';
import { eventually } from './eventually.js';
import { startProgram } from './program.js';

const ROOT = process.cwd();

/** What the example gateway counted by itself. */
export type GatewayTotals = Summary &
  Details & { readonly cacheHits: number; readonly cacheMisses: number; readonly failovers: number };

/** How the example gateway is started. */
export interface GatewayOptions {
  readonly serviceName: string;
  readonly collector: Pick<Collector, 'otlpGrpc'>;
  /** How its metrics leave it, as `OTEL_METRICS_EXPORTER` says it. */
  readonly metrics: 'prometheus' | 'otlp' | 'prometheus,otlp';
  /** Until its totals are asked for, where absent. */
  readonly requests?: number;
  /** Requests per second. */
  readonly rate: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Providers never fail and answer at once. @defaultValue false */
  readonly isInstant?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** The example gateway, a process of its own with callers of its own. */
export interface Gateway {
  readonly chatUrl: string;
  readonly metricsUrl: string;
  /** `host:port` that Prometheus scrapes. */
  readonly metricsAddress: string;
  /** Resolves with the totals once the last answer was read: the callers come to an end, the gateway stays up. */
  totals(): Promise<GatewayTotals>;
  /** Lets it flush and end, and resolves with all that it wrote. */
  stop(): Promise<string>;
}

/** Starts `examples/edge-agent` as users do, but with spans and metrics that leave within a second. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { serviceName, collector, metrics, requests, rate, seed = 1, isInstant = false, env = {} } = options;
  const ports = await freePorts(['chat', 'metrics']);
  const metricsAddress = `127.0.0.1:${ports.metrics}`;
  const chatUrl = `http://127.0.0.1:${ports.chat}/v1/chat/completions`;
  const program = await startProgram({
    name: `gateway ${serviceName}`,
    command: process.execPath,
    args: [
      resolve(ROOT, 'examples/edge-agent/start.mjs'),
      ...['--port', `${ports.chat}`, '--metrics-port', `${ports.metrics}`],
      ...['--rate', `${rate}`, '--seed', `${seed}`],
      ...(requests === undefined ? ['--until-eof'] : ['--requests', `${requests}`]),
      ...['--json', '--details', '--hold'],
      isInstant ? '--instant' : '--faults',
    ],
    env: {
      OTEL_SERVICE_NAME: serviceName,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.otlpGrpc}`,
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_METRICS_EXPORTER: metrics,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      ...env,
    },
    // It answers 404 to a GET; that it answers means that the monitoring has started before.
    isReady: async () => (await fetch(chatUrl)).status === 404,
  });
  return {
    chatUrl,
    metricsUrl: `http://${metricsAddress}/metrics`,
    metricsAddress,
    totals() {
      program.closeInput();
      const look = () => {
        const line = program
          .output()
          .split('\n')
          .find((text) => text.startsWith('{"requests"'));
        return line === undefined ? undefined : (JSON.parse(line) as GatewayTotals);
      };
      return eventually(look, { what: `the traffic of ${serviceName} to end`, deadlineMs: 60_000 });
    },
    async stop() {
      await program.stop();
      return program.output();
    },
  };
}

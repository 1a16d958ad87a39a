import { freePorts } from '../../bench/ports.js';
import { type Gateway, startGateway } from '../../spec/e2e/support/gateway.js';
import { startOtherCalls } from '../../spec/e2e/support/other-calls.js';
import { stopAllPrograms } from '../../spec/e2e/support/program.js';
import { type PrometheusProcess, startPrometheus } from '../../spec/e2e/support/prometheus-process.js';
import { addressOf, startStack } from '../../spec/e2e/support/stack.js';
import { createWorkspace } from '../../spec/e2e/support/workspace.js';
import { SCRAPE_INTERVAL_SECONDS } from './query-panels.js';

/** Calls to the example gateway a second. */
const RATE = 20;
/** A call now and then, as slow as a provider far away. */
const OTHER_CALLS = { pauseMs: 300, answerMs: 350 };
/** The slowest rule to have data: it averages what another rule recorded. */
const LAST_RULE = 'job:llm_edge_error_budget_remaining:ratio_rate30d';

/** The example gateway under traffic, a Collector, and a Prometheus that scrapes both. */
export interface Stage {
  readonly gateway: Gateway;
  readonly prometheus: PrometheusProcess;
  close(): Promise<void>;
}

/** Starts everything that the pictures show, from the files of this repository. */
export async function openStage(): Promise<Stage> {
  const workspace = createWorkspace();
  const { collector } = await startStack(workspace);
  const gateway = await startGateway({
    serviceName: 'llm-edge-agent',
    collector,
    metrics: 'prometheus',
    rate: RATE,
    env: { OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.4.2,deployment.environment.name=demo' },
  });
  // What the gateway does not do: calls through intermediaries, streams that are cut off, unknown hosts.
  const others = await startOtherCalls(collector, OTHER_CALLS);
  const { port } = await freePorts(['port']);
  const prometheus = await startPrometheus({
    repository: process.cwd(),
    folder: workspace.folder('prometheus'),
    port,
    intervalSeconds: SCRAPE_INTERVAL_SECONDS,
    targets: {
      'llm-edge-agent': { address: gateway.metricsAddress },
      'otel-collector': { address: addressOf(collector.telemetryUrl) },
      'otel-collector-metrics': { address: addressOf(collector.metricsUrl) },
    },
  });
  await prometheus.waitFor(LAST_RULE, 90_000);
  return {
    gateway,
    prometheus,
    async close() {
      await others.stop();
      await gateway.stop();
      await stopAllPrograms();
      workspace.remove();
    },
  };
}

import { createBudgets } from '../budgets/budgets.js';
import { maxSeries } from '../catalogue/cardinality.js';
import type { MetricName } from '../catalogue/labels.js';
import { METRIC_COUNT, METRICS } from '../catalogue/metrics.js';
import { priceListState } from '../cost/price-list-in-force.js';
import { startPriceListRefresh } from '../cost/price-list-refresh.js';
import { costs, createPricing } from '../cost/pricing.js';
import type { ConfigWarning } from '../errors.js';
import { createSnapshots } from '../merge/snapshot.js';
import { createExemplarStore, type ExemplarStore } from '../metrics/exemplars.js';
import { createMetricsRecorder, type MetricsRecorder } from '../metrics/metrics-recorder.js';
import { current, NOOP_RECORDER } from '../metrics/recorder.js';
import { genAiVersions } from '../otlp/gen-ai-provider.js';
import { startTelemetry, type Telemetry } from '../otlp/sdk-providers.js';
import { createFailureLog, type FailureLog } from '../status/failure-log.js';
import { VERSION } from '../version.js';
import { Group } from '../workers/group.js';
import { openSharedFolder } from '../workers/shared-folder.js';
import type { MonitoringConfig } from './resolve-config.js';

const SCOPE = 'llm-edge-monitoring';

/** Providers and recorder, and what is remembered of single requests. */
export interface Recorded {
  readonly telemetry: Telemetry;
  readonly metrics: MetricsRecorder;
  readonly exemplars: ExemplarStore;
  readonly failures: FailureLog;
  /** The workers that share the scrape port; absent if this process has a page of its own. */
  readonly group: Group | undefined;
}

/**
 * Starts recording, synchronously: values recorded right after `initMonitoring()` are counted.
 *
 * @param onWarnings - called for settings that have no effect, during the start or later.
 */
export function startRecording(
  config: MonitoringConfig,
  onWarnings: (warnings: readonly ConfigWarning[]) => void,
): Recorded {
  let recorder: MetricsRecorder | undefined;
  const seriesMax = (name: MetricName): number => maxSeries(METRICS[name], config.limits, METRIC_COUNT);
  const exemplars = createExemplarStore({ seriesMax });
  const failures = createFailureLog();
  const telemetry = startTelemetry(config, {
    onWarnings,
    onSpansExported: (count) => recorder?.self.spansExported(count),
    onSpansDropped: (count, reason) => recorder?.self.spansDropped(count, reason),
    onPush: (outcome) => recorder?.self.pushed(outcome),
  });
  const { genAiMeterProvider, scrapeReader } = telemetry;
  const shared = scrapeReader && openSharedFolder(config.metrics, telemetry.resource.attributes);
  const budgets =
    config.budgets.length > 0 ? createBudgets(config.budgets, undefined, shared?.budgets.ledger) : undefined;
  try {
    recorder = createMetricsRecorder({
      meter: telemetry.meterProvider.getMeter(SCOPE, VERSION),
      context: telemetry.recordContext,
      tracer: telemetry.tracerProvider.getTracer(SCOPE, VERSION),
      genAi: genAiMeterProvider && {
        meter: genAiMeterProvider.getMeter(SCOPE, VERSION),
        context: telemetry.recordContext,
        versions: genAiVersions(config),
      },
      costAttributes: config.traces.costAttributes,
      keepsEvents: config.openTelemetry === 'own',
      limits: config.limits,
      admission: shared?.names,
      providers: config.providers,
      now: () => performance.now(),
      exemplars,
      onCost: budgets && ((provider, model, costUsd) => budgets.charge(provider, model, costUsd)),
      onFailure: failures.add,
      beforeCollect: (metrics) => {
        for (const { name, limitUsd, spentUsd, windowEndMs } of budgets?.read() ?? []) {
          metrics.updateBudget(name, limitUsd, spentUsd, windowEndMs);
        }
        recorder?.self.priceList(priceListState());
      },
    });
  } catch (error) {
    telemetry.release();
    // Pushes would never stop otherwise, since the caller gets no monitoring to shut down.
    telemetry.shutdown(config.shutdownTimeoutMillis).catch(() => undefined);
    throw error;
  }
  costs.budgets = budgets;
  costs.pricing = createPricing(config.pricing, {
    onProblem: (reason, where) => current.recorder.drop(reason, where),
  });
  const { list } = config.pricing;
  if (list !== undefined) costs.list = startPriceListRefresh(list);
  current.recorder = recorder;
  const group =
    shared &&
    scrapeReader &&
    new Group(shared, {
      collector: scrapeReader,
      collectNow: () => scrapeReader.collectNow?.(),
      timeoutMillis: config.metrics.timeoutMillis,
      snapshots: createSnapshots({ statementsOf: recorder.statementsOf }),
      budgets,
      instanceId: String(telemetry.resource.attributes['service.instance.id']),
    });
  return { telemetry, metrics: recorder, exemplars, failures, group };
}

/** Ends recording: what is recorded from now on is dropped. The values so far stay until the providers are shut down. */
export function endRecording(metrics: MetricsRecorder): void {
  if (current.recorder === metrics) current.recorder = NOOP_RECORDER;
  costs.budgets = undefined;
  costs.pricing = undefined;
  costs.list?.stop();
  costs.list = undefined;
}

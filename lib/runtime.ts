import { diag } from '@opentelemetry/api';
import { createBudgets } from './cost/budgets.js';
import { costs } from './cost/calculate-cost.js';
import { createPricing } from './cost/pricing.js';
import { MonitoringError, type MonitoringErrorCode } from './errors.js';
import { type ScrapeServer, startScrapeServer } from './exposition/scrape-server.js';
import { current } from './instruments/current.js';
import { ForwardingRecorder } from './instruments/forwarding-recorder.js';
import { MetricsRecorder } from './instruments/metrics-recorder.js';
import { NOOP_RECORDER } from './instruments/noop-recorder.js';
import type { DeadlineOptions, Monitoring } from './monitoring.js';
import type { MonitoringConfig } from './resolve-config.js';
import { settleAll, withDeadline } from './telemetry/deadline.js';
import { onTerminationSignals } from './telemetry/signals.js';
import { startTelemetry, type Telemetry } from './telemetry/telemetry.js';
import { VERSION } from './version.js';

const COMPONENT = { namespace: 'llm-edge-monitoring' };
const SCOPE = 'llm-edge-monitoring';

/** Everything that `initMonitoring` made and `shutdown` takes back. */
export class Runtime extends ForwardingRecorder implements Monitoring {
  readonly config: MonitoringConfig;
  private readonly telemetry: Telemetry;
  private readonly metrics: MetricsRecorder;
  private readonly onStopping: (done: Promise<void>) => void;
  private readonly stopListening: () => void;
  private server: ScrapeServer | undefined;
  private stopping: Promise<void> | undefined;

  /** Puts providers and recorder in place, synchronously: calls made right after `initMonitoring()` count. */
  static start(config: MonitoringConfig, onStopping: (done: Promise<void>) => void): Runtime {
    let recorder: MetricsRecorder | undefined;
    const budgets = config.budgets.length > 0 ? createBudgets(config.budgets) : undefined;
    const telemetry = startTelemetry(config, {
      onSpansExported: (count) => recorder?.self.spansExported(count),
      onSpansDropped: (count, reason) => recorder?.self.spansDropped(count, reason),
    });
    try {
      recorder = new MetricsRecorder({
        meter: telemetry.meterProvider.getMeter(SCOPE, VERSION),
        tracer: telemetry.tracerProvider.getTracer(SCOPE, VERSION),
        limits: config.limits,
        providers: config.providers,
        now: () => performance.now(),
        onCost: budgets && ((provider, model, costUsd) => budgets.charge(provider, model, costUsd)),
        beforeCollect: (metrics) => {
          for (const { name, limitUsd, spentUsd } of budgets?.read() ?? []) {
            metrics.recordBudget(name, limitUsd, spentUsd);
          }
        },
      });
    } catch (error) {
      telemetry.release();
      throw error;
    }
    costs.budgets = budgets;
    costs.pricing = createPricing(config.pricing, {
      onProblem: (reason, where) => current.recorder.drop(reason, where),
    });
    return new Runtime(config, telemetry, recorder, onStopping);
  }

  private constructor(
    config: MonitoringConfig,
    telemetry: Telemetry,
    metrics: MetricsRecorder,
    onStopping: (done: Promise<void>) => void,
  ) {
    super(metrics);
    this.config = config;
    this.telemetry = telemetry;
    this.metrics = metrics;
    this.onStopping = onStopping;
    this.stopListening = config.shutdownOnSignals
      ? onTerminationSignals(() => this.shutdown())
      : () => undefined;
    current.recorder = metrics;
  }

  get metricsUrl(): string | undefined {
    return this.server?.url;
  }

  /** Waits for asynchronous resource attributes and opens the scrape port. */
  async open(): Promise<void> {
    await this.telemetry.resource.waitForAsyncAttributes?.();
    const { scrapeReader } = this.telemetry;
    if (scrapeReader === undefined || this.stopping !== undefined) return;
    const { host, port, path, timeoutMillis, authorization } = this.config.metrics;
    this.server = await startScrapeServer({
      collect: (options) => scrapeReader.collect(options),
      host,
      port,
      path,
      timeoutMillis,
      authorization,
      onScrape: ({ outcome, durationMs }) => this.metrics.self.scraped(outcome, durationMs),
    });
  }

  async forceFlush(options: DeadlineOptions = {}): Promise<void> {
    if (this.stopping !== undefined) return;
    const failures = settleAll([() => this.telemetry.forceFlush()]);
    await this.settle(failures, options, 'ERR_FLUSH_FAILED', 'forceFlush');
  }

  shutdown(options: DeadlineOptions = {}): Promise<void> {
    if (this.stopping === undefined) {
      this.stopping = this.stop(options);
      this.onStopping(this.stopping);
    }
    return this.stopping;
  }

  private async stop(options: DeadlineOptions): Promise<void> {
    this.stopRecording();
    if (current.recorder === this.metrics) current.recorder = NOOP_RECORDER;
    costs.budgets = undefined;
    costs.pricing = undefined;
    this.stopListening();
    this.metrics.close();
    const failures = settleAll([() => this.telemetry.shutdown(), async () => this.server?.close()]);
    try {
      await this.settle(failures, options, 'ERR_SHUTDOWN_FAILED', 'shutdown');
    } finally {
      this.telemetry.release();
    }
  }

  private async settle(
    work: Promise<unknown[]>,
    { timeoutMillis = this.config.shutdownTimeoutMillis }: DeadlineOptions,
    code: MonitoringErrorCode,
    what: string,
  ): Promise<void> {
    const failures = await withDeadline(work, timeoutMillis, what);
    if (failures.length === 0) return;
    const texts = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
    const error = new MonitoringError(code, `${what} failed: ${texts.join('; ')}`, {
      cause: new AggregateError(failures),
    });
    diag.createComponentLogger(COMPONENT).error(error.message);
    throw error;
  }
}

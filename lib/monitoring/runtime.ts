import { describeSettings } from '../config/describe-settings.js';
import {
  type ConfigWarning,
  MonitoringError,
  type MonitoringErrorCode,
  messageOf,
  warningText,
} from '../errors.js';
import { logger } from '../logger.js';
import type { ExemplarStore } from '../metrics/exemplars.js';
import type { MetricsRecorder } from '../metrics/metrics-recorder.js';
import { setTimer, settleAll, withDeadline } from '../otlp/deadline.js';
import { scrapedGenAiNames } from '../otlp/gen-ai-provider.js';
import type { Telemetry } from '../otlp/sdk-providers.js';
import { createLastScrape } from '../prometheus/last-scrape.js';
import {
  createMetricsPages,
  type MetricsHandlerOptions,
  type MetricsPages,
  type MetricsText,
  type MetricsTextOptions,
} from '../prometheus/metrics-page.js';
import type { RequestListener } from '../prometheus/scrape-handler.js';
import { scrapeUrl, startScrapeServer } from '../prometheus/scrape-server.js';
import { createScraper, type Scraper } from '../prometheus/scraper.js';
import type { FailureLog } from '../status/failure-log.js';
import { createStatusServer, type StatusServer } from '../status/status-server.js';
import type { Group } from '../workers/group.js';
import { type DeadlineOptions, ForwardingRecorder, type Monitoring } from './monitoring.js';
import { listenWarning, type MonitoringConfig } from './resolve-config.js';
import { openScrapePort, type ScrapePort } from './scrape-port.js';
import { endRecording, type Recorded, startRecording } from './start-recording.js';
import { onTerminationSignals } from './termination-signals.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');
/** Longest flush before a signal ends a preloaded program, which then ends within 2 seconds. */
const SIGNAL_FLUSH_MILLIS = 1800;
/** A resource detector may make a network call that never returns. */
const RESOURCE_WAIT_MILLIS = 5000;

/** What a runtime does differently if a preload or a framework starts it, and not a call that the program awaits. */
export interface RuntimeHooks {
  /** Called instead of failing to start when the port is in use. */
  readonly onPortInUse: (text: string) => void;
  /** Called when the flush before the end of the process failed. Signals flush only where this is given. */
  readonly onLastFlushFailed?: (error: unknown) => void;
}

/** Everything that `initMonitoring` creates and `shutdown` removes. */
export class Runtime extends ForwardingRecorder implements Monitoring {
  private settings: MonitoringConfig;
  private readonly telemetry: Telemetry;
  private readonly metrics: MetricsRecorder;
  private readonly failures: FailureLog;
  private readonly scraper: Scraper | undefined;
  private readonly pages: MetricsPages;
  private readonly lastScrape = createLastScrape();
  private readonly onStopping: (done: Promise<void>) => void;
  private readonly hooks: RuntimeHooks | undefined;
  private readonly stopListening: () => void;
  private readonly group: Group | undefined;
  private port: ScrapePort | undefined;
  private status: StatusServer | undefined;
  private opening: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private stopWatchingExit = (): void => undefined;
  /** Whether pages are made, as they are until the last scrape. */
  private hasPages = true;

  /** Puts providers and recorder in place synchronously: values recorded right after `initMonitoring()` are counted. */
  static start(
    config: MonitoringConfig,
    onStopping: (done: Promise<void>) => void,
    hooks?: RuntimeHooks,
  ): Runtime {
    const startWarnings: ConfigWarning[] = [];
    let runtime: Runtime | undefined;
    const recorded = startRecording(config, (warnings) => {
      if (runtime === undefined) startWarnings.push(...warnings);
      else runtime.warnLater(warnings);
    });
    runtime = new Runtime(config, recorded, onStopping, hooks);
    runtime.warn(startWarnings);
    return runtime;
  }

  private constructor(
    config: MonitoringConfig,
    { telemetry, metrics, exemplars, failures, group }: Recorded,
    onStopping: (done: Promise<void>) => void,
    hooks: RuntimeHooks | undefined,
  ) {
    super(metrics);
    this.settings = config;
    this.telemetry = telemetry;
    this.metrics = metrics;
    this.failures = failures;
    this.group = group;
    this.scraper = this.createScraper(exemplars);
    this.pages = this.createPages();
    this.onStopping = onStopping;
    this.hooks = hooks;
    this.stopListening = this.listenToSignals();
  }

  get config(): MonitoringConfig {
    return this.settings;
  }

  get metricsUrl(): string | undefined {
    return this.port?.url;
  }

  /** The number of spans that would be lost if the process ended now. */
  get pendingSpans(): number {
    return this.telemetry.pendingSpans();
  }

  /**
   * A program with the option stops on a signal. One with the preload only flushes: it may have a listener of its own,
   * and observes the requests that it still answers.
   */
  private listenToSignals(): () => void {
    const { settings, hooks } = this;
    const { shutdownOnSignals, shutdownTimeoutMillis, variables } = settings;
    if (shutdownOnSignals) return onTerminationSignals(() => this.shutdown());
    const onFailed = hooks?.onLastFlushFailed;
    if (onFailed === undefined || variables.includes('LLM_EDGE_SHUTDOWN_ON_SIGNALS')) return () => undefined;
    const timeoutMillis = Math.min(SIGNAL_FLUSH_MILLIS, shutdownTimeoutMillis);
    return onTerminationSignals(() => this.forceFlush({ timeoutMillis }).catch(onFailed));
  }

  /** What `console.log` and `JSON.stringify` show. Exporters are left out, since they hold headers with secrets. */
  toJSON(): object {
    return { config: this.config, metricsUrl: this.metricsUrl };
  }

  [INSPECT](): object {
    return this.toJSON();
  }

  /** Waits for asynchronous resource attributes and opens the scrape port. */
  open(): Promise<void> {
    this.watchExit();
    this.opening = this.openPort();
    return this.opening;
  }

  /** Adds to the configuration's warnings some that were found while starting or later. */
  private warn(found: readonly ConfigWarning[]): void {
    const warnings = Object.freeze([...this.settings.warnings, ...found]);
    this.settings = Object.freeze({ ...this.settings, warnings });
  }

  /** Also logs them, since the warnings of the start are logged already. */
  private warnLater(found: readonly ConfigWarning[]): void {
    if (found.length === 0) return;
    this.warn(found);
    logger().warn(warningText(found));
  }

  private async openPort(): Promise<void> {
    await this.resourceAttributes();
    if (this.scraper === undefined || this.stopping !== undefined) return;
    const { host, port, path, authorization, allowedHosts } = this.settings.metrics;
    if (port === 'none') return;
    const status = this.createStatus(this.scraper);
    await this.group?.join();
    try {
      this.port = await openScrapePort({
        listen: () =>
          startScrapeServer({
            host,
            port,
            path,
            allowedHosts,
            handler: this.lastScrape.watch(this.pages.metricsHandler()),
            isAuthorized: authorization !== undefined,
            viewers: status?.routes,
          }),
        urlOfHolder: () => scrapeUrl(host, Number(port), path),
        shared: this.group,
        onOpen: () => this.startStatus(status),
        onPortInUse: this.hooks?.onPortInUse,
      });
      if (port === 'auto') logger().info(`metrics are served at ${this.metricsUrl}`);
    } catch (error) {
      const warning = listenWarning(this.settings, error);
      if (warning === undefined) throw error;
      this.warn([warning]);
    }
  }

  /** From the start on: a program may end before its worker has joined the group, and has recorded something by then. */
  private watchExit(): void {
    const { group } = this;
    if (group === undefined) return;
    const leave = (): void => {
      this.metrics.close();
      group.leaveNow();
    };
    process.once('exit', leave);
    this.stopWatchingExit = () => process.removeListener('exit', leave);
  }

  private async resourceAttributes(): Promise<void> {
    const { resource } = this.telemetry;
    if (resource.asyncAttributesPending !== true) return;
    const attributes = resource.waitForAsyncAttributes?.() ?? Promise.resolve();
    try {
      await withDeadline(attributes, RESOURCE_WAIT_MILLIS, 'detecting resource attributes', setTimer);
    } catch (error) {
      // Metrics without these attributes are better than a process that never starts.
      logger().error('the scrape port opens without the resource attributes whose detection failed', error);
    }
  }

  private createScraper(exemplars: ExemplarStore): Scraper | undefined {
    const reader = this.group ?? this.telemetry.scrapeReader;
    const { timeoutMillis } = this.settings.metrics;
    return reader === undefined ? undefined : createScraper({ reader, timeoutMillis, exemplars });
  }

  private createStatus(scraper: Scraper): StatusServer | undefined {
    const { statusPage, metrics } = this.settings;
    if (!statusPage.enabled) return undefined;
    return createStatusServer({
      scraper,
      resource: () => this.telemetry.resource.attributes,
      metricsUrl: () => this.metricsUrl ?? '',
      failures: this.failures,
      settings: () => describeSettings(this.config, process.env),
      authorization: statusPage.authorization,
      timeoutMillis: metrics.timeoutMillis,
    });
  }

  private startStatus(status: StatusServer | undefined): void {
    if (this.stopping !== undefined) return;
    this.status = status;
    status?.start(this.group?.isFromZero);
  }

  private createPages(): MetricsPages {
    const { timeoutMillis, authorization } = this.settings.metrics;
    const { scraper } = this;
    const reason = this.telemetry.ownsMeters
      ? 'metrics are not collected for scrapes: add prometheus to metrics.exporters (OTEL_METRICS_EXPORTER)'
      : "the program's meter provider collects the metrics: scrape that instead";
    return createMetricsPages({
      scraper: () => (this.hasPages ? (scraper ?? reason) : 'monitoring is shut down'),
      furtherNames: scrapedGenAiNames(this.settings),
      timeoutMillis,
      authorization,
      onScrape: (report) => this.metrics.self.scraped(report),
    });
  }

  metricsHandler(options?: MetricsHandlerOptions): RequestListener {
    return this.pages.metricsHandler(options);
  }

  metricsText(options?: MetricsTextOptions): Promise<MetricsText> {
    return this.pages.metricsText(options);
  }

  async forceFlush(options: DeadlineOptions = {}): Promise<void> {
    if (this.stopping !== undefined) return;
    const { timeoutMillis = this.settings.shutdownTimeoutMillis } = options;
    const failures = settleAll([() => this.telemetry.forceFlush(timeoutMillis)]);
    await this.settle(failures, timeoutMillis, 'ERR_FLUSH_FAILED', 'forceFlush');
  }

  shutdown(options: DeadlineOptions = {}): Promise<void> {
    if (this.stopping === undefined) {
      this.stopping = this.stop(options);
      this.onStopping(this.stopping);
    }
    return this.stopping;
  }

  private async stop({
    timeoutMillis = this.settings.shutdownTimeoutMillis,
  }: DeadlineOptions): Promise<void> {
    this.stopRecording();
    endRecording(this.metrics);
    this.status?.stop();
    // First, so that the last scrape, and the last collection of the providers, see the values of this moment.
    const closing = settleAll([async () => this.metrics.close()]);
    if (await this.lingers(timeoutMillis)) await this.lingerForScrape();
    const failures = Promise.all([closing, this.end(timeoutMillis)]);
    try {
      await this.settle(
        failures.then((lists) => lists.flat()),
        timeoutMillis,
        'ERR_SHUTDOWN_FAILED',
        'shutdown',
      );
    } finally {
      // Last: npm sends Ctrl-C a second time to a process that got it from the terminal, which must not end the flush.
      this.stopListening();
      this.stopWatchingExit();
      this.group?.leave();
      this.telemetry.release();
      this.metrics.stopObserving(!this.telemetry.ownsMeters);
    }
  }

  /** Stops everything once the group has what was recorded: another worker may answer the next scrape. */
  private async end(timeoutMillis: number): Promise<unknown[]> {
    const published = await settleAll([async () => this.group?.publishLast(timeoutMillis / 2)]);
    this.hasPages = false;
    const ended = await settleAll([() => this.telemetry.shutdown(timeoutMillis), () => this.closePort()]);
    return [...published, ...ended];
  }

  /** Whether the port stays open for one more scrape: not if another worker will answer it. */
  private async lingers(timeoutMillis: number): Promise<boolean> {
    // A stand-by may be the last one to end: it then takes the port over first.
    if (this.settings.metrics.lingerMillis === 0 || this.metricsUrl === undefined) return false;
    return (await this.group?.hasSuccessor(timeoutMillis / 2)) !== true;
  }

  private async lingerForScrape(): Promise<void> {
    // A scrape that is being collected is for those who asked before the last record.
    this.scraper?.startAnew();
    await this.lastScrape.wait(this.settings.metrics.lingerMillis);
  }

  private async closePort(): Promise<void> {
    // The caller of initMonitoring gets the reason why the port did not open.
    await this.opening?.catch(() => undefined);
    await this.port?.close();
  }

  private async settle(
    work: Promise<unknown[]>,
    timeoutMillis: number,
    code: MonitoringErrorCode,
    what: string,
  ): Promise<void> {
    const failures = await withDeadline(work, timeoutMillis, what, setTimer);
    if (failures.length === 0) return;
    const texts = failures.map(messageOf);
    const error = new MonitoringError(code, `${what} failed: ${texts.join('; ')}`, {
      cause: new AggregateError(failures),
    });
    logger().error(error.message);
    throw error;
  }
}

import type { Recorder } from '../metrics/recorder.js';
import * as recording from '../metrics/recorder.js';
import type {
  MetricsHandlerOptions,
  MetricsPages,
  MetricsText,
  MetricsTextOptions,
} from '../prometheus/metrics-page.js';
import type { RequestListener } from '../prometheus/scrape-handler.js';
import type { MonitoringConfig } from './resolve-config.js';

/** How long to wait. */
export interface DeadlineOptions {
  /** In milliseconds. @defaultValue the option `shutdownTimeoutMillis` */
  readonly timeoutMillis?: number | undefined;
}

/** A running monitoring: the record helpers as methods, and its lifecycle. */
export interface Monitoring extends Recorder {
  /** The configuration in force. */
  readonly config: MonitoringConfig;
  /** Where Prometheus scrapes, such as `http://localhost:9464/metrics`; `undefined` where no port was opened. */
  readonly metricsUrl: string | undefined;
  /**
   * Returns a listener that answers scrapes, for a server of yours: `app.get('/metrics', monitoring.metricsHandler())`.
   * It works beside the scrape port, or instead of it with `metrics.port: 'none'`. It answers every path, and demands
   * `metrics.authorization` where that is set; the `Host` header is not checked. Scrapes at the same time share one
   * collection. Without metrics to show, as with a meter provider of yours, it answers with 503, or with the registry
   * alone. It belongs to this monitoring: after `shutdown()` and a new start, create it again.
   *
   * @throws {MonitoringError} ERR_INVALID_CONFIG when a metric of the registry has a name of this package.
   */
  metricsHandler(options?: MetricsHandlerOptions): RequestListener;
  /**
   * Returns the page that `metricsHandler()` answers with, for servers that do not use Node's requests.
   *
   * @throws {MonitoringError} ERR_NO_METRICS when no metrics are collected for scrapes; ERR_DEADLINE_EXCEEDED when it
   * took longer than `metrics.timeoutMillis`; ERR_INVALID_CONFIG as `metricsHandler()`.
   */
  metricsText(options?: MetricsTextOptions): Promise<MetricsText>;
  /**
   * Sends the spans that wait for their export, and pushes metrics where pushes are on.
   *
   * @throws {MonitoringError} ERR_FLUSH_FAILED when something could not be sent, with the causes;
   * ERR_DEADLINE_EXCEEDED when it took too long.
   */
  forceFlush(options?: DeadlineOptions): Promise<void>;
  /**
   * Flushes, closes the port and unregisters what it registered, unless something else has replaced it. Further calls
   * return the promise of the first one. From the moment of the call recording is a no-op, also for requests in flight.
   *
   * The last push has all counters and gauges of that moment. A meter provider that you passed gets them with its next
   * collection: flush it, or shut it down, after this call.
   *
   * With `metrics.lingerMillis` the port first stays open for one more scrape, and the deadline begins after that.
   *
   * @throws {MonitoringError} ERR_SHUTDOWN_FAILED when something could not be sent or closed, with the causes;
   * ERR_DEADLINE_EXCEEDED when it took too long.
   */
  shutdown(options?: DeadlineOptions): Promise<void>;
}

/** The names of the record helpers, which are the functions that the recorder's module exports. */
const HELPERS = Object.keys(recording).filter((name) => name.startsWith('record')) as (keyof Recorder)[];

/** The record helpers as methods of an object whose recorder can be removed; they do nothing after that. */
interface Forwarding extends Recorder {
  stopRecording(): void;
}

class ForwardingMethods {
  private recorder: Recorder | undefined;

  constructor(recorder?: Recorder) {
    this.recorder = recorder;
  }

  stopRecording(): void {
    this.recorder = undefined;
  }

  static {
    for (const name of HELPERS) {
      Object.defineProperty(ForwardingMethods.prototype, name, {
        value(this: ForwardingMethods, ...args: unknown[]): void {
          (this.recorder?.[name] as ((...args: unknown[]) => void) | undefined)?.(...args);
        },
        // Like any other method, so that a test may replace it.
        configurable: true,
        writable: true,
      });
    }
  }
}

/** Base class of the monitoring that users get. */
export const ForwardingRecorder = ForwardingMethods as unknown as new (recorder?: Recorder) => Forwarding;

/** The monitoring of a process in which it is disabled: all methods work and do nothing. */
export class DisabledMonitoring extends ForwardingRecorder implements Monitoring {
  readonly config: MonitoringConfig;
  readonly metricsUrl = undefined;
  private readonly onStopping: (done: Promise<void>) => void;
  private stopped = false;
  private readonly pages: MetricsPages;

  constructor(config: MonitoringConfig, pages: MetricsPages, onStopping: (done: Promise<void>) => void) {
    super();
    this.config = config;
    this.pages = pages;
    this.onStopping = onStopping;
  }

  metricsHandler(options?: MetricsHandlerOptions): RequestListener {
    return this.pages.metricsHandler(options);
  }

  metricsText(options?: MetricsTextOptions): Promise<MetricsText> {
    return this.pages.metricsText(options);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    if (!this.stopped) this.onStopping(Promise.resolve());
    this.stopped = true;
  }
}

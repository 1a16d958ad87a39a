import { ForwardingRecorder } from '../metrics/forwarding-recorder.js';
import { NOOP_RECORDER } from '../metrics/noop-recorder.js';
import type { Recorder } from '../metrics/recorder.js';
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
   * Sends what is waiting: spans, and metrics that are pushed.
   *
   * @throws {MonitoringError} ERR_FLUSH_FAILED when something could not be sent, with the causes;
   * ERR_DEADLINE_EXCEEDED when it took too long.
   */
  forceFlush(options?: DeadlineOptions): Promise<void>;
  /**
   * Flushes, closes the port and unregisters what it registered, unless something else has replaced it. Further calls
   * return the first one's promise, and recording is a no-op from the moment of the call, also for requests in flight.
   *
   * The last push has all counters and gauges of that moment. A meter provider of your own gets them too, with its next
   * collection: flush it, or shut it down, after this one.
   *
   * @throws {MonitoringError} ERR_SHUTDOWN_FAILED when something could not be sent or closed, with the causes;
   * ERR_DEADLINE_EXCEEDED when it took too long.
   */
  shutdown(options?: DeadlineOptions): Promise<void>;
}

/** The monitoring of a process where it is switched off: everything works, and nothing happens. */
export class DisabledMonitoring extends ForwardingRecorder implements Monitoring {
  readonly config: MonitoringConfig;
  readonly metricsUrl = undefined;
  private readonly onStopping: (done: Promise<void>) => void;
  private stopped = false;

  constructor(config: MonitoringConfig, onStopping: (done: Promise<void>) => void) {
    super(NOOP_RECORDER);
    this.config = config;
    this.onStopping = onStopping;
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    if (!this.stopped) this.onStopping(Promise.resolve());
    this.stopped = true;
  }
}

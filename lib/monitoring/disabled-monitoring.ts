import { ForwardingRecorder, type Monitoring } from './monitoring.js';
import type { MonitoringConfig } from './resolve-config.js';

/** Stands in where monitoring is switched off: everything works, nothing happens. */
export class DisabledMonitoring extends ForwardingRecorder implements Monitoring {
  readonly config: MonitoringConfig;
  readonly metricsUrl = undefined;
  private readonly onStopping: (done: Promise<void>) => void;
  private stopped = false;

  constructor(config: MonitoringConfig, onStopping: (done: Promise<void>) => void) {
    super();
    this.config = config;
    this.onStopping = onStopping;
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    if (!this.stopped) this.onStopping(Promise.resolve());
    this.stopped = true;
  }
}

import { initMonitoring, type Monitoring, type MonitoringOptions } from '../../lib/index.js';
import { type OtlpReceiver, type Push, startOtlpReceiver } from './otlp-receiver.js';

/** The number of one series of a GenAI metric: a counter's value, or a histogram's count. */
export interface GenAiSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A monitoring that pushes its metrics to a receiver on the loopback interface. */
export interface GenAiMonitoring {
  readonly monitoring: Monitoring;
  readonly receiver: OtlpReceiver;
  /** Pushes, and returns the GenAI metrics of the push. */
  push(): Promise<readonly GenAiSeries[]>;
  stop(): Promise<void>;
}

/** Starts monitoring with the GenAI metrics of one version, or of both. */
export async function startGenAiMonitoring(
  genAi: MonitoringOptions['genAi'],
  { metrics, ...options }: MonitoringOptions = {},
): Promise<GenAiMonitoring> {
  const receiver = await startOtlpReceiver();
  const monitoring = await initMonitoring({
    traces: { exporter: 'none' },
    genAi,
    ...options,
    metrics: {
      exporters: ['otlp'],
      port: 0,
      endpoint: receiver.endpoint,
      exportIntervalMillis: 3_600_000,
      ...metrics,
    },
  });
  return {
    monitoring,
    receiver,
    async push() {
      await monitoring.forceFlush();
      return genAiSeries(receiver.pushes.at(-1));
    },
    async stop() {
      await monitoring.shutdown();
      await receiver.close();
    },
  };
}

/** The GenAI metrics of a push. */
export function genAiSeries(push: Push = {}): readonly GenAiSeries[] {
  return Object.entries(push).flatMap(([series, value]) => {
    const [, name = '', labels = ''] = /^([^{]+)(.*)$/.exec(series) ?? [];
    return name.startsWith('gen_ai.') ? [{ name, labels: dotted(labels), value }] : [];
  });
}

/** Attributes have dots, which labels do not. */
function dotted(labels: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...labels.matchAll(/([a-z][\w.]*)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

/** The name of each series and its number, summed over the labels that are not asked for. */
export function sums(
  series: readonly GenAiSeries[],
  ...labels: readonly string[]
): Readonly<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const one of series) {
    const key = [one.name, ...labels.map((label) => one.labels[label] ?? '-')].join(' ');
    result[key] = (result[key] ?? 0) + one.value;
  }
  return result;
}

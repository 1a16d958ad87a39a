import type { Subject } from './measurement.js';

/** What a measurement has to stay within. */
export interface Bar {
  readonly name: string;
  /** The bar is on the ratio of the package to this peer; if absent, on the value of the package, in its unit. */
  readonly peer?: Subject;
  readonly atMost?: number;
  readonly atLeast?: number;
  /**
   * The measured value of a bar that is missed by more than the margin, for a reason in docs/benchmarks.md. The bar
   * stays missed in every table; `--check` fails only if the value gets worse.
   */
  readonly missedAt?: number;
}

/** `--check` allows this much more, so that a busy machine does not break it. */
export const CHECK_MARGIN = 1.5;

/** The garbage collector leaves this much behind even if nothing grows. */
const NOISE_KB = 1024;

export const BARS: readonly Bar[] = [
  { name: 'span.call', peer: 'openLLMetry', atMost: 2, missedAt: 3.5 },
  { name: 'gateway.handmade', peer: 'promClient', atLeast: 1 },
  { name: 'gateway.auto', peer: 'otel', atLeast: 1.7 },
  { name: 'record.counter', peer: 'promClient', atMost: 0.2 },
  { name: 'record.lifecycle', peer: 'promClient', atMost: 0.6 },
  { name: 'record.lifecycle', peer: 'otel', atMost: 0.2 },
  { name: 'scrape.large', peer: 'promClient', atMost: 0.5 },
  { name: 'scrape.block', atMost: 10 },
  { name: 'scrape.block.three', atMost: 10 },
  { name: 'status.sample.small', peer: 'scrape', atMost: 1.5 },
  { name: 'status.sample.large', peer: 'scrape', atMost: 1 },
  { name: 'status.history', atMost: NOISE_KB },
  { name: 'stream.tap', atMost: 2 },
  { name: 'stream.tap.iterable', atMost: 2 },
  { name: 'stream.heap', atMost: NOISE_KB },
  { name: 'startup.metrics', peer: 'otel', atMost: 1.3 },
  { name: 'startup.traces', peer: 'otel', atMost: 1.3 },
  { name: 'memory.series', peer: 'promClient', atMost: 1.2 },
  { name: 'memory.records', atMost: NOISE_KB },
  { name: 'memory.scrapes', atMost: NOISE_KB },
  { name: 'workers.small.cpu', atMost: 5 },
  { name: 'workers.small.publish', atMost: 10 },
  { name: 'workers.small.scrape', atMost: 50 },
  { name: 'workers.small.block', atMost: 10 },
  { name: 'workers.small.lost', atMost: 0 },
  { name: 'workers.large.cpu', atMost: 20 },
  { name: 'workers.large.publish', atMost: 10 },
  { name: 'workers.large.scrape', atMost: 250 },
  { name: 'workers.large.scrape', peer: 'promClient', atMost: 0.5 },
  { name: 'workers.large.block', atMost: 10 },
  { name: 'workers.large.lost', atMost: 0 },
];

import type { Subject } from './measurement.js';

/** What a measurement has to stay within. */
export interface Bar {
  readonly name: string;
  /** The bar is on the ratio of ours to this peer; absent, it is on our own value, in its unit. */
  readonly peer?: Subject;
  readonly atMost?: number;
  readonly atLeast?: number;
  /**
   * Where a bar is missed by more than the margin: what was measured, for which docs/benchmarks.md has the reason.
   * It stays missed in every table; `--check` sees to it that it gets no worse.
   */
  readonly missedAt?: number;
}

/** `--check` allows this much more, so that a busy machine does not break it. */
export const CHECK_MARGIN = 1.5;

/** Where growth has to be none, the garbage collector still leaves this much behind. */
const NOISE_KB = 1024;

export const BARS: readonly Bar[] = [
  { name: 'record.lifecycle', peer: 'promClient', atMost: 0.5 },
  { name: 'record.lifecycle', peer: 'otel', atMost: 0.2 },
  { name: 'record.counter', peer: 'promClient', atMost: 0.2 },
  { name: 'record.histogram', peer: 'otel', atMost: 1 },
  { name: 'scrape.small', peer: 'promClient', atMost: 0.5, missedAt: 1.1 },
  { name: 'scrape.large', peer: 'promClient', atMost: 0.5 },
  { name: 'scrape.small.render', peer: 'otel', atMost: 0.1 },
  { name: 'scrape.large.render', peer: 'otel', atMost: 0.1 },
  { name: 'scrape.block', atMost: 10 },
  { name: 'scrape.block.gzip', atMost: 10 },
  { name: 'scrape.block.three', atMost: 10 },
  { name: 'stream.tap', atMost: 2 },
  { name: 'stream.tap.iterable', atMost: 2 },
  { name: 'stream.tap.500', atMost: 2 },
  { name: 'stream.heap', atMost: NOISE_KB },
  { name: 'span.sampled', peer: 'otel', atMost: 1.3 },
  { name: 'span.unsampled', peer: 'otel', atMost: 1.3 },
  { name: 'startup.metrics', peer: 'otel', atMost: 1.15 },
  { name: 'startup.traces', peer: 'otel', atMost: 1.15 },
  { name: 'gateway.throughput', peer: 'off', atLeast: 0.97 },
  { name: 'gateway.handmade', peer: 'promClient', atLeast: 1 },
  { name: 'gateway.auto', peer: 'otel', atLeast: 1.7 },
  { name: 'memory.records', atMost: NOISE_KB },
  { name: 'memory.scrapes', atMost: NOISE_KB },
  { name: 'growth.record', atMost: 2 },
  { name: 'growth.scrape', atMost: 1.5 },
];

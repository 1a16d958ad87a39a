import { BARS, type Bar } from './bars.js';
import { type Measurement, SUBJECTS, type Subject } from './measurement.js';
import { type Interval, median, medianInterval, pairedRatios } from './statistics.js';

/** A median and the interval in which the true one lies. */
export interface Estimate {
  readonly value: number;
  /** Absent with too few samples. */
  readonly interval: Interval | undefined;
}

/** The figures of one measurement. */
export interface Summary {
  readonly measurement: Measurement;
  readonly values: Partial<Record<Subject, Estimate>>;
  /** Ours to each peer. */
  readonly ratios: Partial<Record<Subject, Estimate>>;
  readonly verdicts: readonly Verdict[];
}

/** What became of one bar. */
export interface Verdict {
  readonly bar: Bar;
  readonly value: number;
  readonly isMet: boolean;
}

/**
 * Makes one measurement of several runs of it, whose samples are the medians of each run: runs differ more from each
 * other, by what their process happened to compile and where its heap lies, than the rounds of one run do.
 */
export function poolRuns(runs: readonly Measurement[]): Measurement {
  const [first, ...rest] = runs;
  if (first === undefined) throw new Error('there is no run');
  if (rest.length === 0) return first;
  const samples: Partial<Record<Subject, number[]>> = {};
  for (const subject of SUBJECTS) {
    if (first.samples[subject] === undefined) continue;
    samples[subject] = runs.map((run) => median(run.samples[subject] ?? []));
  }
  return { ...first, samples };
}

/** Computes medians, paired ratios with their intervals, and what became of the bars. */
export function summarise(measurement: Measurement): Summary {
  const { samples } = measurement;
  const values: Partial<Record<Subject, Estimate>> = {};
  const ratios: Partial<Record<Subject, Estimate>> = {};
  for (const subject of SUBJECTS) {
    const theirs = samples[subject];
    if (theirs === undefined) continue;
    values[subject] = estimate(theirs);
    if (subject !== 'ours') ratios[subject] = estimate(pairedRatios(samples.ours ?? [], theirs));
  }
  const verdicts = BARS.filter(({ name }) => name === measurement.name).map((bar) => {
    const value = (bar.peer === undefined ? values.ours : ratios[bar.peer])?.value ?? Number.NaN;
    return { bar, value, isMet: isWithin(bar, value, 1) };
  });
  return { measurement, values, ratios, verdicts };
}

function estimate(samples: readonly number[]): Estimate {
  return { value: median(samples), interval: medianInterval(samples) };
}

/** Whether a value keeps to a bar that is widened by a margin. */
export function isWithin({ atMost, atLeast }: Bar, value: number, margin: number): boolean {
  if (atMost !== undefined) return value <= atMost * margin;
  return value >= (atLeast ?? Number.NaN) / margin;
}

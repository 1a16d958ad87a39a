import { BARS, type Bar } from './bars.js';
import { type Measurement, SUBJECTS, type Subject } from './measurement.js';
import { median, pairedRatio, spread } from './statistics.js';

/** What is said of one measurement. */
export interface Summary {
  readonly measurement: Measurement;
  readonly medians: Partial<Record<Subject, number>>;
  readonly spreads: Partial<Record<Subject, number>>;
  /** Ours to each peer. */
  readonly ratios: Partial<Record<Subject, number>>;
  readonly verdicts: readonly Verdict[];
}

export interface Verdict {
  readonly bar: Bar;
  readonly value: number;
  readonly isMet: boolean;
}

export function summarise(measurement: Measurement): Summary {
  const { samples } = measurement;
  const ours = samples.ours ?? [];
  const medians: Partial<Record<Subject, number>> = {};
  const spreads: Partial<Record<Subject, number>> = {};
  const ratios: Partial<Record<Subject, number>> = {};
  for (const subject of SUBJECTS) {
    const values = samples[subject];
    if (values === undefined) continue;
    medians[subject] = median(values);
    spreads[subject] = spread(values);
    if (subject !== 'ours') ratios[subject] = pairedRatio(ours, values);
  }
  const verdicts = BARS.filter(({ name }) => name === measurement.name).map((bar) => {
    const value = (bar.peer === undefined ? medians.ours : ratios[bar.peer]) ?? Number.NaN;
    return { bar, value, isMet: isWithin(bar, value, 1) };
  });
  return { measurement, medians, spreads, ratios, verdicts };
}

/** Whether a value keeps to a bar that is widened by a margin. */
export function isWithin({ atMost, atLeast }: Bar, value: number, margin: number): boolean {
  if (atMost !== undefined) return value <= atMost * margin;
  return value >= (atLeast ?? Number.NaN) / margin;
}

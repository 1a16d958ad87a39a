import { type Bar, CHECK_MARGIN } from './bars.js';
import type { Measurement, Unit } from './measurement.js';
import { barText, toNumber } from './report.js';
import { isWithin, type Summary, summarise } from './summary.js';

/** Number of runs that have to break a bar: a busy neighbour disturbs one run, not all. */
const RUNS_MAX = 3;

/** A duration depends on the machine as much as on the package: only ratios are judged everywhere. */
const TIMES: readonly Unit[] = ['ns', 'us', 'ms', 'ms/s'];

/** Result of checking one case. */
export interface CheckedCase {
  /** Of the first run. */
  readonly summaries: readonly Summary[];
  /** The bars that every run broke even with the margin, in words. */
  readonly problems: readonly string[];
}

/**
 * Measures a case and judges its bars with the margin; where one is broken the case is measured again.
 *
 * @param measureCase - measures the case once
 */
export async function checkCase(measureCase: () => Promise<readonly Measurement[]>): Promise<CheckedCase> {
  const summaries = (await measureCase()).map(summarise);
  let broken = brokenBars(summaries);
  for (let runs = 1; broken.size > 0 && runs < RUNS_MAX; runs += 1) {
    const again = brokenBars((await measureCase()).map(summarise));
    broken = new Map([...again].filter(([bar]) => broken.has(bar)));
  }
  return { summaries, problems: [...broken.values()] };
}

/** The bar that a value is checked against. */
function expected(bar: Bar): Bar {
  return bar.missedAt === undefined ? bar : { ...bar, atMost: bar.missedAt };
}

function brokenBars(summaries: readonly Summary[]): Map<Bar, string> {
  const broken = new Map<Bar, string>();
  for (const { measurement, verdicts } of summaries) {
    for (const { bar, value } of verdicts) {
      if (bar.peer === undefined && TIMES.includes(measurement.unit)) continue;
      if (isWithin(expected(bar), value, CHECK_MARGIN)) continue;
      broken.set(bar, `${measurement.name}: ${toNumber(value)}, the bar is ${barText(bar)}`);
    }
  }
  return broken;
}

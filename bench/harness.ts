import type { Effort, Subject } from './measurement.js';

/** Something to be timed. */
export interface Work {
  /** Does the work that many times. */
  readonly run: (times: number) => void | Promise<void>;
  /** Runs before each sample and is not timed. */
  readonly prepare?: (() => void | Promise<void>) | undefined;
}

export interface MeasureOptions {
  readonly effort: Effort;
  /**
   * CPU time by default: of the whole process, its garbage collector included. Wall time counts waiting too, for a
   * busy neighbour among others.
   */
  readonly clock?: 'wall' | 'cpu' | undefined;
  /** How many times the work is done in one sample; found by trying where absent. */
  readonly times?: number | undefined;
  /**
   * Turns that one sample is the mean of, one by default. The subjects alternate from turn to turn, so that a disturbance
   * that lasts longer than a turn hits all of them.
   */
  readonly repeats?: number | undefined;
  /** Rounds that are not kept; work that is done once in a sample needs many until the compiler has seen it. */
  readonly warmUpRounds?: number | undefined;
}

/** Samples in nanoseconds for one piece of work, by subject. */
export type Samples = Partial<Record<Subject, number[]>>;

const WARM_UP_ROUNDS = 3;
const TIMES_MAX = 1e8;

const CLOCKS = {
  wall: () => Number(process.hrtime.bigint()),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) * 1000;
  },
} as const;

/**
 * Times the works of several subjects in rounds: each round has one sample of each subject. The order is random in
 * each turn, so that a machine that gets slower or faster, and what the work before leaves behind, treat all alike.
 */
export async function measure(
  works: Readonly<Partial<Record<Subject, Work>>>,
  { effort, clock = 'cpu', times, repeats = 1, warmUpRounds = WARM_UP_ROUNDS }: MeasureOptions,
): Promise<Samples> {
  const now = CLOCKS[clock];
  const contestants = Object.entries(works).map(([subject, work]) => ({ subject: subject as Subject, work }));
  const timesOf = new Map<Subject, number>();
  for (const { subject, work } of contestants) {
    timesOf.set(subject, times ?? (await findTimes(work, effort.sampleMillis, now)));
  }
  const samples: Samples = {};
  for (let round = -warmUpRounds; round < effort.rounds; round += 1) {
    const elapsed = new Map<Subject, number>();
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      for (const { subject, work } of shuffled(contestants)) {
        await work.prepare?.();
        const startedAt = now();
        await work.run(timesOf.get(subject) ?? 1);
        elapsed.set(subject, (elapsed.get(subject) ?? 0) + now() - startedAt);
      }
    }
    if (round < 0) continue;
    for (const [subject, time] of elapsed) {
      samples[subject] ??= [];
      samples[subject].push(time / (timesOf.get(subject) ?? 1) / repeats);
    }
  }
  return samples;
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/**
 * Doubles the work until it fills a sample, which also warms the compiler up. The shorter of two runs counts: a
 * collection of garbage that falls into one of them would pass for work.
 */
async function findTimes(work: Work, sampleMillis: number, now: () => number): Promise<number> {
  const wantedNs = sampleMillis * 1e6;
  const timeOf = async (times: number): Promise<number> => {
    await work.prepare?.();
    const startedAt = now();
    await work.run(times);
    return now() - startedAt;
  };
  for (let times = 1; times < TIMES_MAX; times *= 2) {
    const elapsed = Math.min(await timeOf(times), await timeOf(times));
    if (elapsed >= wantedNs) return Math.max(1, Math.round((times * wantedNs) / elapsed));
  }
  return TIMES_MAX;
}

/** The samples in another unit. */
export function scaled(samples: Samples, divisor: number): Samples {
  return Object.fromEntries(
    Object.entries(samples).map(([subject, values]) => [subject, values.map((value) => value / divisor)]),
  );
}

/** The difference between the samples of each subject and those of `off`, round by round. */
export function addedTo(samples: Samples, off: readonly number[]): Samples {
  return Object.fromEntries(
    Object.entries(samples)
      .filter(([subject]) => subject !== 'off')
      .map(([subject, values]) => [subject, values.map((value, round) => value - (off[round] ?? 0))]),
  );
}

/** Collects garbage; the case processes run with `--expose-gc`. */
export function collectGarbage(): void {
  exposedGc()();
}

/** Collects what was allocated last, so that the garbage of a preparation does not fall into what is timed. */
export function collectYoungGarbage(): void {
  exposedGc()({ type: 'minor' });
}

function exposedGc(): NodeJS.GCFunction {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run with --expose-gc');
  return gc;
}

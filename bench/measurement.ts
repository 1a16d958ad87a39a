/** Who is measured: the package, and those that do the same work. */
export type Subject = 'ours' | 'promClient' | 'otel' | 'otelOpenAI' | 'openLLMetry' | 'off';

export const SUBJECTS: readonly Subject[] = [
  'ours',
  'promClient',
  'otel',
  'otelOpenAI',
  'openLLMetry',
  'off',
];

export type Unit = 'ns' | 'us' | 'ms' | 'KB' | 'req/s' | 'ratio';

/** One row of the table. The samples of one round, made right after each other, have the same index. */
export interface Measurement {
  /** Case and variant, such as `scrape.large`. */
  readonly name: string;
  readonly unit: Unit;
  readonly samples: Readonly<Partial<Record<Subject, readonly number[]>>>;
}

/** How much time a run may take. */
export interface Effort {
  /** True for `--check`: few rounds, and no peers that no bar asks for. */
  readonly quick: boolean;
  readonly rounds: number;
  /** Length of one sample of a short operation. */
  readonly sampleMillis: number;
}

export const FULL: Effort = { quick: false, rounds: 31, sampleMillis: 40 };
export const QUICK: Effort = { quick: true, rounds: 11, sampleMillis: 15 };

/** What each file in `cases/` exports as `run`. */
export type RunCase = (effort: Effort) => Promise<readonly Measurement[]>;

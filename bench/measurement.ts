/** Who is measured: the package, and those that do the same work; `scrape` is a scrape of the package. */
export type Subject = 'ours' | 'promClient' | 'otel' | 'otelOpenAI' | 'openLLMetry' | 'scrape' | 'off';

export const SUBJECTS: readonly Subject[] = [
  'ours',
  'promClient',
  'otel',
  'otelOpenAI',
  'openLLMetry',
  'scrape',
  'off',
];

export type Unit = 'ns' | 'us' | 'ms' | 'ms/s' | 'KB' | 'req/s' | 'records';

/** One row of the table. Samples of the same index are a pair, made right after each other. */
export interface Measurement {
  /** Case and variant, such as `scrape.large`. */
  readonly name: string;
  readonly unit: Unit;
  readonly samples: Readonly<Partial<Record<Subject, readonly number[]>>>;
  /** What the subjects do not do alike, as a sentence. */
  readonly unequal?: string | undefined;
}

/** How much time one run of a case may take. */
export interface Effort {
  readonly rounds: number;
  /** Length of one sample of a short operation. */
  readonly sampleMillis: number;
}

export const EFFORT: Effort = { rounds: 11, sampleMillis: 15 };

/** What each file in `cases/` exports as `run`. */
export type RunCase = (effort: Effort) => Promise<readonly Measurement[]>;

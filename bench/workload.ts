/** One provider and model that requests go to. */
export interface Target {
  readonly provider: string;
  readonly model: string;
}

const MODELS_OF_PROVIDER = 5;
const PROVIDERS_MAX = 20;

/** That many distinct targets. */
export function createTargets(count: number): readonly Target[] {
  return Array.from({ length: count }, (_, index) => ({
    provider: `provider-${Math.floor(index / MODELS_OF_PROVIDER) % PROVIDERS_MAX}`,
    model: `model-${index}-20260401`,
  }));
}

/** Latencies that fill all buckets alike, the same ones in each run. */
export const LATENCIES_MS: readonly number[] = Array.from(
  { length: 1024 },
  (_, index) => 10 ** (((index * 0.618034) % 1) ** 0.5) * 10 ** (4 * ((index * 0.381966) % 1)),
);

/** The target and latency of a record. */
export function targetAt(targets: readonly Target[], index: number): Target {
  return targets[index % targets.length] as Target;
}

export function latencyAt(index: number): number {
  return LATENCIES_MS[index & 1023] as number;
}

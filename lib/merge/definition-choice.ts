import type { MergedWorker } from './merge-table.js';
import type { Published } from './published.js';
import type { Definition, LeftOutReason } from './series-description.js';
import type { Totals } from './totals.js';

/** Which of several definitions of one metric is on the page. */
export interface DefinitionChoice {
  has(definition: Definition): boolean;
  /** Why some of a worker is left out. */
  reasons(worker: MergedWorker): ReadonlySet<LeftOutReason>;
  /** Why some of the sums of the dead is left out. */
  readonly totalReasons: ReadonlySet<LeftOutReason>;
}

/**
 * Chooses for each name the definition of the living worker that started last, and of the dead where no living worker has
 * the name. Two versions of a program that run at once may have different buckets, and only equal ones add up.
 */
export function createDefinitionChoice(
  workers: readonly (readonly [Published, MergedWorker])[],
  totals: Totals,
): DefinitionChoice {
  const chosen = new Map<string, { readonly definition: Definition; readonly startedMs: number }>();

  function offer(definition: Definition, startedMs: number): void {
    const known = chosen.get(definition.name);
    const isLater =
      known === undefined ||
      startedMs > known.startedMs ||
      // Whoever answers chooses the same one.
      (startedMs === known.startedMs && definition.key > known.definition.key);
    if (isLater) chosen.set(definition.name, { definition, startedMs });
  }

  for (const [, { description }] of workers) {
    const offered = new Set<string>();
    for (const definition of description.definitions) {
      // A page shows the first of two metrics that have the same name.
      if (!offered.has(definition.name)) offer(definition, description.worker?.startedMs ?? 0);
      offered.add(definition.name);
    }
  }
  const living = new Set(chosen.keys());
  const dead = [...totals.metrics.values()];
  for (const { definition, startedMs } of dead) {
    if (!living.has(definition.name)) offer(definition, startedMs);
  }

  const has = ({ name, key }: Definition): boolean => chosen.get(name)?.definition.key === key;

  function reasonsOf(definitions: readonly Definition[]): ReadonlySet<LeftOutReason> {
    const reasons = new Set<LeftOutReason>();
    for (const definition of definitions) {
      if (has(definition)) continue;
      reasons.add(chosen.get(definition.name)?.definition.kind === definition.kind ? 'bounds' : 'kind');
    }
    return reasons;
  }

  return {
    has,
    reasons: ({ description }) => reasonsOf(description.definitions),
    totalReasons: reasonsOf(dead.map(({ definition }) => definition)),
  };
}

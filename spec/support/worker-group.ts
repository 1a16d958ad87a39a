import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { createMerger, type MergedMetrics, type MergeInput } from '../../lib/merge/merged-metrics.js';
import type { GroupReading, Published } from '../../lib/merge/published.js';
import type { Snapshot } from '../../lib/merge/snapshot.js';
import { TOTALS, type Totals } from '../../lib/merge/totals.js';
import { createTextRenderer } from '../../lib/prometheus/render-text.js';

export { addExactly, ExactSums, type KeptSum, plus, roundSum } from '../../lib/merge/exact-sum.js';
export type { Published } from '../../lib/merge/published.js';
export { createSnapshots, type Snapshot, type Snapshots } from '../../lib/merge/snapshot.js';
export { createMerger, type GroupReading, TOTALS, type Totals };

/** A publication of a worker, as a reader of its files has it. */
export function published(id: string, { lines, values }: Snapshot, more: Partial<Published> = {}): Published {
  return { id, sequence: 1, atMs: 1000, isEnded: false, lines: [...lines], values, ...more };
}

/** What the files of a group say: living workers and, folded in their order, dead ones. */
export function readingOf(
  living: readonly Published[],
  dead: readonly Published[] = [],
  more: Partial<GroupReading<Totals>> = {},
): GroupReading<Totals> {
  return {
    living,
    totals: dead.reduce((totals, one) => TOTALS.add(totals, one), TOTALS.empty),
    deaths: { clean: 0, lost: dead.length },
    epoch: 1,
    founder: undefined,
    leftOut: { format: 0, unreadable: 0, too_many: 0 },
    ...more,
  };
}

/** Merges at once what the package merges in slices. */
export function mergeAtOnce(
  reading: GroupReading<Totals>,
  {
    merger = createMerger(),
    ...input
  }: Partial<MergeInput> & { merger?: ReturnType<typeof createMerger> } = {},
): MergedMetrics {
  const steps = merger.merge({
    reading,
    nowMs: 1000,
    wallMs: 1_790_000_000_000,
    instanceId: 'group',
    ...input,
  });
  return runToEnd(steps);
}

/** The text of a page. */
export function renderPage(metrics: ResourceMetrics): string {
  return runToEnd(createTextRenderer('text').render(metrics)).body.toString();
}

function runToEnd<Value>(steps: Generator<undefined, Value>): Value {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

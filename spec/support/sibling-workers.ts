import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSnapshots } from '../../lib/merge/snapshot.js';
import { Group } from '../../lib/workers/group.js';
import { openSharedFolder } from '../../lib/workers/shared-folder.js';
import { createMeterHarness } from './meter-harness.js';

export type { Group };

/** Workers of one group, which have joined; without ports. */
export interface SiblingWorkers {
  readonly groups: readonly Group[];
  /** Lets all leave, and removes their folder. */
  remove(): void;
}

/** Starts workers in a folder of their own. */
export async function startSiblings(count: number): Promise<SiblingWorkers> {
  const workersDir = mkdtempSync(join(tmpdir(), 'llm-edge-'));
  const groups: Group[] = [];
  for (let index = 0; index < count; index += 1) {
    const shared = openSharedFolder(
      { host: 'localhost', port: 9464, workersDir },
      { 'service.name': 'spec' },
    );
    if (shared === undefined) throw new Error('there is no folder for workers');
    const { provider, reader } = createMeterHarness();
    provider.getMeter('spec').createCounter('records').add(1);
    const group = new Group(shared, {
      collector: reader,
      collectNow: () => undefined,
      timeoutMillis: 10_000,
      snapshots: createSnapshots(),
      budgets: undefined,
      instanceId: String(index),
    });
    await group.join();
    groups.push(group);
  }
  return {
    groups,
    remove() {
      for (const group of groups) group.leave();
      rmSync(workersDir, { recursive: true, force: true });
    },
  };
}

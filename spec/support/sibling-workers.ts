import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSnapshots } from '../../lib/merge/snapshot.js';
import type { Collector } from '../../lib/prometheus/scraper.js';
import { Group } from '../../lib/workers/group.js';
import { openSharedFolder } from '../../lib/workers/shared-folder.js';
import { collectNow, createMeterHarness } from './meter-harness.js';

export type { Group };

/** Workers of one group, which have joined; without ports. */
export interface SiblingWorkers {
  readonly groups: readonly Group[];
  /** Opens their folder for one more, which has recorded something and has not joined. */
  open(collector?: Collector): Group;
  /** The names of all files that they share. */
  files(): readonly string[];
  /** Removes all files, as a program that clears temporary files away does. */
  clear(): void;
  /** Lets all leave, and removes their folder. */
  remove(): void;
}

/** Starts workers in a folder of their own. */
export async function startSiblings(count: number): Promise<SiblingWorkers> {
  const workersDir = mkdtempSync(join(tmpdir(), 'llm-edge-'));
  const groups: Group[] = [];
  const open = (collector?: Collector): Group => {
    const shared = openSharedFolder(
      { host: 'localhost', port: 9464, workersDir },
      { 'service.name': 'spec' },
    );
    if (shared === undefined) throw new Error('there is no folder for workers');
    const { provider, reader } = createMeterHarness();
    provider.getMeter('spec').createCounter('records').add(1);
    const group = new Group(shared, {
      collector: collector ?? reader,
      collectNow: () => collectNow(provider, reader),
      timeoutMillis: 10_000,
      snapshots: createSnapshots(),
      budgets: undefined,
      instanceId: String(groups.length),
    });
    groups.push(group);
    return group;
  };
  for (let index = 0; index < count; index += 1) await open().join();
  return {
    groups,
    open,
    files: () => readdirSync(workersDir, { recursive: true }).map(String),
    clear() {
      for (const name of readdirSync(workersDir)) rmSync(join(workersDir, name), { recursive: true });
    },
    remove() {
      for (const group of groups) group.leave();
      rmSync(workersDir, { recursive: true, force: true });
    },
  };
}

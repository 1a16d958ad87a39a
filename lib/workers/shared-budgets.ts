import { createHash } from 'node:crypto';
import type { WindowBounds } from '../budgets/budget-windows.js';
import type { Budgets } from '../budgets/budgets.js';
import type { Ledger } from '../budgets/ledger.js';
import { messageOf } from '../errors.js';
import { logger } from '../logger.js';
import { EndedSpendings } from './ended-spendings.js';
import { SpendingSums } from './spending-sums.js';
import { decodeSpent, encodeSpent, type SpentFile } from './spent-file.js';
import type { Store } from './store.js';

/** More files than that are not read. */
const FILES_MAX = 1024;
/** When there are more files of workers that have shut down, they become lines of one file. */
const FINAL_FILES_MAX = 32;
/** Files are kept after their windows have ended, for a clock that is set back a little. */
const KEPT_AFTER_END_MS = 3_600_000;
const SPENT_NAME = /^spent\.[\w-]{1,64}$/;
const CLAIM_NAME = /^claim\.(\d{1,16})\.[0-9a-f]{16}$/;

/** The budgets of a machine, as one worker knows them. Nothing here throws. */
export interface SharedBudgets {
  readonly ledger: Ledger;
  /** Publishes what was spent here, reads what others spent, and calls the thresholds that they passed together. */
  refresh(budgets: Budgets): void;
  /**
   * Publishes what was spent here, if that has changed.
   *
   * @param isFinal - whether the worker ends. What it spent counts until the windows end.
   */
  publish(budgets: Budgets, isFinal?: boolean): void;
  /**
   * Reads what the others of an epoch have spent, and removes what was spent before the group began anew. Called when the
   * worker joins, and when the epoch changes.
   */
  setEpoch(epoch: number): void;
}

interface SharedBudgetsOptions {
  /** Of this process, for as long as it runs: one that gets a new life has spent its money once. */
  readonly id: string;
  readonly epoch: number;
  /** Milliseconds since the epoch of the calendar. */
  readonly now?: () => number;
}

/** Creates one worker's view of the budgets of its machine. */
export function createSharedBudgets(store: Store, options: SharedBudgetsOptions): SharedBudgets {
  const { id, now = () => Date.now() } = options;
  const ownName = `spent.${id}`;
  let { epoch } = options;
  let written: Buffer | undefined;
  /** The last readable state of each other worker's file, of those that are gone too. */
  const readings = new Map<string, SpentFile>();
  let ended = new EndedSpendings(store, epoch);
  let others = new SpendingSums();
  /** Whether files of ended workers become lines, until that fails. */
  let gathers = true;
  const told = new Set<string>();

  function tell(text: string): void {
    if (told.has(text)) return;
    told.add(text);
    logger().warn(text);
  }

  const isOver = ({ endMs }: Pick<WindowBounds, 'endMs'>): boolean => endMs + KEPT_AFTER_END_MS <= now();

  function publish(budgets: Budgets, isFinal = false): void {
    const spendings = budgets.spendings().filter((spending) => !isOver(spending));
    if (spendings.length === 0) return;
    const bytes = encodeSpent({ epoch, isFinal, spendings });
    if (bytes === undefined) {
      tell('there are too many budgets to share them between workers');
      return;
    }
    if (written?.equals(bytes) === true) return;
    try {
      store.write(ownName, bytes);
      written = bytes;
    } catch (error) {
      // Half of it may have been written.
      written = undefined;
      tell(`other workers do not know what this one spends of budgets: ${messageOf(error)}`);
    }
  }

  function list(): readonly string[] {
    try {
      return store.list();
    } catch {
      // Without a folder, the last readings hold.
      return [];
    }
  }

  function remove(name: string): void {
    try {
      store.remove(name);
    } catch {
      // A small file that is left does no harm, and the next second tries again.
    }
  }

  function readOthers(names: readonly string[]): void {
    const files = names.filter((name) => name !== ownName && SPENT_NAME.test(name));
    const known = files.filter((name) => readings.has(name));
    const unknown = files.filter((name) => !readings.has(name));
    const places = Math.max(0, FILES_MAX - readings.size);
    if (unknown.length > places) {
      tell(
        `there are more than ${FILES_MAX} files of workers with budgets: the spending of some is not counted`,
      );
    }
    for (const name of [...known, ...unknown.slice(0, places)]) readOther(name);
    gatherEnded(known.filter((name) => readings.get(name)?.isFinal === true));
    for (const [name, { spendings }] of readings) {
      const isKept = !ended.has(idOf(name)) && !spendings.every(isOver);
      if (isKept) continue;
      readings.delete(name);
      remove(name);
    }
  }

  /** Makes lines of files that never change again. A worker that does so at the same time writes the same lines. */
  function gatherEnded(names: readonly string[]): void {
    try {
      ended.read(isOver);
      if (!gathers || names.length <= FINAL_FILES_MAX) return;
      for (const name of names) ended.add(idOf(name), readings.get(name)?.spendings ?? []);
      ended.read(isOver);
      if (!names.every((name) => ended.has(idOf(name)))) throw new Error('the lines cannot be read');
    } catch (error) {
      // The files stay, and count.
      gathers = false;
      tell(`the spending of ended workers stays in a file for each: ${messageOf(error)}`);
    }
  }

  function readOther(name: string): void {
    if (readings.get(name)?.isFinal === true) return;
    const bytes = store.read(name);
    const file = bytes && decodeSpent(bytes);
    // What is half written now is whole in the next second.
    if (file === undefined) return;
    if (file.epoch === epoch) readings.set(name, file);
    else if (file.epoch < epoch) remove(name);
  }

  function look(names: readonly string[]): void {
    readOthers(names);
    others = new SpendingSums();
    for (const { spendings } of readings.values()) for (const spending of spendings) others.add(spending);
    removeOld(names);
  }

  function removeOld(names: readonly string[]): void {
    for (const name of names) {
      const endMs = CLAIM_NAME.exec(name)?.[1];
      const isOld = endMs !== undefined && isOver({ endMs: Number(endMs) });
      if (isOld || EndedSpendings.isOlder(name, epoch)) remove(name);
    }
  }

  function claimName(budget: string, { startMs, endMs }: WindowBounds, threshold: number): string {
    const facts = JSON.stringify([epoch, budget, startMs, endMs, threshold]);
    return `claim.${endMs}.${createHash('sha256').update(facts).digest('hex').slice(0, 16)}`;
  }

  return {
    ledger: {
      totalUsd(budget, window, ownUsd) {
        const own = { usd: ownUsd, restUsd: 0 };
        const { usd, restUsd } = others.addTo(ended.sums.addTo(own, budget, window), budget, window);
        return usd + restUsd;
      },
      claims(budget, window, threshold) {
        const name = claimName(budget, window, threshold);
        // A clock without a valid date has windows whose claims would never be removed.
        if (!CLAIM_NAME.test(name)) return true;
        try {
          // A worker without company claims as well, and only then looks at the folder.
          removeOld(list());
          return store.create(name, Buffer.from(`${id}\n`));
        } catch (error) {
          tell(`a budget's threshold may be called in several workers: ${messageOf(error)}`);
          return true;
        }
      },
    },
    refresh(budgets) {
      const names = list();
      // A cleaner of temporary files removed it, or another worker took it for one of an earlier epoch.
      if (!names.includes(ownName)) written = undefined;
      publish(budgets);
      look(names);
      budgets.callThresholds();
    },
    publish,
    setEpoch(next) {
      if (next !== epoch) {
        epoch = next;
        readings.clear();
        ended = new EndedSpendings(store, epoch);
        gathers = true;
      }
      look(list());
    },
  };
}

function idOf(name: string): string {
  return name.slice('spent.'.length);
}

import { createHash } from 'node:crypto';
import type { WindowBounds } from '../budgets/budget-windows.js';
import type { Budgets } from '../budgets/budgets.js';
import type { Ledger, WindowSpending } from '../budgets/ledger.js';
import { messageOf } from '../errors.js';
import { logger } from '../logger.js';
import { decodeSpent, encodeSpent, type SpentFile } from './spent-file.js';
import type { Store } from './store.js';

/** More files than that are not read: most are those of workers that died in the current windows. */
const FILES_MAX = 1024;
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
  /** Forgets what was spent before the group began anew. */
  setEpoch(epoch: number): void;
}

interface SharedBudgetsOptions {
  /** Of this process, for as long as it runs: one that gets a new life has spent its money once. */
  readonly id: string;
  readonly epoch: number;
  /** Milliseconds since the epoch of the calendar. */
  readonly now?: () => number;
}

/** A sum with what its rounding left out. */
interface MoneySum {
  usd: number;
  restUsd: number;
}

type OthersSpending = WindowBounds & MoneySum;

/** Creates one worker's view of the budgets of its machine. */
export function createSharedBudgets(store: Store, options: SharedBudgetsOptions): SharedBudgets {
  const { id, now = () => Date.now() } = options;
  const ownName = `spent.${id}`;
  let { epoch } = options;
  let written: Buffer | undefined;
  /** The last readable state of each other worker's file, of those that are gone too. */
  const readings = new Map<string, SpentFile>();
  let others = new Map<string, OthersSpending[]>();
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
    if (files.length > FILES_MAX) {
      tell(
        `there are more than ${FILES_MAX} files of workers with budgets: the spending of some is not counted`,
      );
    }
    for (const name of [...known, ...unknown.slice(0, Math.max(0, FILES_MAX - known.length))])
      readOther(name);
    for (const [name, { spendings }] of readings) {
      if (!spendings.every(isOver)) continue;
      readings.delete(name);
      remove(name);
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

  function claimName(budget: string, { startMs, endMs }: WindowBounds, threshold: number): string {
    const facts = JSON.stringify([epoch, budget, startMs, endMs, threshold]);
    return `claim.${endMs}.${createHash('sha256').update(facts).digest('hex').slice(0, 16)}`;
  }

  return {
    ledger: {
      totalUsd(budget, { startMs, endMs }, ownUsd) {
        const sum = others.get(budget)?.find((one) => one.startMs === startMs && one.endMs === endMs);
        return sum === undefined ? ownUsd : totalOf(plus(sum, ownUsd));
      },
      claims(budget, window, threshold) {
        const name = claimName(budget, window, threshold);
        // A clock without a valid date has windows whose claims would never be removed.
        if (!CLAIM_NAME.test(name)) return true;
        try {
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
      readOthers(names);
      others = sumsOf([...readings.values()].flatMap(({ spendings }) => spendings));
      for (const name of names) {
        const endMs = CLAIM_NAME.exec(name)?.[1];
        if (endMs !== undefined && isOver({ endMs: Number(endMs) })) remove(name);
      }
      budgets.callThresholds();
    },
    publish,
    setEpoch(next) {
      if (next === epoch) return;
      epoch = next;
      readings.clear();
      others = new Map();
    },
  };
}

function sumsOf(spendings: readonly WindowSpending[]): Map<string, OthersSpending[]> {
  const sums = new Map<string, OthersSpending[]>();
  for (const { budget, startMs, endMs, spentUsd } of spendings) {
    const windows = sums.get(budget) ?? [];
    sums.set(budget, windows);
    const known = windows.find((one) => one.startMs === startMs && one.endMs === endMs);
    if (known === undefined) windows.push({ startMs, endMs, usd: spentUsd, restUsd: 0 });
    else Object.assign(known, plus(known, spentUsd));
  }
  return sums;
}

/** Adds an amount; ten amounts of 0.1 are 1. */
function plus({ usd, restUsd }: MoneySum, addedUsd: number): MoneySum {
  const sum = usd + addedUsd;
  const [larger, smaller] = usd >= addedUsd ? [usd, addedUsd] : [addedUsd, usd];
  return { usd: sum, restUsd: restUsd + (larger - sum + smaller) };
}

function totalOf({ usd, restUsd }: MoneySum): number {
  return usd + restUsd;
}

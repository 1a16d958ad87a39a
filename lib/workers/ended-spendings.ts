import type { WindowBounds } from '../budgets/budget-windows.js';
import type { WindowSpending } from '../budgets/ledger.js';
import { readAppendedLines } from './appended-lines.js';
import { SpendingSums } from './spending-sums.js';
import { readSpendings, rowsOf, SPENT_BYTES_MAX } from './spent-file.js';
import type { Store } from './store.js';

const BOUNDS = { lineBytes: 2 * SPENT_BYTES_MAX, fileBytes: 16 * 1024 * 1024 } as const;
const NAME = /^ended\.(\d{1,15})$/;

/**
 * What workers spent that have shut down, in one file: one line for each, by its id, so that a line which is there twice
 * counts once, and so does a worker whose own file is still there.
 */
export class EndedSpendings {
  readonly sums = new SpendingSums();
  private readonly store: Store;
  private readonly name: string;
  private lines: () => readonly string[] | undefined;
  private readonly ids = new Set<string>();

  constructor(store: Store, epoch: number) {
    this.store = store;
    this.name = `ended.${epoch}`;
    this.lines = this.open();
  }

  private open(): () => readonly string[] | undefined {
    return readAppendedLines(this.store, this.name, BOUNDS);
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  /** Whether a file has the lines of an earlier epoch. */
  static isOlder(name: string, epoch: number): boolean {
    const of = NAME.exec(name)?.[1];
    return of !== undefined && Number(of) < epoch;
  }

  /** Writes the line of a worker; throws what the system throws. */
  add(id: string, spendings: readonly WindowSpending[]): void {
    // The line feed before it ends a line that a full disk cut off.
    this.store.append(this.name, Buffer.from(`\n${JSON.stringify([id, rowsOf(spendings)])}\n`));
  }

  /** Reads what was added since. Throws when the file is too large. */
  read(isOver: (window: WindowBounds) => boolean): void {
    let lines = this.lines();
    if (lines === undefined) {
      // Somebody removed or replaced the file. What was read from it counts on.
      this.lines = this.open();
      lines = this.lines();
    }
    for (const line of lines ?? []) {
      const [id, spendings] = parse(line) ?? [];
      if (id === undefined || spendings === undefined || this.ids.has(id)) continue;
      this.ids.add(id);
      for (const spending of spendings) if (!isOver(spending)) this.sums.add(spending);
    }
    this.sums.drop(isOver);
  }
}

function parse(line: string): readonly [string, readonly WindowSpending[]] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!Array.isArray(value)) return undefined;
    const [id, rows] = value as readonly unknown[];
    const spendings = readSpendings(rows);
    return typeof id !== 'string' || spendings === undefined ? undefined : [id, spendings];
  } catch {
    // A line of somebody else, or one that a full disk cut off.
    return undefined;
  }
}

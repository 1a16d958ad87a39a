import { messageOf } from '../errors.js';
import { logger } from '../logger.js';
import { type Admission, NAME_LISTS, type NameList } from '../metrics/admission.js';
import { detached } from '../metrics/label-limits.js';
import { readAppendedLines } from './appended-lines.js';
import type { Store } from './store.js';

/** The largest limit of a list; further keys in a file are ignored. */
const KEYS_MAX = 100_000;
/** A call is named by up to five names of 200 characters, which JSON may write with six characters each. */
const KEY_LENGTH_MAX = 2048;
const BOUNDS = { lineBytes: 8192, fileBytes: 16 * 1024 * 1024 } as const;
const FILE_NAME = /^names\.(\d{1,15})$/;
const fileOf = (epoch: number): string => `names.${epoch}`;

/** The admission of all workers of a group: a list in a file, in which the first ones of each kind get a name. */
export interface SharedNames extends Admission {
  /**
   * Goes on with the list of another epoch, and enters there what got a name here. Until the first call of a worker
   * that was created without an epoch, it decides alone. Never throws.
   */
  rebase(epoch: number): void;
  /** Learns the names of others, so that they cost no reading at their first sight here. Never throws. */
  refresh(): void;
}

interface Entry {
  readonly list: NameList;
  readonly key: string;
}

/** The place of each key among those of its list. */
type Places = Readonly<Record<NameList, Map<string, number>>>;

/** Returns the epoch of the latest list in a folder. */
export function epochOfNames(store: Store): number | undefined {
  const epochs = store.list().flatMap((name) => FILE_NAME.exec(name)?.[1] ?? []);
  return epochs.length === 0 ? undefined : Math.max(...epochs.map(Number));
}

/**
 * Creates the admission of one worker. Workers with other limits than the rest apply theirs to the same list.
 *
 * When the file cannot be read or written, the worker decides alone until the group begins anew: the names of the list
 * so far keep their places, and what it admits after them may be `other` in the next worker.
 *
 * @param epoch - `undefined` until it is known.
 */
export function createSharedNames(store: Store, epoch: number | undefined): SharedNames {
  let places = noPlaces();
  /** What got a name here. */
  const own = new Map<string, Entry>();
  let file: { readonly name: string; readonly read: () => readonly string[] | undefined } | undefined;
  let isTold = false;

  /** Opens the list of an epoch, and adds the given entries where it lacks them. */
  function begin(name: string, entries: readonly Entry[]): void {
    file = { name, read: readAppendedLines(store, name, BOUNDS) };
    places = noPlaces();
    attempt(() => {
      learn();
      const isMissing = ({ list, key }: Entry): boolean => !places[list].has(key);
      enter(entries.filter(isMissing));
      if (entries.some(isMissing)) throw new Error(`${name} cannot be read`);
    });
    for (const entry of entries) append(entry);
  }

  /** Writes entries with one write, and reads what that and others' made of the list. */
  function enter(entries: readonly Entry[]): void {
    if (file === undefined || entries.length === 0) return;
    // The line feed before them ends a line that a full disk cut off.
    const lines = entries.map(({ list, key }) => `${JSON.stringify([list, key])}\n`);
    store.append(file.name, Buffer.from(`\n${lines.join('')}`));
    learn();
  }

  /** Returns false if the file is gone, or another one. */
  function learn(): boolean {
    const lines = file?.read();
    for (const line of lines ?? []) {
      const entry = parse(line);
      if (entry !== undefined) append(entry);
    }
    return lines !== undefined;
  }

  function append({ list, key }: Entry): void {
    const keys = places[list];
    if (keys.size < KEYS_MAX && !keys.has(key)) keys.set(key, keys.size);
  }

  /** Does what needs the file; if that fails, the worker decides alone. */
  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      file = undefined;
      if (isTold) return;
      isTold = true;
      logger().warn(
        `the limits of labels are kept apart from those of the other workers: ${messageOf(error)}. A name may be "other" in one worker only.`,
      );
    }
  }

  /** Writes the list again after somebody removed or replaced its file: all who do so write it in one order. */
  function restore(...added: readonly Entry[]): void {
    if (file === undefined) return;
    const known = NAME_LISTS.flatMap((list) => [...places[list].keys()].map((key) => ({ list, key })));
    begin(file.name, [...known, ...added]);
  }

  function place(entry: Entry): number | undefined {
    const { list, key } = entry;
    attempt(() => enter([entry]));
    if (file !== undefined && !places[list].has(key)) restore(entry);
    if (file === undefined) append(entry);
    return places[list].get(key);
  }

  function removeBefore(next: number): void {
    try {
      for (const name of store.list()) {
        const of = FILE_NAME.exec(name)?.[1];
        if (of !== undefined && Number(of) < next) store.remove(name);
      }
    } catch {
      // A file that is left is small, and the next epoch tries again.
    }
  }

  if (epoch !== undefined) begin(fileOf(epoch), []);

  return {
    admits(list, key, limit) {
      const keys = places[list];
      const known = keys.get(key);
      // A full list is final, so that a name which is not in it costs no look at the file.
      const at = known ?? (keys.size < limit ? place({ list, key: detached(key) }) : undefined);
      if (at === undefined || at >= limit) return false;
      own.set(list + key, { list, key: detached(key) });
      return true;
    },
    rebase(next) {
      begin(fileOf(next), [...own.values()]);
      removeBefore(next);
    },
    refresh() {
      attempt(() => {
        if (file !== undefined && !learn()) restore();
      });
    },
  };
}

function noPlaces(): Places {
  const entries = NAME_LISTS.map((list) => [list, new Map<string, number>()]);
  return Object.fromEntries(entries) as Places;
}

function parse(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!Array.isArray(value) || value.length !== 2) return undefined;
    const [list, key] = value as readonly unknown[];
    const known = NAME_LISTS.find((one) => one === list);
    if (known === undefined || typeof key !== 'string' || key.length > KEY_LENGTH_MAX) return undefined;
    return { list: known, key };
  } catch {
    // A line of somebody else, or one that a full disk cut off.
    return undefined;
  }
}

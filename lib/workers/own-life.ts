import { checksum } from './checksum.js';
import { lifeFile } from './file-names.js';
import type { Store } from './store.js';
import { encodeValues } from './values-file.js';

/** One publication that a life still remembers: the last two are in its files. */
interface Publication {
  readonly sequence: number;
  /** As they were passed, before anything was subtracted. */
  readonly values: Float64Array;
  readonly bytes: Buffer;
}

/** What one life of this worker writes: values into two files in turn, and the description that they refer to. */
export interface OwnLife {
  readonly id: string;
  /** The values that earlier lives have published, which this one leaves out. */
  readonly baseline: Float64Array | undefined;
  /** Whether its socket and what it has published are still there, by a list of the folder. */
  isThere(names: ReadonlySet<string>): boolean;
  /** Whether its last values are still there. */
  isWritten(names: ReadonlySet<string>): boolean;
  /** Writes what is new. After a failure, the publication before is still whole. */
  write(
    names: ReadonlySet<string>,
    lines: readonly string[],
    values: Float64Array,
    atMs: number,
    isEnded: boolean,
  ): void;
  /** All that was published up to a publication, earlier lives included; up to the last one if that one is not known. */
  published(sequence?: number): Float64Array | undefined;
}

/** Takes away from values what earlier lives have published. */
export type Subtract = (
  lines: readonly string[],
  values: Float64Array,
  baseline: Float64Array,
) => Float64Array;

const slotOf = (sequence: number): 'v0' | 'v1' => (sequence % 2 === 0 ? 'v0' : 'v1');

const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code));

export function createOwnLife(
  store: Store,
  id: string,
  subtract: Subtract,
  baseline: Float64Array | undefined,
): OwnLife {
  const description = lifeFile('d', id);
  let last: Publication | undefined;
  let beforeLast: Publication | undefined;
  let described = { lines: 0, bytes: 0, checksum: 0 };
  let isDescribed = true;

  function describe(lines: readonly string[]): void {
    const from = isDescribed ? described.lines : 0;
    if (isDescribed && lines.length === from) return;
    const text = lines.slice(from).map((line) => `${line}\n`);
    const bytes = Buffer.from(text.join(''));
    // A disk that is full may take a part of it. The next time, all of it is written over what is there.
    const isWhole = !isDescribed;
    isDescribed = false;
    if (isWhole) store.write(description, bytes);
    else store.append(description, bytes);
    const before = isWhole ? { bytes: 0, checksum: 0 } : described;
    described = {
      lines: lines.length,
      bytes: before.bytes + bytes.length,
      checksum: checksum(bytes, before.checksum),
    };
    isDescribed = true;
  }

  const isWritten = (names: ReadonlySet<string>): boolean =>
    last === undefined || names.has(lifeFile(slotOf(last.sequence), id));

  return {
    id,
    baseline,
    isThere(names) {
      // Without a socket, others take this life for dead, and what it writes from now on may be lost.
      return names.has(lifeFile('s', id)) && isWritten(names);
    },
    isWritten,
    write(names, lines, values, atMs, isEnded) {
      // Programs that clear temporary files away take old ones, and this one is seldom written.
      if (!names.has(description) && described.bytes > 0) isDescribed = false;
      let problem: unknown;
      try {
        describe(lines);
      } catch (error) {
        // What is described already has its place on the disk, and is published all the same.
        if (described.bytes === 0 || !isDiskFull(error)) throw error;
        problem = error;
      }
      const sequence = (last?.sequence ?? 0) + 1;
      const own = baseline === undefined ? values : subtract(lines, values, baseline);
      const bytes = encodeValues(id, { sequence, atMs, isEnded, described }, own, beforeLast?.bytes);
      const kept =
        beforeLast?.values.length === values.length ? beforeLast.values : new Float64Array(values.length);
      kept.set(values);
      // From here on, the memory and the file of the publication before the last one hold something else.
      beforeLast = undefined;
      store.write(lifeFile(slotOf(sequence), id), bytes);
      beforeLast = last;
      last = { sequence, values: kept, bytes };
      if (problem !== undefined) throw problem;
    },
    published(sequence) {
      const isBefore = beforeLast !== undefined && beforeLast.sequence === sequence;
      return (isBefore ? beforeLast : last)?.values ?? baseline;
    },
  };
}

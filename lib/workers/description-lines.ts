import { checksum } from './checksum.js';
import { lifeFile } from './file-names.js';
import type { Store } from './store.js';
import type { ValuesHeader } from './values-file.js';

const LINE_BYTES_MAX = 64 * 1024;
const LINES_MAX = 200_000;

/** The description of one life as far as it has been read. It is only ever added to. */
interface Description {
  bytes: number;
  checksum: number;
  readonly lines: string[];
}

/** Reads the description that values refer to, and of each file only what is new. */
export interface Descriptions {
  /** Returns `undefined` where the file does not hold what the values refer to. */
  read(id: string, described: ValuesHeader['described']): readonly string[] | undefined;
  forget(id: string): void;
}

export function createDescriptions(store: Store): Descriptions {
  const known = new Map<string, Description>();

  function readNew(
    id: string,
    { lines, ...before }: Description,
    described: ValuesHeader['described'],
  ): Description | undefined {
    const more = store.readFrom(lifeFile('d', id), before.bytes)?.subarray(0, described.bytes - before.bytes);
    if (more === undefined || before.bytes + more.length !== described.bytes) return undefined;
    if (checksum(more, before.checksum) !== described.checksum) return undefined;
    const added = more.toString().split('\n');
    // The last line ends as well.
    if (added.pop() !== '' || lines.length + added.length > LINES_MAX) return undefined;
    if (added.some((line) => line.length > LINE_BYTES_MAX)) return undefined;
    for (const line of added) lines.push(line);
    return { ...described, lines };
  }

  return {
    read(id, described) {
      const before = known.get(id);
      const isSame = before?.bytes === described.bytes && before.checksum === described.checksum;
      if (isSame) return before.lines;
      const isMore = before !== undefined && before.bytes < described.bytes;
      const now =
        (isMore ? readNew(id, before, described) : undefined) ??
        readNew(id, { bytes: 0, checksum: 0, lines: [] }, described);
      if (now !== undefined) known.set(id, now);
      return now?.lines;
    },
    forget: (id) => known.delete(id),
  };
}

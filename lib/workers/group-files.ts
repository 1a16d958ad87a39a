import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Arithmetic, GroupReading, Published, UnreadReason } from '../merge/published.js';
import { type Dead, encodeDead, type Folded } from './dead-file.js';
import { createDeadReader, highestOf } from './dead-reader.js';
import { createDescriptions } from './description-lines.js';
import { deadFile, generationOf, idOf, idsWith, isDraft, lifeFile } from './file-names.js';
import { createOwnLife, type OwnLife, type Subtract } from './own-life.js';
import { readValues } from './read-values.js';
import type { Store } from './store.js';

/** What the dead of a group are known by. */
export interface FoldedLives {
  /** The generation of the sums of the dead; 0 where there are none. */
  readonly n: number;
  /** The lives that have been folded of late. */
  readonly ids: ReadonlySet<string>;
  readonly epoch: number;
  readonly founder: string | undefined;
}

/** What a worker does with the files of its group. */
export interface GroupFiles<Totals> {
  /** The id of the current life. */
  readonly id: string;
  /**
   * Writes the own values. Where somebody has removed the files of this life, or its socket, goes on under a new id with
   * what nobody has counted yet.
   *
   * @param lines - the whole description so far.
   * @throws what the system throws, such as ENOSPC; what was published before is still there.
   */
  publish(lines: readonly string[], values: Float64Array, atMs: number, isEnded?: boolean): void;
  /** Reads what everybody has published, this worker included. */
  read(): GroupReading<Totals>;
  /**
   * Adds the last publications of dead lives to the sums of the dead; without a dead life, writes the sums anew, so that
   * no program takes them for old files. Any number of workers may do so at once: one of them does it.
   *
   * @returns whether this worker has done it.
   */
  fold(deadIds: readonly string[]): boolean;
  /**
   * Begins a new epoch without the sums so far, and without the lives that are named. Fails if somebody has folded since
   * this worker read the sums of the dead last.
   */
  beginAnew(deadIds: readonly string[], founder: string): boolean;
  /** Whether somebody has cleared away the sums of the dead that this worker has read. */
  areDeadGone(): boolean;
  /** The other lives that have a socket or values, and are not folded. */
  others(): readonly string[];
  folded(): FoldedLives;
  /** When somebody published last, in milliseconds of the monotonic clock; `undefined` where nobody has. */
  newestAtMs(): number | undefined;
  /** Removes the marks of this worker. What it has published stays until it is folded. */
  leave(): void;
}

export interface GroupFilesOptions {
  readonly id: string;
  /** Makes the id of a new life, and listens under it before it returns. */
  newId(): string;
  readonly subtract: Subtract;
  /**
   * Generations for which the ids of the folded are kept. A reader that missed as many of them reads again.
   *
   * @defaultValue 32
   */
  readonly generationsKept?: number;
}

const GENERATIONS_KEPT = 32;
const IDS_MAX = INPUT_LIMITS.workers.value;
const READS_MAX = 8;

type Found = Published | UnreadReason | 'missing';

/** The files that the workers of one group share, in a folder of their own. */
export function createGroupFiles<Totals>(
  store: Store,
  arithmetic: Arithmetic<Totals>,
  { id, newId, subtract, generationsKept = GENERATIONS_KEPT }: GroupFilesOptions,
): GroupFiles<Totals> {
  const descriptions = createDescriptions(store);
  const readings = new Map<string, Published>();
  const reader = createDeadReader(store, arithmetic);
  let life = createOwnLife(store, id, subtract, undefined);

  /** The values that a life after the current one has to leave out. */
  function baselineAfter(before: OwnLife, names: ReadonlySet<string>): Float64Array | undefined {
    const isValueThere = names.has(lifeFile('v0', before.id)) || names.has(lifeFile('v1', before.id));
    const { dead } = reader.list();
    const folded = dead.folded.get(before.id);
    // Folded as it was at one of its last publications, which need not be the very last.
    if (folded !== undefined)
      return folded.sequence > 0 ? before.published(folded.sequence) : before.baseline;
    // Only the socket is gone: the values wait to be folded.
    if (before.isWritten(names)) return before.published();
    if (isValueThere) {
      // What is left of the old life must not be counted beside the new one.
      store.remove(lifeFile('v0', before.id));
      store.remove(lifeFile('v1', before.id));
    }
    return dead.generation > 0 ? before.baseline : undefined;
  }

  function publish(lines: readonly string[], values: Float64Array, atMs: number, isEnded = false): void {
    const names = new Set(store.list());
    if (!life.isThere(names)) life = createOwnLife(store, newId(), subtract, baselineAfter(life, names));
    life.write(names, lines, values, atMs, isEnded);
  }

  function readLife(of: string): Found {
    const found = readValues(store, of);
    if (typeof found === 'string') return found;
    const { described, ...values } = found;
    const lines = descriptions.read(of, described);
    if (lines === undefined) return 'unreadable';
    const published = { id: of, lines, ...values };
    readings.set(of, published);
    return published;
  }

  function forgetAllBut(names: readonly string[]): void {
    const there = idsWith(names, ['v0', 'v1']);
    for (const of of readings.keys()) {
      if (there.has(of)) continue;
      readings.delete(of);
      descriptions.forget(of);
    }
  }

  function read(): GroupReading<Totals> {
    for (let left = READS_MAX; ; left -= 1) {
      const before = reader.list();
      const ids = [...idsWith(before.names, ['v0', 'v1'])].filter((each) => !before.dead.folded.has(each));
      const found = new Map<string, Found>();
      for (const each of ids.slice(0, IDS_MAX)) found.set(each, readLife(each));
      const after = reader.list();
      const { folded, generation, deaths, epoch, founder, totals } = after.dead;
      for (const each of folded.keys()) found.delete(each);
      const isMissing = [...found.values()].includes('missing');
      const isLate = generation - before.dead.generation >= generationsKept;
      if (left > 1 && (isMissing || isLate)) continue;
      const leftOut = { format: 0, unreadable: 0, too_many: Math.max(0, ids.length - IDS_MAX) };
      if (after.problem !== undefined) leftOut[after.problem] += 1;
      const living: Published[] = [];
      for (const [each, one] of found) {
        const published = typeof one === 'string' ? readings.get(each) : one;
        if (typeof one === 'string') leftOut[one === 'missing' ? 'unreadable' : one] += 1;
        if (published !== undefined) living.push(published);
      }
      forgetAllBut(after.names);
      return { living, totals, deaths, epoch, founder, leftOut };
    }
  }

  /** The lives to remember as folded: those of late, and those whose files could not be removed. */
  function keptFolded({ folded, generation }: Dead<Totals>, names: readonly string[]): Map<string, Folded> {
    const there = idsWith(names, ['s', 'v0', 'v1']);
    return new Map(
      [...folded].filter(
        ([each, { generation: at }]) => at > generation + 1 - generationsKept || there.has(each),
      ),
    );
  }

  function removeFolded({ folded, generation }: Dead<Totals>, names: readonly string[]): void {
    for (const name of names) {
      const at = generationOf(name);
      // One generation more is kept for those who have just listed the folder.
      const isOld = at > 0 && at < generation - 1;
      if (!isOld && !isDraft(name) && !folded.has(idOf(name) ?? '')) continue;
      store.remove(name);
    }
  }

  /** Makes the next generation, unless somebody else has made it. */
  function follow(next: Dead<Totals>): boolean {
    if (!store.create(deadFile(next.generation), encodeDead(next, arithmetic))) return false;
    const names = store.list();
    // Others have gone on meanwhile. They may have done so for long, and removed the generation that this one is to be.
    if (highestOf(names) !== next.generation) return false;
    removeFolded(next, names);
    return true;
  }

  function fold(deadIds: readonly string[]): boolean {
    const { names, dead, problem } = reader.list();
    // A later version has written the sums, and one of its workers is to add to them.
    if (problem === 'format' || (deadIds.length === 0 && dead.generation === 0)) return false;
    const generation = dead.generation + 1;
    if (generationOf(deadFile(generation)) === 0) {
      // No group comes this far: it is a foreign file, and no generation could follow it.
      if (problem !== undefined) store.remove(deadFile(dead.generation));
      return false;
    }
    const folded = keptFolded(dead, names);
    let { totals } = dead;
    let { clean, lost } = dead.deaths;
    let isNew = deadIds.length === 0;
    for (const each of deadIds) {
      if (dead.folded.has(each) || each === life.id) continue;
      const found = readLife(each);
      if (found === 'format') continue;
      const last = typeof found === 'string' ? readings.get(each) : found;
      if (last !== undefined) totals = arithmetic.add(totals, last);
      if (last?.isEnded === true) clean += 1;
      else lost += 1;
      folded.set(each, { generation, sequence: last?.sequence ?? 0 });
      isNew = true;
    }
    if (isNew) return follow({ ...dead, generation, deaths: { clean, lost }, folded, totals });
    removeFolded(dead, names);
    return false;
  }

  function beginAnew(deadIds: readonly string[], founder: string): boolean {
    const names = store.list();
    const { listed } = reader;
    const generation = listed.generation + 1;
    const folded = keptFolded(listed, names);
    for (const each of deadIds) folded.set(each, { generation, sequence: 0 });
    const deaths = { clean: 0, lost: 0 };
    const next = { generation, epoch: listed.epoch + 1, founder, deaths, folded, totals: arithmetic.empty };
    return follow(next);
  }

  function others(): readonly string[] {
    const { names, dead } = reader.list();
    const ids = [...idsWith(names, ['s', 'v0', 'v1'])];
    return ids.filter((each) => each !== life.id && !dead.folded.has(each)).slice(0, IDS_MAX);
  }

  function folded(): FoldedLives {
    const { dead } = reader.list();
    const { generation, epoch, founder } = dead;
    return { n: generation, ids: new Set(dead.folded.keys()), epoch, founder };
  }

  function areDeadGone(): boolean {
    const { names, dead } = reader.list();
    return dead.generation > 0 && highestOf(names) === 0;
  }

  function newestAtMs(): number | undefined {
    const { living } = read();
    return living.reduce<number | undefined>((newest, { atMs }) => Math.max(newest ?? atMs, atMs), undefined);
  }

  function leave(): void {
    for (const mark of ['h', 'p'] as const) {
      store.remove(lifeFile(mark, life.id));
    }
  }

  return {
    get id() {
      return life.id;
    },
    publish,
    read,
    fold,
    beginAnew,
    areDeadGone,
    others,
    folded,
    newestAtMs,
    leave,
  };
}

import { idsWith } from '../../../lib/workers/file-names.js';
import { createGroupFiles, type GroupFiles } from '../../../lib/workers/group-files.js';
import { COUNTS, type Counts, subtractCounts, sumsOf } from './counts.js';
import { type Explored, explore, type Judge, type Scene } from './explore.js';
import type { World } from './local-run.js';
import { createMemoryStore } from './memory-store.js';

/** What a program of the model can do. */
export interface Worker {
  /** Publishes one more count. */
  publish(): void;
  /** Reads the page, and has it judged. */
  read(): void;
  /** Waits until lives of a process are dead, and folds them. */
  fold(...processes: string[]): void;
  /** Folds the lives of a process that are dead by now. */
  foldIfDead(process: string): void;
  /** Makes a number of generations in which nobody has died. */
  renew(count: number): void;
  /** Reads the sums of the dead, and begins anew without a process. */
  beginAnew(process: string): void;
  /** Removes the sockets of a process, as programs do that clear temporary files away. */
  removeSocket(process: string): void;
}

type Event =
  | { readonly kind: 'publishes' | 'published'; readonly count: number; readonly life: string }
  | { readonly kind: 'reads' }
  | { readonly kind: 'shown'; readonly epoch: number; readonly sums: Counts };

export interface GroupScenario {
  readonly workers: Readonly<
    Record<string, { readonly program: (worker: Worker) => void; readonly isKillable?: boolean }>
  >;
  /** How often a process has published before the start, and died. */
  readonly dead?: Readonly<Record<string, number>>;
  /** Whose counts end with the first epoch. */
  readonly forgotten?: readonly string[];
  readonly tears?: boolean;
}

const STATES_MAX = 100_000;
/** So few that a scenario can have more. */
const GENERATIONS_KEPT = 2;

/** The lives of the processes A, B, ... have the ids a..., b..., ... */
const idOf = (process: string, life: number): string =>
  `${process.toLowerCase()}${life.toString(16).padStart(11, '0')}`;
const isOf = (process: string, name: string): boolean =>
  name.replace(/^.*\./, '').startsWith(process.toLowerCase());

/** Tries all interleavings of a scenario; throws where a promise is broken. */
export function exploreGroup({ workers, dead = {}, forgotten = [], tears = false }: GroupScenario): Explored {
  const files = new Map<string, Buffer>();
  for (const name of [...Object.keys(workers), ...Object.keys(dead)])
    files.set(`s.${idOf(name, 0)}`, Buffer.alloc(0));
  for (const [name, times] of Object.entries(dead)) {
    const worker = filesOf(name, { store: createMemoryStore(files) });
    for (let count = 1; count <= times; count += 1) worker.publish(...publication(name, count));
  }
  const processes = Object.fromEntries(
    Object.entries(workers).map(([name, { program, isKillable = false }]) => [
      name,
      { isKillable, program: (world: World<Event>) => program(workerOver(name, world)) },
    ]),
  );
  const judge = judgeOf([...Object.keys(workers), ...Object.keys(dead)], dead, forgotten);
  return explore({ processes, files, judge, tears, statesMax: STATES_MAX });
}

function filesOf(
  name: string,
  { store, ask }: Pick<World<Event>, 'store'> & Partial<Pick<World<Event>, 'ask'>>,
): GroupFiles<Counts> {
  let lives = 1;
  return createGroupFiles(store, COUNTS, {
    id: idOf(name, 0),
    newId() {
      const id = idOf(name, lives);
      lives += 1;
      ask?.(`listen ${id}`);
      return id;
    },
    subtract: subtractCounts,
    generationsKept: GENERATIONS_KEPT,
  });
}

/** From the second publication on, there is one more value, which is one behind the first. */
function publication(name: string, count: number): [string[], Float64Array, number] {
  return count < 2
    ? [[name], Float64Array.of(count), count]
    : [[name, `${name}-1`], Float64Array.of(count, count - 1), count];
}

function workerOver(name: string, world: World<Event>): Worker {
  const files = filesOf(name, world);
  let count = 0;
  const fold = (question: string): void => {
    const ids = world.ask(question) as readonly string[];
    if (ids.length > 0) files.fold(ids);
  };
  return {
    publish() {
      count += 1;
      world.note('next request', { kind: 'publishes', count, life: files.id });
      files.publish(...publication(name, count));
      world.note('last answer', { kind: 'published', count, life: files.id });
    },
    read() {
      world.note('next request', { kind: 'reads' });
      const reading = files.read();
      world.note('last answer', { kind: 'shown', epoch: reading.epoch, sums: sumsOf(reading) });
    },
    fold: (...processes) => fold(`await ${processes.join(' ')}`),
    foldIfDead: (process) => fold(`look ${process}`),
    renew(times) {
      for (let left = times; left > 0; left -= 1) files.fold([]);
    },
    beginAnew(process) {
      files.folded();
      files.beginAnew([idOf(process, 0)], name);
    },
    removeSocket: (process) => void world.ask(`remove ${process}`),
  };
}

/** What the processes have published, and what has been shown, seen from outside. */
interface Known {
  /** Counts whose publication has begun, and those whose publication is done. */
  readonly begun: Counts;
  readonly done: Counts;
  /** Who publishes just now. */
  readonly publishing: Readonly<Record<string, boolean>>;
  /** The most that has been shown, and in which epoch. */
  readonly seen: Counts;
  readonly epoch: number;
  /** What each reader has to show at least. */
  readonly readers: Readonly<
    Record<string, { readonly atLeast: Counts; readonly epoch: number } | undefined>
  >;
}

const highest = (one: Counts, other: Counts): Counts =>
  Object.fromEntries(Object.keys(one).map((name) => [name, Math.max(one[name] ?? 0, other[name] ?? 0)]));

/** Every page shows what was published before it was begun, nothing twice, and nothing less than a page before. */
function judgeOf(names: readonly string[], dead: Counts, forgotten: readonly string[]): Judge<Event, Known> {
  const counts = Object.fromEntries(names.map((name) => [name, dead[name] ?? 0]));

  function check(known: Known, sums: Counts, epoch: number, least: { atLeast: Counts; epoch: number }): void {
    if (epoch < least.epoch) throw new Error(`epoch ${epoch} after ${least.epoch}`);
    for (const name of names) {
      const isForgotten = epoch > 0 && forgotten.includes(name);
      const atLeast = isForgotten ? 0 : (least.atLeast[name] ?? 0);
      const atMost = isForgotten ? 0 : (known.begun[name] ?? 0);
      const sum = sums[name] ?? 0;
      if (sum < atLeast) throw new Error(`${name} has ${sum} of at least ${atLeast}: counts are lost`);
      if (sum > atMost) throw new Error(`${name} has ${sum} of at most ${atMost}: counts are doubled`);
      if ((sums[`${name}-1`] ?? 0) !== Math.max(0, sum - 1))
        throw new Error(`${name} has values of different publications`);
    }
  }

  /** The lives of a process that can be folded: all of a dead one, and those of a living one that lost their socket. */
  function deadLives(known: Known, process: string, { names: files, isKilled }: Scene): readonly string[] {
    const lives = [...idsWith(files, ['s', 'v0', 'v1', 'd'])].filter((id) => isOf(process, id));
    if (isKilled(process) || dead[process] !== undefined) return lives;
    // A socket is looked for twice, a second apart: a publication that was going on when it went is over by then.
    if (known.publishing[process] === true) return [];
    return lives.filter((id) => !files.includes(`s.${id}`));
  }

  return {
    start: { begun: counts, done: counts, publishing: {}, seen: {}, epoch: 0, readers: {} },
    note(known, name, event) {
      switch (event.kind) {
        case 'publishes':
          return {
            ...known,
            begun: { ...known.begun, [name]: event.count },
            publishing: { ...known.publishing, [name]: true },
          };
        case 'published':
          return {
            ...known,
            done: { ...known.done, [name]: event.count },
            publishing: { ...known.publishing, [name]: false },
          };
        case 'reads': {
          const reader = { atLeast: highest(known.done, known.seen), epoch: known.epoch };
          return { ...known, readers: { ...known.readers, [name]: reader } };
        }
        case 'shown': {
          const { sums, epoch } = event;
          check(known, sums, epoch, known.readers[name] ?? { atLeast: {}, epoch: 0 });
          return {
            ...known,
            seen: highest(known.done, { ...known.seen, ...highest(sums, known.seen) }),
            epoch: Math.max(epoch, known.epoch),
            readers: { ...known.readers, [name]: undefined },
          };
        }
      }
    },
    answer(known, question, scene) {
      const [verb = '', ...rest] = question.split(' ');
      switch (verb) {
        case 'listen':
          return { answer: undefined, added: rest.map((id) => `s.${id}`) };
        case 'remove':
          return {
            answer: undefined,
            removed: scene.names.filter((name) =>
              rest.some((each) => isOf(each, name) && name.startsWith('s.')),
            ),
          };
        case 'look':
          return { answer: rest.flatMap((each) => deadLives(known, each, scene)) };
        default: {
          const lives = rest.map((each) => deadLives(known, each, scene));
          return lives.some((each) => each.length === 0) ? undefined : { answer: lives.flat() };
        }
      }
    },
    end(known, files) {
      // Somebody new reads: nothing is missing, and nothing is there twice.
      const reading = filesOf('F', { store: createMemoryStore(files) }).read();
      check(known, sumsOf(reading), reading.epoch, {
        atLeast: highest(known.done, known.seen),
        epoch: known.epoch,
      });
    },
  };
}

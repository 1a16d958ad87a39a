import { type Answer, type LocalState, runWith, type World } from './local-run.js';

type Files = ReadonlyMap<string, number>;

/** One process of the model: a synchronous program over the files, and what may happen to it. */
export interface ModelProcess<Event> {
  readonly program: (world: World<Event>) => void;
  /** Whether it may be killed at any time. */
  readonly isKillable?: boolean;
}

/** What is known of all processes from outside, as plain data, and what has to be true of it. */
export interface Judge<Event, Known> {
  readonly start: Known;
  /** Takes note of what a process has begun or done; throws where a promise is broken. */
  note(known: Known, process: string, event: Event): Known;
  /** Answers a question of a process; `undefined` while it has to wait. */
  answer(known: Known, question: string, scene: Scene): Found | undefined;
  /** Checks a state in which nothing is left to do. */
  end(known: Known, files: ReadonlyMap<string, Buffer>): void;
}

/** An answer, and the files that come and go with it. */
export interface Found {
  readonly answer: Answer;
  readonly removed?: readonly string[];
  readonly added?: readonly string[];
}

/** The moment at which a question is asked. */
export interface Scene {
  readonly names: readonly string[];
  isKilled(process: string): boolean;
}

export interface Explored {
  readonly states: number;
  readonly ends: number;
}

interface Node<Event> {
  readonly number: number;
  readonly answers: readonly Answer[];
  readonly local: LocalState<Event>;
  readonly next: Map<string, Node<Event>>;
}

interface Actor<Event> {
  readonly name: string;
  readonly node: Node<Event>;
  readonly isKilled: boolean;
  /** Whether the first half of its write has been done, and not the second. */
  readonly isTorn: boolean;
}

interface State<Event, Known> {
  readonly files: Files;
  readonly actors: readonly Actor<Event>[];
  readonly known: Known;
  readonly before: State<Event, Known> | undefined;
  readonly step: string;
}

/** A broken promise, with the steps that led there. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** Bytes by number, and numbers by bytes, so that states are small and quickly compared. */
class Contents {
  private readonly numbers = new Map<string, number>();
  private readonly all: Buffer[] = [];

  numberOf(bytes: Buffer): number {
    const text = bytes.toString('latin1');
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    this.numbers.set(text, this.all.length);
    return this.all.push(bytes) - 1;
  }

  bytesOf(number: number): Buffer {
    return this.all[number] as Buffer;
  }
}

/** A short name for each thing that is described alike. A thing is described once, as it never changes. */
class ShortNames {
  private readonly numbers = new Map<string, number>();
  private readonly known = new WeakMap<object, number>();

  of<Thing extends object>(thing: Thing, describe: (thing: Thing) => string): number {
    let number = this.known.get(thing);
    if (number !== undefined) return number;
    const text = describe(thing);
    number = this.numbers.get(text) ?? this.numbers.size;
    this.numbers.set(text, number);
    this.known.set(thing, number);
    return number;
  }
}

const describeFiles = (files: Files): string =>
  [...files]
    .map(([name, number]) => `${name}=${number}`)
    .sort()
    .join();

export interface ExploreOptions<Event, Known> {
  readonly processes: Readonly<Record<string, ModelProcess<Event>>>;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly judge: Judge<Event, Known>;
  /** Writes in place are done in two halves. */
  readonly tears: boolean;
  readonly statesMax: number;
}

/**
 * Tries all orders of all operations, depth first. A state that was reached before is not followed again, which leaves
 * nothing out: what happens from there on does not depend on the way to it.
 */
export function explore<Event, Known>(options: ExploreOptions<Event, Known>): Explored {
  const contents = new Contents();
  let nodes = 0;
  const nodeAfter = (program: ModelProcess<Event>['program'], answers: readonly Answer[]): Node<Event> => {
    nodes += 1;
    return { number: nodes, answers, local: runWith(program, answers), next: new Map() };
  };

  /** Lets a process go on with an answer; the same answer in the same place leads to the same place. */
  function answered(
    state: State<Event, Known>,
    index: number,
    files: Files,
    answer: Answer,
    key: string,
    step: string,
  ): State<Event, Known> {
    const actor = state.actors[index] as Actor<Event>;
    let node = actor.node.next.get(key);
    if (node === undefined) {
      const { program } = options.processes[actor.name] as ModelProcess<Event>;
      node = nodeAfter(program, [...actor.node.answers, answer]);
      actor.node.next.set(key, node);
    }
    const known = noted({ ...state, before: state, step }, actor.name, node, 'last answer');
    const actors = state.actors.with(index, { ...actor, node, isTorn: false });
    return { files, actors, known, before: state, step };
  }

  function noted(
    state: State<Event, Known>,
    name: string,
    node: Node<Event>,
    at: 'next request' | 'last answer',
  ): Known {
    try {
      return node.local.notes
        .filter((note) => note.at === at)
        .reduce((known, { event }) => options.judge.note(known, name, event), state.known);
    } catch (error) {
      throw new BrokenPromise(`${(error as Error).message}\n${wayTo(state)}`, { cause: error });
    }
  }

  /** The state after a process has done what it requests; `undefined` while it has to wait. */
  function stepOf(before: State<Event, Known>, index: number): State<Event, Known> | undefined {
    const actor = before.actors[index] as Actor<Event>;
    const { request } = actor.node.local;
    if (request === undefined) return undefined;
    const known = actor.isTorn ? before.known : noted(before, actor.name, actor.node, 'next request');
    const state = { ...before, known };
    const name = 'name' in request ? request.name : '';
    const step = `${actor.name}: ${request.kind} ${name}`;
    const old = state.files.get(name);
    const put = (bytes: Buffer): Files => new Map(state.files).set(name, contents.numberOf(bytes));
    const go = (files: Files, answer: Answer, key: string, what = step): State<Event, Known> => ({
      ...answered(state, index, files, answer, key, what),
      before,
    });
    switch (request.kind) {
      case 'list': {
        const names = [...state.files.keys()].sort();
        return go(state.files, names, names.join());
      }
      case 'read': {
        const bytes = old === undefined ? undefined : contents.bytesOf(old).subarray(request.from);
        return go(state.files, bytes, String(old));
      }
      case 'write': {
        const rest = old === undefined ? Buffer.alloc(0) : contents.bytesOf(old);
        const { bytes } = request;
        const whole = (part: Buffer): Buffer => Buffer.concat([part, rest.subarray(part.length)]);
        if (!options.tears || actor.isTorn)
          return go(put(whole(bytes)), undefined, '', `${step}, second half`);
        const actors = state.actors.with(index, { ...actor, isTorn: true });
        return { files: put(whole(bytes.subarray(0, bytes.length >> 1))), actors, known, before, step };
      }
      case 'append': {
        const start = old === undefined ? Buffer.alloc(0) : contents.bytesOf(old);
        return go(put(Buffer.concat([start, request.bytes])), undefined, '');
      }
      case 'create':
        return old === undefined ? go(put(request.bytes), true, 'true') : go(state.files, false, 'false');
      case 'remove': {
        const files = new Map(state.files);
        files.delete(name);
        return go(files, undefined, '');
      }
      case 'ask': {
        const found = options.judge.answer(known, request.question, {
          names: [...state.files.keys()],
          isKilled: (process) => state.actors.some((each) => each.name === process && each.isKilled),
        });
        if (found === undefined) return undefined;
        const files = new Map(state.files);
        for (const each of found.removed ?? []) files.delete(each);
        for (const each of found.added ?? []) files.set(each, contents.numberOf(Buffer.alloc(0)));
        return go(files, found.answer, String(found.answer), `${actor.name}: ${request.question}`);
      }
    }
  }

  function* nextOf(state: State<Event, Known>): Generator<State<Event, Known>> {
    for (const [index, actor] of state.actors.entries()) {
      if (actor.isKilled) continue;
      const next = stepOf(state, index);
      if (next !== undefined) yield next;
      if (options.processes[actor.name]?.isKillable !== true || actor.node.local.request === undefined)
        continue;
      const actors = state.actors.with(index, { ...actor, isKilled: true });
      yield { ...state, actors, before: state, step: `kill ${actor.name}` };
    }
  }

  const filesNames = new ShortNames();
  const knownNames = new ShortNames();
  const keyOf = ({ files, actors, known }: State<Event, Known>): string => {
    let key = `${filesNames.of(files, describeFiles)},${knownNames.of(known as object, JSON.stringify)}`;
    for (const { node, isKilled, isTorn } of actors) {
      // Of a process that is over, only what it has left behind matters.
      const isOver = isKilled || node.local.request === undefined;
      key += isOver ? (isKilled ? ',k' : ',o') : `,${node.number}${isTorn ? 't' : ''}`;
    }
    return key;
  };

  const visited = new Set<string>();
  const actors = Object.entries(options.processes).map(([name, { program }]) => {
    return { name, node: nodeAfter(program, []), isKilled: false, isTorn: false };
  });
  const files = new Map([...options.files].map(([name, bytes]) => [name, contents.numberOf(bytes)]));
  const open: State<Event, Known>[] = [
    { files, actors, known: options.judge.start, before: undefined, step: '' },
  ];
  let ends = 0;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key = keyOf(state);
    if (visited.has(key)) continue;
    visited.add(key);
    if (visited.size > options.statesMax) throw new Error(`more than ${options.statesMax} states`);
    const next = [...nextOf(state)];
    open.push(...next);
    if (next.length > 0) continue;
    ends += 1;
    try {
      options.judge.end(
        state.known,
        new Map([...state.files].map(([name, number]) => [name, contents.bytesOf(number)])),
      );
    } catch (error) {
      throw new BrokenPromise(`${(error as Error).message}\n${wayTo(state)}`, { cause: error });
    }
  }
  return { states: visited.size, ends };
}

function wayTo<Event, Known>(state: State<Event, Known>): string {
  const steps: string[] = [];
  for (let each: State<Event, Known> | undefined = state; each !== undefined; each = each.before)
    steps.push(each.step);
  return steps.reverse().join('\n');
}

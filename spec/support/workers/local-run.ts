import type { Store } from '../../../lib/workers/store.js';

/** What a process wants to do next: an operation on a file, or a look at the world. */
export type Request =
  | { readonly kind: 'list' }
  | { readonly kind: 'read'; readonly name: string; readonly from: number }
  | { readonly kind: 'write' | 'append' | 'create'; readonly name: string; readonly bytes: Buffer }
  | { readonly kind: 'remove'; readonly name: string }
  /** Asks something of the model: which lives are dead, or to clear files away. */
  | { readonly kind: 'ask'; readonly question: string };

/** What became of a request. */
export type Answer = readonly string[] | Buffer | boolean | undefined;

/** Something that a process has begun or done, for those who judge it from outside. */
export type Note<Event> = { readonly at: 'next request' | 'last answer'; readonly event: Event };

/** A process up to its next request. */
export interface LocalState<Event> {
  /** Absent where the process has come to its end. */
  readonly request: Request | undefined;
  /** What happened since the last answer. */
  readonly notes: readonly Note<Event>[];
}

/** What a process has of the world. */
export interface World<Event> {
  readonly store: Store;
  ask(question: string): Answer;
  note(at: Note<Event>['at'], event: Event): void;
}

/** Ends a run at the first request that has no answer yet. */
class Suspended extends Error {}

/**
 * Runs a synchronous program with the answers that it got so far, and stops where it requests something new. The program
 * must be deterministic: it is run from its start each time.
 */
export function runWith<Event>(
  program: (world: World<Event>) => void,
  answers: readonly Answer[],
): LocalState<Event> {
  let asked = 0;
  let request: Request | undefined;
  let notes: Note<Event>[] = [];
  const answerTo = (next: Request): Answer => {
    if (asked === answers.length) {
      request = next;
      throw new Suspended();
    }
    notes = [];
    asked += 1;
    return answers[asked - 1];
  };
  // A program may keep what it was answered, and write to it.
  const bytesOf = (answer: Answer): Buffer | undefined =>
    answer === undefined ? undefined : Buffer.from(answer as Buffer);
  const store: Store = {
    list: () => answerTo({ kind: 'list' }) as readonly string[],
    read: (name) => bytesOf(answerTo({ kind: 'read', name, from: 0 })),
    readFrom: (name, from) => bytesOf(answerTo({ kind: 'read', name, from })),
    write: (name, bytes) => void answerTo({ kind: 'write', name, bytes: Buffer.from(bytes) }),
    append: (name, bytes) => void answerTo({ kind: 'append', name, bytes: Buffer.from(bytes) }),
    create: (name, bytes) => answerTo({ kind: 'create', name, bytes: Buffer.from(bytes) }) as boolean,
    remove: (name) => void answerTo({ kind: 'remove', name }),
  };
  try {
    program({
      store,
      ask: (question) => answerTo({ kind: 'ask', question }),
      note: (at, event) => notes.push({ at, event }),
    });
  } catch (error) {
    if (!(error instanceof Suspended)) throw error;
  }
  return { request, notes };
}

import { type Abandonable, PROCESS_TRACKER, type Tracked } from './abandoned.js';

/**
 * Receives what happens to a stream while its consumer reads it: chunks, and then one of `end`, `fail`, `cancel` and
 * `abandon`, once. What a method throws does not reach the consumer.
 */
export interface StreamObserver<Chunk = unknown> {
  /** The consumer is about to receive a chunk. */
  chunk(chunk: Chunk): void;
  /**
   * The consumer has read the stream to its end.
   *
   * @param json - what it contained, where the consumer reads it as JSON. It belongs to the consumer.
   */
  end(json?: ParsedJson): void;
  /** The stream broke. */
  fail(error: unknown): void;
  /**
   * The consumer left before the end.
   *
   * @param isForAll - whether the stream was stopped itself, so that its other branches end as well.
   */
  cancel(isForAll?: boolean): void;
  /**
   * The stream was garbage-collected, some time after its consumer dropped it. Streams are watched only for observers
   * with this method, which must not refer to the stream.
   */
  abandon?(): void;
  /** Runs one step of the stream. Generators do their work in such a step, so that it decides their context. */
  run?<T>(step: () => T): T;
  /** Another method of this observer threw. */
  fault?(): void;
}

/** A JSON document: its text, and the value of the text. */
export interface ParsedJson {
  readonly text: string;
  readonly value: unknown;
}

/** The observation of one stream, which every way to consume the stream reports to. */
export class Observation implements StreamObserver, Abandonable {
  /** Whether the reader that is being made reports to this observation by itself. */
  isBypassed = false;
  /** `undefined` once the stream has ended, so that its objects do not keep the observer alive. */
  private observer: StreamObserver | undefined;
  private readonly token: Tracked | undefined;

  constructor(stream: object, observer: StreamObserver) {
    this.observer = observer;
    // The deadline of a stream is that of its request.
    this.token =
      observer.abandon === undefined
        ? undefined
        : PROCESS_TRACKER.track(stream, this, Number.POSITIVE_INFINITY);
  }

  get isWatched(): boolean {
    return this.token !== undefined;
  }

  /** Whether the observer decides the context of the steps. */
  get runsSteps(): boolean {
    return this.observer?.run !== undefined;
  }

  chunk(chunk: unknown): void {
    const { observer } = this;
    if (observer === undefined) return;
    try {
      observer.chunk(chunk);
    } catch {
      observer.fault?.();
    }
  }

  /** Reports one result of an iterator or reader. */
  step(result: unknown): void {
    let done: unknown;
    let value: unknown;
    try {
      ({ done, value } = result as { readonly done?: unknown; readonly value?: unknown });
    } catch {
      // A result that cannot be read counts as a chunk; the following ones tell how the stream ends.
    }
    if (done === true) this.end();
    else this.chunk(value);
  }

  end(json?: ParsedJson): void {
    this.finish((observer) => observer.end(json));
  }

  fail(error: unknown): void {
    this.finish((observer) => observer.fail(error));
  }

  cancel(isForAll?: boolean): void {
    this.finish((observer) => observer.cancel(isForAll));
  }

  abandon(): void {
    this.finish((observer) => observer.abandon?.());
  }

  run<T>(step: () => T): T {
    const { observer } = this;
    return observer?.run === undefined ? step() : observer.run(step);
  }

  private finish(notify: (observer: StreamObserver) => void): void {
    const { observer } = this;
    if (observer === undefined) return;
    this.observer = undefined;
    try {
      if (this.token !== undefined) PROCESS_TRACKER.untrack(this.token);
      notify(observer);
    } catch {
      observer.fault?.();
    }
  }
}

/** What the branches of one stream share. */
interface Trunk {
  readonly observation: Observation;
  /** How much of the stream was reported: the branches are read at different paces. */
  reported: number;
  /** How many branches still have a consumer. */
  open: number;
}

/** Creates observers for the branches of a stream, which together report what one observer of the stream would see. */
export function branchObservers(observation: Observation, count: number): readonly StreamObserver[] {
  const trunk: Trunk = { observation, reported: 0, open: count };
  return Array.from({ length: count }, () => new Branch(trunk));
}

class Branch implements StreamObserver {
  readonly abandon?: () => void;
  private readonly trunk: Trunk;
  private read = 0;

  constructor(trunk: Trunk) {
    this.trunk = trunk;
    if (trunk.observation.isWatched) {
      this.abandon = () => {
        if (this.leave()) trunk.observation.abandon();
      };
    }
  }

  chunk(chunk: unknown): void {
    const { trunk } = this;
    // Byte streams may cut the same bytes differently for each branch.
    const size = ArrayBuffer.isView(chunk) ? chunk.byteLength : 1;
    this.read += size;
    const fresh = this.read - trunk.reported;
    if (fresh <= 0) return;
    trunk.reported = this.read;
    trunk.observation.chunk(ArrayBuffer.isView(chunk) && fresh < size ? lastBytes(chunk, fresh) : chunk);
  }
  end(): void {
    this.trunk.observation.end();
  }
  fail(error: unknown): void {
    this.trunk.observation.fail(error);
  }
  cancel(isForAll?: boolean): void {
    if (this.leave() || isForAll === true) this.trunk.observation.cancel(isForAll);
  }
  run<T>(step: () => T): T {
    return this.trunk.observation.run(step);
  }

  /** Returns whether no branch has a consumer any more. */
  private leave(): boolean {
    this.trunk.open -= 1;
    return this.trunk.open === 0;
  }
}

function lastBytes({ buffer, byteOffset, byteLength }: ArrayBufferView, count: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + byteLength - count, count);
}

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
   * @param json - the content, if the consumer reads it as JSON. The consumer owns it.
   */
  end(json?: ParsedJson): void;
  /** The stream broke. */
  fail(error: unknown): void;
  /**
   * The consumer left before the end.
   *
   * @param isForAll - whether the stream itself was stopped, so that its other branches end as well.
   */
  cancel(isForAll?: boolean): void;
  /**
   * The stream was garbage-collected, some time after its consumer dropped it. A stream is tracked only if its observer
   * has this method; the observer must not refer to the stream.
   */
  abandon?(): void;
  /** Called before a stream is left to the garbage collector: what may refer to it is now referenced weakly. */
  weaken?(): void;
  /** Runs one step of the stream. A generator does its work in these steps, so this method sets its context. */
  run?<T>(step: () => T): T;
  /** Another method of this observer threw. */
  fault?(): void;
}

/** A JSON document: its text, and the value of the text. */
export interface ParsedJson {
  readonly text: string;
  readonly value: unknown;
}

/** The observation of one stream. Every way to consume the stream reports to it. */
export class Observation implements StreamObserver, Abandonable {
  /** Whether the reader that is being created reports to this observation without the replaced methods. */
  isBypassed = false;
  /** `undefined` once the stream has ended, so that its objects do not keep the observer alive. */
  private observer: StreamObserver | undefined;
  private readonly token: Tracked | undefined;

  constructor(stream: object, observer: StreamObserver) {
    this.observer = observer;
    // The request has the deadline, so its stream needs none.
    this.token =
      observer.abandon === undefined
        ? undefined
        : PROCESS_TRACKER.track(stream, this, Number.POSITIVE_INFINITY);
  }

  /** Whether the observer is notified when the stream is garbage-collected. */
  get isTracked(): boolean {
    return this.token !== undefined;
  }

  /** Whether the observer runs the steps, in a context that it sets. */
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
      // A result that cannot be read counts as a chunk; later results show how the stream ends.
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

  weaken(): void {
    try {
      this.observer?.weaken?.();
    } catch {
      this.observer?.fault?.();
    }
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

/** State that the branches of one stream share. */
interface SharedState {
  readonly observation: Observation;
  /** How much of the stream was reported. The branches may be read at different speeds. */
  reported: number;
  /** How many branches still have a consumer. */
  open: number;
}

/** Creates observers for the branches of a stream. Together they report each chunk and the end of the stream once. */
export function branchObservers(observation: Observation, count: number): readonly StreamObserver[] {
  const shared: SharedState = { observation, reported: 0, open: count };
  return Array.from({ length: count }, () => new Branch(shared));
}

class Branch implements StreamObserver {
  readonly abandon?: () => void;
  private readonly shared: SharedState;
  private read = 0;

  constructor(shared: SharedState) {
    this.shared = shared;
    if (shared.observation.isTracked) {
      this.abandon = () => {
        if (this.leave()) shared.observation.abandon();
      };
    }
  }

  chunk(chunk: unknown): void {
    const { shared } = this;
    // Byte streams may cut the same bytes differently for each branch.
    const size = ArrayBuffer.isView(chunk) ? chunk.byteLength : 1;
    this.read += size;
    const fresh = this.read - shared.reported;
    if (fresh <= 0) return;
    shared.reported = this.read;
    shared.observation.chunk(ArrayBuffer.isView(chunk) && fresh < size ? lastBytes(chunk, fresh) : chunk);
  }
  end(): void {
    this.shared.observation.end();
  }
  fail(error: unknown): void {
    this.shared.observation.fail(error);
  }
  cancel(isForAll?: boolean): void {
    if (this.leave() || isForAll === true) this.shared.observation.cancel(isForAll);
  }
  weaken(): void {
    this.shared.observation.weaken();
  }
  run<T>(step: () => T): T {
    return this.shared.observation.run(step);
  }

  /** Notes that the consumer of this branch has left; returns whether it was the last one. */
  private leave(): boolean {
    this.shared.open -= 1;
    return this.shared.open === 0;
  }
}

function lastBytes({ buffer, byteOffset, byteLength }: ArrayBufferView, count: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + byteLength - count, count);
}

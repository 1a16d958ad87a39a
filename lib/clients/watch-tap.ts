import { type Abandonable, PROCESS_WATCHER, type WatchToken } from '../requests/watch.js';
import type { BodyTap } from './body-tap.js';

/**
 * Has the tap of a body cancelled when the body is dropped: what its events have said of usage, and was not read yet,
 * is read then.
 *
 * @param body - what the consumer holds. `tap` must not refer to it.
 */
export function watchTap(body: object, tap: BodyTap): BodyTap {
  return new WatchedTap(body, tap);
}

class WatchedTap implements BodyTap, Abandonable {
  private readonly tap: BodyTap;
  private readonly token: WatchToken;

  constructor(body: object, tap: BodyTap) {
    this.tap = tap;
    // How long a body may take is the deadline of its request.
    this.token = PROCESS_WATCHER.watch(body, this, Number.POSITIVE_INFINITY);
  }

  chunk(piece: Uint8Array): void {
    this.tap.chunk(piece);
  }
  end(): void {
    PROCESS_WATCHER.stop(this.token);
    this.tap.end();
  }
  fail(error: unknown): void {
    PROCESS_WATCHER.stop(this.token);
    this.tap.fail(error);
  }
  cancel(): void {
    PROCESS_WATCHER.stop(this.token);
    this.tap.cancel();
  }
  abandon(): void {
    this.tap.abandon();
  }
}

import { current } from '../metrics/recorder.js';
import { type Abandonable, PROCESS_TRACKER, type Tracked } from '../requests/abandoned.js';
import { countFailure, guard } from '../requests/guard.js';
import type { BodyTap } from '../streams/body-tap.js';

/**
 * Has the tap of a body cancelled when the body is dropped: what its events have said of usage, and was not read yet,
 * is read then. What the tap throws is counted, and goes no further: it would take the place of what the consumer reads.
 *
 * @param body - what the consumer holds. `tap` must not refer to it.
 */
export function watchTap(body: object, tap: BodyTap): BodyTap {
  return new WatchedTap(body, tap);
}

class WatchedTap implements BodyTap, Abandonable {
  private readonly tap: BodyTap;
  private readonly token: Tracked;

  constructor(body: object, tap: BodyTap) {
    this.tap = tap;
    // How long a body may take is the deadline of its request.
    this.token = PROCESS_TRACKER.track(body, this, Number.POSITIVE_INFINITY);
  }

  chunk(piece: Uint8Array): void {
    try {
      this.tap.chunk(piece);
    } catch {
      countFailure(current.recorder, 'fetch');
    }
  }
  end(): void {
    this.tellLast(() => this.tap.end());
  }
  fail(error: unknown): void {
    this.tellLast(() => this.tap.fail(error));
  }
  cancel(): void {
    this.tellLast(() => this.tap.cancel());
  }
  abandon(): void {
    guard(current.recorder, 'fetch', () => this.tap.abandon());
  }

  private tellLast(tell: () => void): void {
    PROCESS_TRACKER.untrack(this.token);
    guard(current.recorder, 'fetch', tell);
  }
}

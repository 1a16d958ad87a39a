import type { BodyTap } from './body-tap.js';

/** What the taps of two branches of one body have in common. */
interface Shared {
  readonly tap: BodyTap;
  /** How much of the body was told, in bytes: the branches are read at their own pace. */
  toldBytes: number;
  /** How many branches nobody has left. */
  open: number;
}

/** Taps for two branches of one body, which together tell what one tap of the body would. */
export function branchTaps(tap: BodyTap): readonly [BodyTap, BodyTap] {
  const shared: Shared = { tap, toldBytes: 0, open: 2 };
  return [new BranchTap(shared), new BranchTap(shared)];
}

class BranchTap implements BodyTap {
  private readonly shared: Shared;
  private readBytes = 0;
  private isLeft = false;

  constructor(shared: Shared) {
    this.shared = shared;
  }

  chunk(piece: Uint8Array): void {
    const { shared } = this;
    this.readBytes += piece.length;
    const newBytes = this.readBytes - shared.toldBytes;
    if (newBytes <= 0) return;
    shared.toldBytes = this.readBytes;
    shared.tap.chunk(piece.subarray(piece.length - newBytes));
  }
  end(): void {
    this.shared.tap.end();
  }
  fail(error: unknown): void {
    this.shared.tap.fail(error);
  }
  cancel(): void {
    if (this.leave()) this.shared.tap.cancel();
  }
  abandon(): void {
    if (this.leave()) this.shared.tap.abandon();
  }

  /** Whether nobody is left. */
  private leave(): boolean {
    if (!this.isLeft) this.shared.open -= 1;
    this.isLeft = true;
    return this.shared.open === 0;
  }
}

import type { Span } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { type Live, NO_SPAN } from './lifecycle.js';

/** What the caller holds of a life. Its collection tells that nobody can end that any more. */
export class Held<Kind extends Live> {
  protected readonly live: Kind;

  constructor(live: Kind) {
    this.live = live;
  }

  get span(): Span {
    return this.live.span;
  }
  get ended(): boolean {
    return this.live.ended;
  }
  end(): void {
    this.live.end();
  }
  fail(error: unknown, errorType?: ErrorType): void {
    this.live.fail(error, errorType);
  }
  run<T>(fn: () => T): T {
    return this.live.run(fn);
  }
  classify(error: unknown): ErrorType {
    return this.live.classify(error);
  }
  touch(): void {
    this.live.touch();
  }
  lost(): void {
    this.live.lost();
  }
}

/** What the caller holds where nothing is observed: it keeps the contract and records nothing. */
export class Idle {
  readonly span: Span = NO_SPAN;
  ended = false;

  end(): void {
    this.ended = true;
  }
  fail(_error: unknown, _errorType?: ErrorType): void {
    this.ended = true;
  }
  run<T>(fn: () => T): T {
    return fn();
  }
}

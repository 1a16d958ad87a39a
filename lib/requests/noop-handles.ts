import { INVALID_SPAN_CONTEXT, type Span, trace } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { Usage } from '../cost/usage.js';
import type { CacheTier } from '../metrics/recorder.js';
import type { NodeServerResponse } from '../streams/node-response.js';
import type { OperationHandle, RequestOptions, ResponseInfo, StartedRequest } from './handle.js';

/** Used if no span could be started. */
export const NO_SPAN: Span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** Handle used without monitoring. It follows the contract but records nothing. */
class NoopHandle {
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

export class NoopOperation extends NoopHandle implements OperationHandle {
  cacheLookup<T>(_tier: CacheTier, lookup: () => T): T {
    return lookup();
  }
  endWith(_response: NodeServerResponse): void {}
  endBy(): void {}
  noteFailure(): void {}
  noteReturn(): void {}
}

export class NoopRequest extends NoopHandle implements StartedRequest {
  private readonly options: RequestOptions;

  constructor(options: RequestOptions) {
    super();
    // The caller may pass any value, against the types, and this must not throw.
    this.options = Object(options);
  }

  get provider(): string {
    return nameIn(this.options, 'provider');
  }
  get model(): string {
    return nameIn(this.options, 'model');
  }
  firstToken(): void {}
  setUsage(_usage: Usage): void {}
  setResponse(_info: ResponseInfo): void {}
  describe(_model: string | undefined, _streaming: boolean): void {}
}

function nameIn(options: RequestOptions, key: 'provider' | 'model'): string {
  try {
    return options[key];
  } catch {
    // A getter of the caller throws. Nothing is recorded, so any name will do.
    return '';
  }
}

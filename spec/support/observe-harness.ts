import type { OperationHandle, OperationOptions, RequestHandle, RequestOptions } from '../../lib/index.js';
import type { RequestRecorder } from '../../lib/metrics/recorder.js';
import { activeRequest } from '../../lib/requests/context.js';
import type { RequestDeps } from '../../lib/requests/lifecycle.js';
import { observeOperation } from '../../lib/requests/observe-operation.js';
import { observeRequest, startRequest } from '../../lib/requests/observe-request.js';
import { createFakeDeps, createFakeRecorder, type FakeRecorder, type FakeTracker } from './fake-recorder.js';

export { NOOP_RECORDER } from '../../lib/metrics/recorder.js';

export const GPT = { provider: 'openai', model: 'gpt-4o' } as const;

/** What `startRequest`, `observeRequest` and `observeOperation` record, over a clock that stands still. */
export interface ObserveHarness {
  readonly recorder: FakeRecorder;
  readonly deps: RequestDeps & { readonly tracker: FakeTracker };
  start(options?: RequestOptions): RequestHandle;
  request<T>(fn: (request: RequestHandle) => T, options?: RequestOptions): T;
  operation<T>(fn: (operation: OperationHandle) => T, options?: OperationOptions): T;
  /** The span of the request that a client which observes its calls by itself would add its calls to. */
  activeSpan(): RequestHandle['span'] | undefined;
}

/**
 * The three public functions over a fake recorder.
 *
 * @param options.price - one US dollar per million tokens where it is absent.
 * @param options.broken - methods of the recorder that take the place of its own.
 */
export function createObserveHarness({
  price,
  broken = {},
}: {
  readonly price?: RequestDeps['price'];
  readonly broken?: Partial<RequestRecorder>;
} = {}): ObserveHarness {
  const recorder = createFakeRecorder();
  const deps = createFakeDeps(price);
  const used: RequestRecorder = Object.keys(broken).length === 0 ? recorder : { ...recorder, ...broken };
  return {
    recorder,
    deps,
    start: (options = GPT) => startRequest(options, used, deps),
    request: (fn, options = GPT) => observeRequest(options, fn, used, deps),
    operation: (fn, options = {}) => observeOperation(options, fn, used, deps),
    activeSpan: () => activeRequest()?.span,
  };
}

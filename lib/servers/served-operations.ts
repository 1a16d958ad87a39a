import { type Context, isSpanContextValid, propagation, type TextMapGetter, trace } from '@opentelemetry/api';
import { ATTRIBUTES } from '../catalogue/semconv.js';
import { isRecord } from '../config/issues.js';
import { sharedState } from '../global-state.js';
import { current, type RequestRecorder } from '../metrics/recorder.js';
import { claimContext } from '../otlp/globals.js';
import { activeContext, surroundingsOf } from '../requests/context.js';
import { guard } from '../requests/guard.js';
import type { OperationHandle } from '../requests/handle.js';
import { cutText } from '../requests/input.js';
import { REQUEST_DEPS } from '../requests/lifecycle.js';
import { type StartedOperation, startOperation } from '../requests/observe-operation.js';
import type { ServerOptions } from './server-options.js';

/** A request of a caller, as each framework has it. */
export interface ServedRequest<Request> {
  /** The request that the framework passes to users. */
  readonly request: Request;
  /** The object that stands for the request in all frameworks of the process: that of Node.js, if there is one. */
  readonly raw: object;
  readonly method: string;
  readonly headers: unknown;
  /** The template of the matched route, once it is known. Never the path itself, which may contain ids and tokens. */
  route(): string | undefined;
}

/** How to serve a request that is to be observed. */
export interface Served {
  readonly operation: StartedOperation;
  /** Whether the operation was started for this call: otherwise a middleware before has done so. */
  readonly isNew: boolean;
}

/** The operation of each request. The request of a framework within another one is the same object. */
const operations = sharedState('served-operations.v1', () => new WeakMap<object, StartedOperation>());

/** The methods of the conventions. A client can send others, which would be names of spans without limit. */
const METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);

/** Headers of Node.js are an object, those of web requests have a method. */
const GETTER: TextMapGetter<unknown> = {
  keys: () => [],
  get(headers, name) {
    if (headers instanceof Headers) return headers.get(name) ?? undefined;
    return (headers as Readonly<Record<string, string | string[] | undefined>>)[name];
  },
};

/** Returns the operation that a middleware has started for a request. */
export function operationOfRaw(raw: object | undefined): OperationHandle | undefined {
  return raw === undefined ? undefined : operations.get(raw);
}

/** Notes the error of a handler, which the response to a request reports. */
export function noteHandlerError(raw: object, error: unknown): void {
  operations.get(raw)?.noteFailure(error);
}

/** Whether the code that runs now belongs to an operation. */
export function isWithinOperation(): boolean {
  return surroundingsOf(activeContext()).operation !== undefined;
}

/**
 * Starts the operation of a request, or finds the one that was started. Returns `undefined` before `initMonitoring` and
 * for requests that are ignored. Never throws.
 */
export function serveRequest<Request>(
  served: ServedRequest<Request>,
  options: ServerOptions<Request>,
): Served | undefined {
  const { recorder } = current;
  if (!recorder.enabled) return undefined;
  return guard(recorder, 'observeOperations', () => {
    const { request, raw, headers } = served;
    const started = operations.get(raw);
    if (started !== undefined) return { operation: started, isNew: false };
    if (guard(recorder, 'observeOperations', () => options.ignore?.(request)) === true) return undefined;
    claimContext();
    const { name, maxDurationMs } = options;
    const method = methodOf(served);
    const given = guard(recorder, 'observeOperations', () => attributesOf(request, options, recorder));
    const operation = startOperation(
      {
        name: typeof name === 'string' ? name : method,
        attributes: { ...given, [ATTRIBUTES.httpMethod]: method === 'HTTP' ? '_OTHER' : method },
        maxDurationMs,
      },
      recorder,
      REQUEST_DEPS,
      parentOf(headers),
    );
    operations.set(raw, operation);
    return { operation, isNew: true };
  });
}

/** Sets what is known of a request only when its response ends. */
export function describeOperation<Request>(
  { span }: OperationHandle,
  served: ServedRequest<Request>,
  { name }: ServerOptions<Request>,
): void {
  const route = served.route();
  if (route !== undefined) span.setAttribute(ATTRIBUTES.httpRoute, route);
  const known =
    typeof name === 'function'
      ? guard(current.recorder, 'observeOperations', () => name(served.request))
      : undefined;
  if (typeof known === 'string') span.updateName(cutText(known));
  else if (typeof name !== 'string' && route !== undefined) span.updateName(`${methodOf(served)} ${route}`);
}

/** A copy, because a getter or a Proxy of the user may throw when it is read. */
function attributesOf<Request>(
  request: Request,
  { attributes }: ServerOptions<Request>,
  recorder: Pick<RequestRecorder, 'drop'>,
): object | undefined {
  const given: unknown = typeof attributes === 'function' ? attributes(request) : attributes;
  if (isRecord(given)) return { ...given };
  if (given !== undefined && given !== null) recorder.drop('invalid_value', 'observeOperations');
  return undefined;
}

function methodOf({ method }: ServedRequest<unknown>): string {
  return METHODS.has(method) ? method : 'HTTP';
}

/** The caller's span, unless a span of this process is active: an instrumentation of the server has made it. */
function parentOf(headers: unknown): Context {
  const active = activeContext();
  const outer = trace.getSpanContext(active);
  if (outer !== undefined && isSpanContextValid(outer)) return active;
  return propagation.extract(active, headers, GETTER);
}

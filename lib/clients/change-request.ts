import { types } from 'node:util';
import type { Span, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import type { RequestRecorder } from '../metrics/recorder.js';
import { createPropagator, type PropagatorName } from '../otlp/propagator.js';
import { activeContext, withSpan } from '../requests/context.js';
import { guard } from '../requests/guard.js';
import { keepOneTrace } from './one-trace.js';
import { headersOf, type Init, type Input, isRequest, type RequestFacts } from './request.js';
import type { Target } from './target.js';

/** Changes to a request; each is made only if its option is set. */
export interface RequestChanges {
  /**
   * Propagates the trace, so that your own gateway behind the URL continues it: `true` adds the headers `traceparent`
   * and `tracestate`. Baggage may identify your users and is not meant for providers, so it is sent only if named:
   * `['tracecontext', 'baggage']`. A header that the caller sends stays as it is. Where an instrumentation of the client
   * adds the context of its own span, that is the one that is sent.
   *
   * @defaultValue `false`
   */
  readonly propagate?: boolean | readonly ('tracecontext' | 'baggage')[] | undefined;
  /**
   * Adds `stream_options: { include_usage: true }` to streamed chat completions that have no `stream_options`: only
   * then do OpenAI and compatible servers report the usage of a stream. The last chunk then has no choices, which the
   * client must be able to handle. Applies to bodies that are strings, as the SDKs send them.
   *
   * @defaultValue `false`
   */
  readonly includeStreamUsage?: boolean | undefined;
}

/** A call that is about to be made. */
export interface PendingCall {
  readonly input: Input;
  readonly init: Init;
  readonly target: Target;
  readonly facts: RequestFacts;
  readonly span: Span;
}

/** Returns the init to call with. It is the given one, unless a change is configured and possible. */
export type PrepareInit = (recorder: RequestRecorder, call: PendingCall) => Init;

/** The changes to make in each call. */
export interface ChangeConfig {
  readonly propagators: readonly PropagatorName[];
  readonly includeStreamUsage: boolean;
}

export function createPrepareInit({ propagators, includeStreamUsage }: ChangeConfig): PrepareInit {
  if (propagators.length === 0 && !includeStreamUsage) return (_recorder, { init }) => init;
  const senders = propagators.map((name) => createPropagator([name]));
  const change = (call: PendingCall): Init => {
    let changes = senders.length > 0 ? withContext(call, senders) : undefined;
    if (includeStreamUsage) changes = withStreamUsage(call, changes?.headers) ?? changes;
    return changes === undefined ? call.init : changeInit(call.init, withReferrer(call, changes));
  };
  return (recorder, call) => guard(recorder, 'fetch', () => change(call)) ?? call.init;
}

function withContext({ input, init, span }: PendingCall, senders: readonly TextMapPropagator[]): InitChanges {
  const headers = new Headers(headersOf(input, init));
  const context = withSpan(activeContext(), span);
  for (const sender of senders) {
    // If the caller sends a trace, our `tracestate` must not be added to it.
    const isSent = sender.fields().some((name) => headers.has(name));
    if (!isSent) sender.inject(context, headers, SETTER);
  }
  keepOneTrace();
  return { headers };
}

const SETTER: TextMapSetter<Headers> = { set: (headers, name, value) => headers.set(name, value) };

function withStreamUsage(call: PendingCall, given: Headers | undefined): InitChanges | undefined {
  const { input, init, target, facts } = call;
  const body = init?.body;
  if (target.hasStreamOptions !== true || facts.isStreamed !== true) return undefined;
  if (facts.hasStreamOptions || typeof body !== 'string') return undefined;
  // Headers from an iterator can be read only once, so they are read only if a change needs them.
  const headers = given ?? new Headers(headersOf(input, init));
  // The length changes, and the fetch sets the header again.
  headers.delete('content-length');
  return { headers, body: askForStreamUsage(body) };
}

/** Copies the referrer of a `Request`, because a fetch resets it if the init has any members. */
function withReferrer({ input, init }: PendingCall, changes: InitChanges): InitChanges {
  if (!isRequest(input) || Object.keys(init ?? {}).length > 0) return changes;
  return { ...changes, referrer: input.referrer, referrerPolicy: input.referrerPolicy };
}

const STREAM_USAGE = '"stream_options":{"include_usage":true},';

/** Adds `stream_options` to a JSON object, so that the stream reports usage; returns any other text unchanged. */
export function askForStreamUsage(body: string): string {
  const start = body.indexOf('{') + 1;
  return start === 0 ? body : body.slice(0, start) + STREAM_USAGE + body.slice(start);
}

/** The members that are read before the call is made. */
const READ = ['method', 'body', 'signal', 'headers'] as const;

/** New values for members of an init. */
export interface InitChanges {
  readonly headers?: Headers;
  readonly body?: string;
  readonly referrer?: string;
  readonly referrerPolicy?: Request['referrerPolicy'];
}

type Member = { readonly value: unknown } | { readonly error: unknown };

/**
 * Makes an init readable twice: by this package, and by the inner fetch.
 *
 * Most inits are plain objects and are passed on unchanged. Another init may return its body only once, count reads,
 * or throw. It is passed on as a proxy that reads each member once, when it is first needed. Getters run on the init
 * itself, so that inherited and private members work.
 */
export function readOnce(init: Init): Init {
  return isPlain(init) ? init : view(init as object, {});
}

/** The same init with other values for some members. */
export function changeInit(init: Init, changes: InitChanges): Init {
  if (init === undefined || init === null) return changes;
  // A copy would lack members that are not enumerable.
  const isWhole = isPlain(init) && Reflect.ownKeys(init).length === Object.keys(init).length;
  return isWhole ? { ...init, ...changes } : view(init, changes);
}

function isPlain(init: Init): boolean {
  if (init === undefined || init === null || (typeof init !== 'object' && typeof init !== 'function'))
    return true;
  if (types.isProxy(init)) return false;
  const prototype: unknown = Object.getPrototypeOf(init);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return READ.every((name) => Object.getOwnPropertyDescriptor(init, name)?.get === undefined);
}

function view(init: object, changes: InitChanges): NonNullable<Init> {
  const read = new Map<PropertyKey, Member>();
  for (const [name, value] of Object.entries(changes)) read.set(name, { value });
  const get = (name: PropertyKey): unknown => {
    let member = read.get(name);
    if (member === undefined) {
      member = readMember(init, name);
      read.set(name, member);
    }
    if ('error' in member) throw member.error;
    return member.value;
  };
  const has = (name: PropertyKey): boolean => Object.hasOwn(changes, name) || Reflect.has(init, name);
  // The target is another object, because a proxy must not contradict a frozen target.
  return new Proxy(Object.create(null) as NonNullable<Init>, {
    get: (_target, name) => get(name),
    has: (_target, name) => has(name),
    getPrototypeOf: () => Reflect.getPrototypeOf(init),
    ownKeys: () => [...new Set([...Reflect.ownKeys(init), ...Object.keys(changes)])],
    getOwnPropertyDescriptor(_target, name) {
      const isChanged = Object.hasOwn(changes, name);
      const own = isChanged ? undefined : Reflect.getOwnPropertyDescriptor(init, name);
      if (!isChanged && own === undefined) return undefined;
      const enumerable = own?.enumerable ?? true;
      return { value: get(name), enumerable, configurable: true, writable: true };
    },
    set(_target, name, value) {
      read.set(name, { value });
      return Reflect.set(init, name, value);
    },
  });
}

function readMember(init: object, name: PropertyKey): Member {
  try {
    return { value: Reflect.get(init, name) };
  } catch (error) {
    return { error };
  }
}

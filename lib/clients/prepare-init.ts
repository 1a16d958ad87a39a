import { type Span, type TextMapPropagator, type TextMapSetter, trace } from '@opentelemetry/api';
import type { RequestRecorder } from '../metrics/recorder.js';
import { createPropagator, type PropagatorName } from '../otlp/propagator.js';
import { activeContext } from '../requests/context.js';
import { guard } from '../requests/guard.js';
import { headersOf, type Init, type Input, isRequest } from './fetch-input.js';
import { changeInit, type InitChanges } from './read-once.js';
import type { Target } from './recognise.js';
import { askForStreamUsage, type RequestFacts } from './request-body.js';

/** The two things that may be changed in a request, each only if it is asked for. */
export interface RequestChanges {
  /**
   * Sends the trace on, so that a gateway of one's own behind the URL continues it: `true` adds the headers
   * `traceparent` and `tracestate`. Baggage says who is served and is not meant for providers: it is sent only where it
   * is named, `['tracecontext', 'baggage']`. A header that the caller sends stays as it is.
   *
   * @defaultValue `false`
   */
  readonly propagate?: boolean | readonly ('tracecontext' | 'baggage')[] | undefined;
  /**
   * Adds `stream_options: { include_usage: true }` to streamed chat completions that have no `stream_options`:
   * OpenAI and those who follow it report the usage of a stream only then. The last chunk then has no choices, which
   * a client must cope with. For bodies that are strings, as those of the SDKs are.
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

/** The init to call with: the very one that was given, unless a change is asked for and possible. */
export type PrepareInit = (recorder: RequestRecorder, call: PendingCall) => Init;

/** What is changed in each call. */
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
  const context = trace.setSpan(activeContext(), span);
  for (const sender of senders) {
    // What the caller sends is whole: a trace of another's goes with no state of ours.
    const isSent = sender.fields().some((name) => headers.has(name));
    if (!isSent) sender.inject(context, headers, SETTER);
  }
  return { headers };
}

const SETTER: TextMapSetter<Headers> = { set: (headers, name, value) => headers.set(name, value) };

function withStreamUsage(call: PendingCall, given: Headers | undefined): InitChanges | undefined {
  const { input, init, target, facts } = call;
  const body = init?.body;
  if (target.hasStreamOptions !== true || !facts.isStreamed) return undefined;
  if (facts.hasStreamOptions || typeof body !== 'string') return undefined;
  // Headers that come one by one can be read once: not before they are needed.
  const headers = given ?? new Headers(headersOf(input, init));
  // The length is another one now; whoever sends the body counts it.
  headers.delete('content-length');
  return { headers, body: askForStreamUsage(body) };
}

/** Where an init says anything, a fetch takes the referrer from there as well. */
function withReferrer({ input, init }: PendingCall, changes: InitChanges): InitChanges {
  if (!isRequest(input) || Object.keys(init ?? {}).length > 0) return changes;
  return { ...changes, referrer: input.referrer, referrerPolicy: input.referrerPolicy };
}

import { isSpanContextValid, type Span, TraceFlags } from '@opentelemetry/api';
import type { RequestRecorder } from '../instruments/recorder.js';
import { attempt } from '../requests/attempt.js';
import type { Target } from './recognise.js';
import { askForStreamUsage, type RequestFacts } from './request-body.js';

/** The two things that may be changed in a request, each only if it is asked for. */
export interface RequestChanges {
  /**
   * Adds a `traceparent` header, so that a gateway of one's own behind the URL continues the trace. Baggage is not
   * sent: it is not meant for providers.
   *
   * @defaultValue `false`
   */
  readonly propagate?: boolean | undefined;
  /**
   * Adds `stream_options: { include_usage: true }` to streamed chat completions that have no `stream_options`:
   * OpenAI and those who follow it report the usage of a stream only then. The last chunk then has no choices, which
   * a client must cope with. For bodies that are strings, as those of the SDKs are.
   *
   * @defaultValue `false`
   */
  readonly includeStreamUsage?: boolean | undefined;
}

type Input = Parameters<typeof fetch>[0];
type Init = Parameters<typeof fetch>[1];

/** A call that is about to be made. */
export interface PendingCall {
  readonly input: Input;
  readonly init: Init;
  readonly target: Target;
  readonly facts: RequestFacts;
  readonly options: RequestChanges;
  readonly span: Span;
}

/** The init to call with: the very one that was given, unless a change is asked for and possible. */
export function prepareInit(recorder: RequestRecorder, call: PendingCall): Init {
  return attempt(recorder, 'fetch', () => withTraceparent(call, withStreamUsage(call))) ?? call.init;
}

function withStreamUsage({ input, init, target, facts, options }: PendingCall): Init {
  const isWanted =
    options.includeStreamUsage === true && target.hasStreamOptions === true && facts.isStreamed;
  if (!isWanted || facts.hasStreamOptions || typeof init?.body !== 'string') return init;
  const headers = headersOf(input, init);
  // The length is another one now; whoever sends the body counts it.
  headers.delete('content-length');
  return { ...init, headers, body: askForStreamUsage(init.body) };
}

function withTraceparent({ input, options, span }: PendingCall, init: Init): Init {
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (options.propagate !== true || !isSpanContextValid(span.spanContext())) return init;
  const headers = headersOf(input, init);
  const flags = (traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0');
  if (!headers.has('traceparent')) headers.set('traceparent', `00-${traceId}-${spanId}-${flags}`);
  return { ...init, headers };
}

function headersOf(input: Input, init: Init): Headers {
  const isRequest = typeof input === 'object' && 'headers' in input;
  return new Headers(init?.headers ?? (isRequest ? input.headers : undefined));
}

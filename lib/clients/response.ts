import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { classifyResponse } from '../errors/classify-error.js';
import type { RequestRecorder } from '../metrics/recorder.js';
import type { CallOutcome } from '../requests/context.js';
import { guard } from '../requests/guard.js';
import { statusOf } from '../requests/nested-fetch.js';
import { observeBody, unreadBody } from '../streams/response-body.js';
import {
  type BodyReader,
  createEventReader,
  createJsonReader,
  createLineReader,
} from '../wire/body-reader.js';
import { createFrameReader } from '../wire/frame-reader.js';
import { object } from '../wire/json.js';
import { OutputEstimator } from '../wire/output-estimator.js';
import { type Answer, addResponse, createAnswer } from '../wire/wire-format.js';
import { AnswerTap, createErrorTap, type TappedRequest } from './answer-tap.js';
import { readAnswerHeaders } from './answering-provider.js';
import type { CallSignal } from './call-signal.js';
import { recordRateLimits } from './rate-limits.js';
import { contentTypeOf, isStreamedCall, type RequestFacts, UNKNOWN_MODEL } from './request.js';
import type { Target } from './target.js';

/** A request, with the methods that the instrumented fetch needs. */
export interface ObservedRequest extends TappedRequest {
  /** Adds facts that were not known when the request was started. */
  describe(model: string | undefined, streaming: boolean, parameters?: RequestFacts['parameters']): void;
}

/** An observed call, until its answer begins. */
export interface ObservedCall {
  readonly request: ObservedRequest;
  readonly recorder: RequestRecorder;
  readonly target: Target;
  /** What is known about its body so far. */
  facts: RequestFacts;
  readonly signal: CallSignal | undefined;
  /** Whether the output of a stream that is cut off is estimated. */
  readonly estimatesUsage: boolean;
}

/** A consumer that reads the body of an error response does so within this time. */
const ERROR_BODY_WAIT_MS = INPUT_LIMITS.errorBodyWait.value;

/** Content types of one JSON document a line. */
const LINE_DELIMITED = /ndjson|jsonl|jsonlines|stream\+json/;

const AWS_EVENTS = 'vnd.amazon.eventstream';

/** Content types of events: server-sent ones, and AWS's. */
const EVENT_STREAM = /event-?stream/;

/** The header in which AWS names an error, followed by a colon and an address. */
const AWS_ERROR_HEADER = 'x-amzn-errortype';

/** Observes the answer to a call, and ends the request with it. */
export function followResponse(response: Response, call: ObservedCall): void {
  const { request, recorder, target } = call;
  request.touch?.();
  const status = statusOf(response);
  if (status === undefined) {
    // The inner fetch returned something other than a response, which only its caller understands.
    request.fail(undefined, 'unknown');
    return;
  }
  guard(recorder, 'fetch', () => {
    recordRateLimits(recorder, target, request.model, { status, headers: response.headers });
  });
  const isFollowed = guard(recorder, 'fetch', () =>
    response.ok ? followAnswer(response, status, call) : followError(response, status, request),
  );
  // If no body can be observed, the status decides the outcome.
  if (isFollowed !== true) endAs(call, { status });
}

/** Ends the request with the outcome of its call: a status or an error. */
export function endAs({ request }: ObservedCall, outcome: CallOutcome | undefined): void {
  const { status = 200, error } = outcome ?? {};
  if (error !== undefined) request.fail(error);
  else if (status >= 200 && status < 300) request.end();
  else request.fail(undefined, classifyResponse(status));
}

function followAnswer(response: Response, status: number, call: ObservedCall): boolean {
  const { request, recorder, target, facts, signal } = call;
  const body = unreadBody(response);
  if (body === undefined) return false;
  const answer = createAnswer(() => object(call.facts.members));
  if (call.estimatesUsage) answer.estimator = new OutputEstimator();
  target.format.readHeaders?.(response.headers, answer);
  const type = contentTypeOf(response.headers);
  const isStreamed = isStreamedCall(facts, target) || EVENT_STREAM.test(type);
  const { calledProvider = target.provider } = target;
  addResponse(answer, readAnswerHeaders(calledProvider, response.headers, isStreamed));
  const reader = readerFor(type, isStreamed, target, answer);
  observeBody(
    response,
    body,
    new AnswerTap({
      request,
      recorder,
      answer,
      format: target.format,
      reader,
      isStreamed,
      calledProvider: target.calledProvider,
      isUsageNow: target.isGuest,
      isModelAnswered: target.isModelAnswered && request.model === UNKNOWN_MODEL,
      isUnasked: isStreamed && target.hasStreamOptions === true && !call.facts.isUsageAsked,
      status,
      signal,
    }),
  );
  return true;
}

/** Selects a reader by the content type. A stream without a content type is read as events. */
function readerFor(
  type: string,
  isStreamed: boolean,
  target: Target,
  answer: Answer,
): BodyReader | undefined {
  const { lines } = target.format;
  if (lines === 'body') return createLineReader(target.format, answer);
  if (type.includes(AWS_EVENTS)) return createFrameReader(target.format, answer);
  if (type.includes('event-stream')) return createEventReader(target.format, answer);
  if (LINE_DELIMITED.test(type) || (isStreamed && lines === 'stream'))
    return createLineReader(target.format, answer);
  if (type.includes('json') || (type === '' && !isStreamed)) return createJsonReader(target.format, answer);
  return isStreamed && !type.startsWith('audio/') ? createEventReader(target.format, answer) : undefined;
}

function followError(response: Response, status: number, request: TappedRequest): boolean {
  const body = unreadBody(response);
  if (body === undefined) return false;
  const tap = createErrorTap(request, status, response.headers.get(AWS_ERROR_HEADER)?.split(':')[0]);
  observeBody(response, body, tap);
  setTimeout(() => tap.cancel(), ERROR_BODY_WAIT_MS).unref();
  return true;
}

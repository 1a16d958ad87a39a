import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { classifyResponse } from '../errors/classify-error.js';
import type { RequestRecorder } from '../metrics/recorder.js';
import type { CallOutcome } from '../requests/context.js';
import { guard } from '../requests/guard.js';
import { statusOf } from '../requests/nested-fetch.js';
import { observeBody, unreadBody } from '../streams/response.js';
import { type BodyReader, createEventReader, createJsonReader } from '../wire/body-reader.js';
import { type Answer, addResponse, createAnswer } from '../wire/wire-format.js';
import type { AbortType } from './abort-type.js';
import { AnswerTap, ErrorTap, type TappedRequest } from './answer-tap.js';
import { contentTypeOf } from './content-type.js';
import { readNumber, recordRateLimits } from './rate-limit-headers.js';
import type { Target } from './recognise.js';
import type { RequestFacts } from './request-body.js';

/** A request as the fetch that makes its call sees it. */
export interface ObservedRequest extends TappedRequest {
  /** Tells what was not known when it was started. */
  describe(model: string | undefined, streaming: boolean): void;
}

/** A call that is observed, until its answer begins. */
export interface ObservedCall {
  readonly request: ObservedRequest;
  readonly recorder: RequestRecorder;
  readonly target: Target;
  /** What is known of its body by now. */
  facts: RequestFacts;
  readonly abortType: AbortType;
}

/** Who reads the body of an error does so at once; nobody else is waited for. */
const ERROR_BODY_WAIT_MS = INPUT_LIMITS.errorBodyWait.value;

/** LiteLLM says what a request cost in a header. */
const COST_HEADER = 'x-litellm-response-cost';

/** Ends the request with its answer, whatever becomes of that. */
export function watchResponse(response: Response, call: ObservedCall): void {
  const { request, recorder, target } = call;
  request.touch?.();
  const status = statusOf(response);
  if (status === undefined) {
    // An inner fetch that answers with something else: the caller has to know what to do with it.
    request.fail(undefined, 'unknown');
    return;
  }
  guard(recorder, 'fetch', () => {
    recordRateLimits(recorder, target.provider, request.model, response.headers, status);
  });
  const isWatched = guard(recorder, 'fetch', () =>
    response.ok ? watchAnswer(response, status, call) : watchError(response, status, request),
  );
  // Where there is no body, or none that can be followed, what is known now must do.
  if (isWatched !== true) endAs(call, { status });
}

/** Ends the request as a call that ended with a status, or with an error. */
export function endAs({ request }: ObservedCall, outcome: CallOutcome | undefined): void {
  const { status = 200, error } = outcome ?? {};
  if (error !== undefined) request.fail(error);
  else if (status >= 200 && status < 300) request.end();
  else request.fail(undefined, classifyResponse(status));
}

function watchAnswer(response: Response, status: number, call: ObservedCall): boolean {
  const { request, recorder, target, facts, abortType } = call;
  const body = unreadBody(response);
  if (body === undefined) return false;
  const answer = createAnswer();
  addResponse(answer, { costUsd: readNumber(response.headers.get(COST_HEADER)) });
  const type = contentTypeOf(response.headers);
  const isStreamed = facts.isStreamed || target.isStreamed === true || type.includes('event-stream');
  const reader = readerFor(type, isStreamed, target, answer);
  observeBody(
    response,
    body,
    new AnswerTap({ request, recorder, answer, reader, isStreamed, status, abortType }),
  );
  return true;
}

/** By what the answer says it is; a stream that says nothing is taken for events. */
function readerFor(
  type: string,
  isStreamed: boolean,
  target: Target,
  answer: Answer,
): BodyReader | undefined {
  if (type.includes('event-stream')) return createEventReader(target.format, answer);
  if (type.includes('json') || (type === '' && !isStreamed)) return createJsonReader(target.format, answer);
  return isStreamed && !type.startsWith('audio/') ? createEventReader(target.format, answer) : undefined;
}

function watchError(response: Response, status: number, request: TappedRequest): boolean {
  const body = unreadBody(response);
  if (body === undefined) return false;
  const tap = new ErrorTap(request, status);
  observeBody(response, body, tap);
  setTimeout(() => tap.cancel(), ERROR_BODY_WAIT_MS).unref();
  return true;
}

import { type Context, trace } from '@opentelemetry/api';
import type { RequestRecorder } from '../metrics/recorder.js';
import type { FetchInFlight } from '../requests/context.js';
import { activeContext, activeRequest, runInContext } from '../requests/context.js';
import { guard } from '../requests/guard.js';
import {
  claimAnswer,
  createFetchInFlight,
  forgetAnswers,
  isClaimed,
  leaveToOuter,
  markFetch,
  outerFetch,
} from '../requests/nested-fetch.js';
import { startRequest } from '../requests/observe-request.js';
import { createAbortType } from './abort-type.js';
import { namedModel, UNKNOWN_MODEL } from './called-model.js';
import { type Fetch, headersOf, type Init, type Input, methodOf, signalOf } from './fetch-input.js';
import type { PrepareInit } from './prepare-init.js';
import { readOnce } from './read-once.js';
import type { Target } from './recognise.js';
import { NO_FACTS, type RequestFacts, readBody } from './request-body.js';
import { tapUpload, uploadOf } from './tap-upload.js';
import { endAs, type ObservedCall, type ObservedRequest, watchResponse } from './watch-response.js';

/** A call to a model that is about to be made. */
export interface ModelCall {
  readonly fetch: Fetch;
  readonly prepareInit: PrepareInit;
  readonly recorder: RequestRecorder;
  readonly target: Target;
  readonly input: Input;
  readonly init: Init;
}

/** Makes a call to a model, and observes it unless an outer fetch does. */
export function callModel(given: ModelCall): Promise<Response> {
  const { fetch, recorder, target, input } = given;
  const init = guard(recorder, 'fetch', () => readOnce(given.init)) ?? given.init;
  if (methodOf(input, init) !== 'POST') return fetch(input, init);
  const call = init === given.init ? given : { ...given, init };
  const active = activeContext();
  const left = leaveToOuter(active, target.hostAndPath, (within) =>
    runInContext(within, () => fetch(input, init)),
  );
  return left === undefined ? observe(call, active) : left.made;
}

/** A call that is observed, and how it is made. */
interface Prepared {
  readonly observed: ObservedCall;
  readonly init: Init;
  readonly context: Context;
  readonly inFlight: FetchInFlight;
}

/** An async function, so that an inner fetch which throws rejects as any fetch does. */
async function observe(call: ModelCall, active: Context): Promise<Response> {
  const { fetch, recorder, input } = call;
  const prepared = guard(recorder, 'fetch', () => prepare(call, active));
  if (prepared === undefined) return fetch(input, call.init);
  const { observed, init, context, inFlight } = prepared;
  let response: Response;
  try {
    response = await runInContext(context, () => fetch(input, init));
  } catch (error) {
    observed.request.fail(
      error,
      guard(recorder, 'fetch', () => observed.abortType(false)),
    );
    forgetAnswers(inFlight);
    throw error;
  } finally {
    inFlight.isOver = true;
  }
  const isClaimedInside = guard(recorder, 'fetch', () => isClaimed(inFlight, response)) === true;
  const { outcome } = inFlight;
  forgetAnswers(inFlight);
  const outer = outerFetch(active);
  if (outer !== undefined) guard(recorder, 'fetch', () => claimAnswer(outer, response));
  if (isClaimedInside) {
    // The answer to another call than this one, which observes it.
    endAs(observed, outcome);
    return response;
  }
  watchResponse(response, observed);
  return response;
}

function prepare(call: ModelCall, active: Context): Prepared {
  const { recorder, target, input, init } = call;
  const upload = guard(recorder, 'fetch', () => uploadOf(input, init?.body));
  const facts = guard(recorder, 'fetch', () => readBody(init?.body)) ?? NO_FACTS;
  const followed = activeRequest()?.follow({
    provider: target.provider,
    operation: target.operation,
    model: modelOf(target, facts) ?? UNKNOWN_MODEL,
  });
  const request = followed ?? start(call, facts, upload !== undefined);
  const abortType = guard(recorder, 'fetch', () =>
    createAbortType(signalOf(input, init), headersOf(input, init)),
  );
  const observed: ObservedCall = {
    request,
    recorder,
    target,
    facts,
    abortType: abortType ?? (() => undefined),
  };
  if (upload !== undefined) guard(recorder, 'fetch', () => tapUpload(upload, tellLater(observed)));
  const inFlight = createFetchInFlight(target.hostAndPath);
  const within = markFetch(active, inFlight);
  return {
    observed,
    init: call.prepareInit(recorder, { input, init, target, facts, span: request.span }),
    // What is observed by its user is active already, or what the user has started within it.
    context: followed === undefined ? trace.setSpan(within, request.span) : within,
    inFlight,
  };
}

function start(call: ModelCall, facts: RequestFacts, isModelLate: boolean): ObservedRequest {
  const { recorder, target } = call;
  const { provider, operation, serverAddress, serverPort } = target;
  const model = modelOf(target, facts) ?? UNKNOWN_MODEL;
  const streaming = facts.isStreamed || target.isStreamed === true;
  const options = { provider, operation, serverAddress, serverPort, model, streaming, isModelLate };
  return startRequest(options, recorder);
}

/**
 * Takes the facts of a body that is read as it is sent. The body may outlast the call, and the call its making: the
 * body keeps neither.
 */
function tellLater(observed: ObservedCall): (facts: RequestFacts) => void {
  const { recorder, target } = observed;
  const call = new WeakRef(observed);
  const request = new WeakRef(observed.request);
  return (facts) => {
    const making = call.deref();
    if (making !== undefined) making.facts = facts;
    const isStreamed = facts.isStreamed || target.isStreamed === true;
    guard(recorder, 'fetch', () => request.deref()?.describe(modelOf(target, facts), isStreamed));
  };
}

function modelOf(target: Target, facts: RequestFacts): string | undefined {
  return namedModel(target.model) ?? namedModel(facts.model);
}

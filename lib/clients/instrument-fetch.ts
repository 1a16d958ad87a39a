import type { Context } from '@opentelemetry/api';
import { current, type RequestRecorder } from '../metrics/recorder.js';
import {
  activeContext,
  activeRequest,
  type FetchInFlight,
  runInContext,
  withSpan,
} from '../requests/context.js';
import { guard } from '../requests/guard.js';
import { LaterUsage } from '../requests/later-usage.js';
import { REQUEST_DEPS } from '../requests/lifecycle.js';
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
import { CallSignal } from './call-signal.js';
import { createPrepareInit, type PrepareInit, type RequestChanges, readOnce } from './change-request.js';
import { examineCall } from './examine-call.js';
import { resolveFetchOptions } from './fetch-options.js';
import type { HostFunction, HostOptions } from './host-options.js';
import { createRecognise } from './recognise.js';
import {
  type Fetch,
  headersOf,
  type Init,
  type Input,
  isStreamedCall,
  methodOf,
  NO_FACTS,
  namedModel,
  type RequestFacts,
  readBody,
  signalOf,
  UNKNOWN_MODEL,
  urlOf,
} from './request.js';
import { endAs, followResponse, type ObservedCall, type ObservedRequest } from './response.js';
import { type Gateways, type RoutedCall, routeTarget } from './routed-provider.js';
import { suspectOf } from './suspect.js';
import { tapUpload, uploadOf } from './tap-upload.js';
import type { Target } from './target.js';
import { examinedCall, type UnrecognisedMode } from './unrecognised.js';

/** Options of {@link instrumentFetch}. */
export interface InstrumentFetchOptions extends RequestChanges {
  /**
   * Further hosts, such as your own servers: `{ 'localhost:8000': { provider: 'vllm' } }`. A known host may be given
   * another provider name. A function decides for each URL.
   *
   * - A `*` stands for any text: `'*.corp.example'`. Without a port, a name means the port of the scheme.
   * - With a path, it means the URLs whose path begins with it: `'gateway.internal/openai'`.
   * - `localhost`, `127.0.0.1` and `[::1]` are the same host.
   * - The most specific entry counts: an exact host before a pattern, a longer path before a shorter one.
   *
   * `LLM_EDGE_HOSTS` adds entries, which these take precedence over: `localhost:8000=vllm,*.corp.example=openai`. One
   * that is not valid is left out, with a line in the diagnostic log.
   */
  readonly hosts?: Readonly<Record<string, HostOptions | HostFunction>> | undefined;
  /**
   * How calls through a gateway or router are counted that name the provider behind it, in their path, their headers or
   * their model: `separate` under both names, such as `vercel/openai`; `merge` as if they went to that provider, under
   * `openai` and, without the prefix of the gateway, `gpt-4o`. `docs/intermediaries.md` lists what is known of each.
   *
   * @defaultValue `separate`
   */
  readonly gateways?: Gateways | undefined;
  /**
   * What happens to requests to hosts that are not known, if they look like calls to a model: a `POST` whose path is that
   * of a known API and whose JSON body names a `model`, or whose path alone tells it. All are counted in
   * `llm_edge_monitoring_unrecognised_requests_total`, and the log says once for each host what to add to `hosts`.
   * `observe` also observes them like others, with the host as the provider, for the first four hosts; further ones
   * are recorded as `other`. Environment, for the preload: `LLM_EDGE_UNRECOGNISED`.
   *
   * @defaultValue `count`
   */
  readonly unrecognised?: UnrecognisedMode | undefined;
  /**
   * Whether the output of streams that are cut off before their usage is estimated from their events, in
   * `llm_edge_estimated_tokens_total` and `llm_edge_estimated_cost_usd_total`. An estimate is never part of the exact
   * tokens and costs. Environment, for the preload: `LLM_EDGE_ESTIMATE_USAGE`.
   *
   * @defaultValue `false`
   */
  readonly estimateUsage?: boolean | undefined;
}

/**
 * Returns a fetch that observes requests to models: for `new OpenAI({ fetch })`, `new Anthropic({ fetch })`, any
 * other client, or as `globalThis.fetch`.
 *
 * A request is recognised by its URL. It is counted, timed and traced, and usage, cost, time to first token and rate
 * limits are read from the answer while the consumer reads it. The `Response` is the one that the inner fetch
 * returned; the prototypes of the response and its body are new objects that inherit from the prototypes of their
 * classes. All other calls pass through untouched. Within `observeRequest` it adds what it reads to that request
 * instead of counting another one. Within another instrumented fetch it leaves the call to the outer one; if a client
 * between the two retries, each retry is a further request.
 *
 * The body of a `Request` is read as it is sent. The model is known once the whole body has been sent; a call that ends
 * earlier is counted for the model `unknown`.
 *
 * An aborted call is `client_cancelled`. It is a `timeout` if the abort reason is a timeout, as with
 * `AbortSignal.timeout()`, or if an SDK enforced its own time limit.
 *
 * In Deno, a response that a `Deno.serve` handler returns, or whose body is used for another response, is read in a way
 * that cannot be observed. Return `new Response(response.body.pipeThrough(new TransformStream()), response)` there.
 *
 * Before `initMonitoring` and after `shutdown` it only calls the inner fetch. All errors of the returned fetch come
 * from the inner fetch. If the inner fetch throws instead of rejecting, an observed call rejects with that error.
 *
 * @param fetch - makes the calls; the global one by default.
 * @param options - see {@link InstrumentFetchOptions}; they are read once.
 * @throws {MonitoringError} ERR_INVALID_CONFIG if either is invalid, with a list of all problems.
 */
export function instrumentFetch(
  fetch: Fetch = globalThis.fetch,
  options: InstrumentFetchOptions = {},
): Fetch {
  const config = resolveFetchOptions(fetch, options);
  const recognise = createRecognise(config.hosts, () => current.recorder.drop('invalid_value', 'hosts'));
  const prepareInit = createPrepareInit(config);
  const route: Route = (target, call) => routeTarget(target, call, config.gateways, recognise);
  const { unrecognised, estimateUsage: estimatesUsage } = config;

  return function instrumentedFetch(input: Input, init?: Init): Promise<Response> {
    const { recorder } = current;
    if (!recorder.enabled) return fetch(input, init);
    const target = guard(recorder, 'fetch', () => {
      const url = urlOf(input);
      return url === undefined ? undefined : (recognise(url) ?? suspectOf(url));
    });
    if (target === undefined) return fetch(input, init);
    if ('isSure' in target) {
      const call = { fetch, recorder, suspect: target, input, init, hosts: config.hosts };
      const examined = examineCall(call, unrecognised);
      if ('made' in examined) return examined.made;
      return callModel({ fetch, prepareInit, route, estimatesUsage, recorder, input, ...examined });
    }
    if (target.createSession !== undefined) return fetch(input, init);
    return callModel({ fetch, prepareInit, route, estimatesUsage, recorder, target, input, init });
  };
}

/** Returns the target with the provider under which a call is counted. */
type Route = (target: Target, call: RoutedCall) => Target;

/** A call to a model that is about to be made. */
interface ModelCall {
  readonly fetch: Fetch;
  readonly prepareInit: PrepareInit;
  readonly route: Route;
  readonly estimatesUsage: boolean;
  readonly recorder: RequestRecorder;
  readonly target: Target;
  readonly input: Input;
  readonly init: Init;
}

/** Makes a call to a model, and observes it unless an outer fetch does. */
function callModel(given: ModelCall): Promise<Response> {
  const { fetch, recorder, target, input } = given;
  const init = guard(recorder, 'fetch', () => readOnce(given.init)) ?? given.init;
  if ((methodOf(input, init) ?? 'GET') !== (target.method ?? 'POST')) return fetch(input, init);
  const call = init === given.init ? given : { ...given, init };
  const active = activeContext();
  const outer = examinedCall(active);
  if (outer !== undefined) outer.isObserved = true;
  const left = leaveToOuter(active, target.hostAndPath, (within) =>
    runInContext(within, () => fetch(input, init)),
  );
  return left === undefined ? observe(call, active) : left.made;
}

/** An observed call, and the init and context to make it with. */
interface Prepared {
  readonly observed: ObservedCall;
  readonly init: Init;
  readonly context: Context;
  readonly inFlight: FetchInFlight;
}

function observe(call: ModelCall, active: Context): Promise<Response> {
  const { fetch, recorder, input } = call;
  const prepared = guard(recorder, 'fetch', () => prepare(call, active));
  if (prepared === undefined) return settled(() => fetch(input, call.init));
  const { observed, init, context, inFlight } = prepared;
  return settled(() => runInContext(context, () => fetch(input, init))).then(
    (response) => {
      inFlight.isOver = true;
      settleSignal(observed);
      followOrLeave(response, active, prepared, recorder);
      return response;
    },
    (error: unknown) => {
      inFlight.isOver = true;
      observed.request.fail(
        error,
        guard(recorder, 'fetch', () => observed.signal?.abortType(false)),
      );
      settleSignal(observed);
      forgetAnswers(inFlight);
      throw error;
    },
  );
}

function settleSignal({ recorder, signal }: ObservedCall): void {
  guard(recorder, 'fetch', () => signal?.settle());
}

/** The promise of a fetch. It rejects if the fetch throws, and is fulfilled if the fetch returns a plain value. */
function settled(make: () => Promise<Response>): Promise<Response> {
  try {
    return Promise.resolve(make());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Observes an answer, unless a nested call does. */
function followOrLeave(
  response: Response,
  active: Context,
  { observed, inFlight }: Prepared,
  recorder: RequestRecorder,
): void {
  const isClaimedInside = guard(recorder, 'fetch', () => isClaimed(inFlight, response)) === true;
  const { outcome } = inFlight;
  forgetAnswers(inFlight);
  const outer = outerFetch(active);
  if (outer !== undefined) guard(recorder, 'fetch', () => claimAnswer(outer, response));
  if (isClaimedInside) endAs(observed, outcome);
  else followResponse(response, observed);
}

function prepare(call: ModelCall, active: Context): Prepared {
  const { recorder, input, init } = call;
  const upload = guard(recorder, 'fetch', () => uploadOf(input, init?.body));
  const facts = guard(recorder, 'fetch', () => readBody(init?.body, call.target.format)) ?? NO_FACTS;
  const routed = guard(recorder, 'fetch', () =>
    call.route(call.target, { headers: headersOf(input, init), model: facts.model }),
  );
  const target = routed ?? call.target;
  const followed =
    target.isLater === true ? laterUsage(target, recorder, active) : follow(target, facts, active);
  const request = followed ?? start({ recorder, target }, facts, upload !== undefined, active);
  const signal = guard(
    recorder,
    'fetch',
    () => new CallSignal(signalOf(input, init), headersOf(input, init)),
  );
  const { estimatesUsage } = call;
  const observed: ObservedCall = { request, recorder, target, facts, signal, estimatesUsage };
  if (upload !== undefined)
    guard(recorder, 'fetch', () => tapUpload(upload, target.format, createFactsListener(observed)));
  const inFlight = createFetchInFlight(target.hostAndPath);
  const within = markFetch(active, inFlight);
  const prepared = call.prepareInit(recorder, { input, init, target, facts, span: request.span });
  // Another body asks for the usage of the stream.
  if (prepared !== init && prepared?.body !== init?.body) observed.facts = { ...facts, isUsageAsked: true };
  return {
    observed,
    init: prepared,
    // If the user observes the request, its span or one started within it is already active.
    context: followed === undefined ? withSpan(within, request.span) : within,
    inFlight,
  };
}

function follow(target: Target, facts: RequestFacts, active: Context): ObservedRequest | undefined {
  return activeRequest(active)?.follow({
    provider: target.provider,
    operation: target.operation,
    model: modelOf(target, facts) ?? UNKNOWN_MODEL,
    serverAddress: target.serverAddress,
    serverPort: target.serverPort,
    parameters: facts.parameters,
  });
}

function laterUsage(target: Target, recorder: RequestRecorder, active: Context): ObservedRequest {
  return new LaterUsage({ ...target, model: UNKNOWN_MODEL }, recorder, REQUEST_DEPS.price, active);
}

function start(
  { recorder, target }: Pick<ModelCall, 'recorder' | 'target'>,
  facts: RequestFacts,
  isModelLate: boolean,
  active: Context,
): ObservedRequest {
  const { provider, operation, serverAddress, serverPort } = target;
  const model = modelOf(target, facts) ?? UNKNOWN_MODEL;
  const streaming = isStreamedCall(facts, target);
  const { parameters } = facts;
  // Written out: an object that is made by spreading others costs microseconds here.
  const options = {
    provider,
    operation,
    serverAddress,
    serverPort,
    model,
    streaming,
    parameters,
    isModelLate: isModelLate || (target.isModelAnswered === true && model === UNKNOWN_MODEL),
  };
  return startRequest(options, recorder, REQUEST_DEPS, active);
}

/** Returns a listener for the facts of an upload. The upload may outlive the call, so the call is referenced weakly. */
function createFactsListener(observed: ObservedCall): (facts: RequestFacts) => void {
  const { recorder, target } = observed;
  const call = new WeakRef(observed);
  const request = new WeakRef(observed.request);
  return (facts) => {
    const observedCall = call.deref();
    if (observedCall !== undefined) observedCall.facts = facts;
    const isStreamed = isStreamedCall(facts, target);
    guard(recorder, 'fetch', () => {
      request.deref()?.describe(modelOf(target, facts), isStreamed, facts.parameters);
    });
  };
}

function modelOf(target: Target, facts: RequestFacts): string | undefined {
  return namedModel(target.model) ?? namedModel(facts.model);
}

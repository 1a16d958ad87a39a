import { current } from '../instruments/current.js';
import type { RequestRecorder } from '../instruments/recorder.js';
import { activeRequest } from '../requests/active-context.js';
import { attempt } from '../requests/attempt.js';
import type { RequestHandle } from '../requests/request-handle.js';
import { startRequest } from '../requests/start-request.js';
import { sharedState } from '../shared-state.js';
import { createAbortType } from './abort-type.js';
import { checkFetchOptions } from './fetch-options.js';
import { followOnly } from './follow-only.js';
import { prepareInit, type RequestChanges } from './prepare-init.js';
import { createRecognise, type HostOptions, type Target } from './recognise.js';
import { NO_FACTS, type RequestFacts, readBody, readRequest } from './request-body.js';
import { watchResponse } from './watch-response.js';

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = Parameters<Fetch>[1];

/** What {@link instrumentFetch} can be told. */
export interface InstrumentFetchOptions extends RequestChanges {
  /**
   * Hosts beyond those that are known, such as servers of one's own: `{ 'localhost:8000': { provider: 'vllm' } }`.
   * A host that is known may be given another provider name.
   */
  readonly hosts?: Readonly<Record<string, HostOptions>> | undefined;
}

/** What a model is called when the request names none that can be read. */
const UNKNOWN_MODEL = 'unknown';

/** The call that each request in flight stands for, so that an instrumented fetch within another does not count it. */
const calls = sharedState('fetch-calls.v1', () => new WeakMap<object, string>());

/**
 * Returns a fetch that observes requests to models: for `new OpenAI({ fetch })`, `new Anthropic({ fetch })`, any
 * other client, or as `globalThis.fetch`.
 *
 * A request is recognised by its URL. It is counted, timed and traced, and usage, cost, time to first token and
 * rate limits are read from the answer while the consumer reads it: the `Response` is the one the inner fetch
 * returned. Everything else passes through untouched. Within `observeRequest` it adds what it reads to that request
 * instead of counting another one, and within another instrumented fetch it leaves the call to that.
 *
 * An aborted call is `client_cancelled`, or a `timeout` where the reason says so, as that of `AbortSignal.timeout()`
 * does, or where an SDK kept its own time limit.
 *
 * Deno reads a response that is returned from a `Deno.serve` handler, or whose body becomes that of another, in a way
 * that nothing can see. Return `new Response(response.body.pipeThrough(new TransformStream()), response)` there.
 *
 * Before `initMonitoring` and after `shutdown` it only calls the inner fetch. The fetch that is returned never throws
 * of its own.
 *
 * @param fetch - what makes the calls; the global one by default.
 * @param options - see {@link InstrumentFetchOptions}.
 * @throws {MonitoringError} ERR_INVALID_CONFIG when either is not what it should be, with a list of all problems.
 */
export function instrumentFetch(
  fetch: Fetch = globalThis.fetch,
  options: InstrumentFetchOptions = {},
): Fetch {
  checkFetchOptions(fetch, options);
  const recognise = createRecognise(options.hosts);

  return function instrumentedFetch(input: Input, init?: Init): Promise<Response> {
    const recorder = current.recorder;
    if (!recorder.enabled || methodOf(input, init) !== 'POST') return fetch(input, init);
    const url = urlOf(input);
    const target = url === undefined ? undefined : recognise(url);
    if (url === undefined || target === undefined) return fetch(input, init);
    return observe({ fetch, recorder, options, target, url }, input, init);
  };
}

interface Call {
  readonly fetch: Fetch;
  readonly recorder: RequestRecorder;
  readonly options: InstrumentFetchOptions;
  readonly target: Target;
  readonly url: string;
}

async function observe(call: Call, input: Input, init: Init): Promise<Response> {
  const { fetch, recorder, options, target, url } = call;
  const active = activeRequest();
  // The URL that an instrumented fetch further out is calling now, if that is where this call comes from.
  const outerUrl = active && calls.get(active);
  if (outerUrl === url) return fetch(input, init);

  // Only a `Request` makes the call wait for its facts.
  const reading = factsOf(recorder, input, init);
  const facts = reading instanceof Promise ? await reading : reading;
  const isObserved = active !== undefined && outerUrl === undefined;
  const request = isObserved ? followOnly(active) : start(target, facts);
  const prepared = prepareInit(recorder, { input, init, target, facts, options, span: request.span });
  const signal = init?.signal ?? (isRequest(input) ? input.signal : undefined);
  const headers = init?.headers ?? (isRequest(input) ? input.headers : undefined);
  const abortType = createAbortType(signal, headers);
  let response: Response;
  try {
    response = await request.run(() => callOnce(url, () => fetch(input, prepared)));
  } catch (error) {
    request.fail(error, abortType(false));
    throw error;
  }
  watchResponse(response, { request, recorder, target, facts, abortType });
  return response;
}

function start(target: Target, facts: RequestFacts): RequestHandle {
  const { provider, operation, serverAddress, serverPort } = target;
  return startRequest({
    provider,
    operation,
    serverAddress,
    serverPort,
    model: target.model ?? facts.model ?? UNKNOWN_MODEL,
    streaming: facts.isStreamed || target.isStreamed === true,
  });
}

/** Makes a call that an instrumented fetch further in is to leave alone. */
async function callOnce(url: string, call: () => Promise<Response>): Promise<Response> {
  const running = activeRequest();
  if (running !== undefined) calls.set(running, url);
  try {
    return await call();
  } finally {
    // A retry by the client within the same request is another call.
    if (running !== undefined) calls.delete(running);
  }
}

/** What the body of a request says. Reading it must not cost the call. */
function factsOf(recorder: RequestRecorder, input: Input, init: Init): RequestFacts | Promise<RequestFacts> {
  const facts = attempt(recorder, 'fetch', () => {
    const isInRequest = isRequest(input) && (init?.body === undefined || init.body === null);
    return isInRequest ? readRequest(input).catch(() => NO_FACTS) : readBody(init?.body);
  });
  return facts ?? NO_FACTS;
}

function isRequest(input: Input): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input;
}

function methodOf(input: Input, init: Init): string | undefined {
  const method = init?.method ?? (isRequest(input) ? input.method : undefined);
  return typeof method === 'string' ? method.toUpperCase() : undefined;
}

function urlOf(input: Input): string | undefined {
  if (typeof input === 'string') return input;
  const url = isRequest(input) ? input.url : input?.href;
  return typeof url === 'string' ? url : undefined;
}

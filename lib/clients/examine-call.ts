import { OTHER } from '../catalogue/names.js';
import { current, type RequestRecorder } from '../metrics/recorder.js';
import { claimContext } from '../otlp/globals.js';
import { activeContext, activeRequest, runInContext } from '../requests/context.js';
import { guard } from '../requests/guard.js';
import { outerFetch } from '../requests/nested-fetch.js';
import { readOnce } from './change-request.js';
import type { HostEntry } from './host-options.js';
import { type Fetch, type Init, type Input, methodOf, namedModel, readBody } from './request.js';
import type { Suspect } from './suspect.js';
import { tapUpload, uploadOf } from './tap-upload.js';
import type { Target } from './target.js';
import {
  countUnrecognised,
  examinedCall,
  foreignCalls,
  isCounted,
  markExamined,
  type UnrecognisedMode,
} from './unrecognised.js';

/** A call whose URL was not recognised, but has a listed path. */
export interface UnrecognisedCall {
  readonly fetch: Fetch;
  readonly recorder: RequestRecorder;
  readonly suspect: Suspect;
  readonly input: Input;
  readonly init: Init;
  /** The hosts of the user. */
  readonly hosts: readonly Pick<HostEntry, 'host' | 'prefix'>[];
}

/** An examined call: the promise of its fetch, or the target to observe it as. */
export type Examined =
  | { readonly made: Promise<Response> }
  | { readonly target: Target; readonly init: Init };

/**
 * Examines a call. A POST is taken for a call to a model if its path is a listed one and its body names a model, or if
 * its path alone tells that. It is counted, and either made or returned to be observed.
 */
export function examineCall(call: UnrecognisedCall, mode: UnrecognisedMode): Examined {
  const { fetch, recorder, suspect, input } = call;
  const init = guard(recorder, 'fetch', () => readOnce(call.init)) ?? call.init;
  if (methodOf(input, init) !== 'POST') return { made: fetch(input, init) };
  const isModelCall = suspect.isSure || guard(recorder, 'fetch', () => namesModel(init?.body)) === true;
  // Without a context, a call that passes several fetches would be counted by each.
  if (isModelCall || foreignCalls.areWatched) guard(recorder, 'fetch', claimContext);
  const active = activeContext();
  const { hostAndPath } = suspect;
  const isObserving = isModelCall && mode === 'observe';
  // The results of the call belong to the request of the caller, under whose names it is counted.
  if (isObserving && outerFetch(active) === undefined && activeRequest(active) !== undefined)
    return { target: targetOf(suspect, suspect.host), init };
  // An outer fetch that only counts the call leaves it to one that observes it.
  const isExamined = !isObserving && examinedCall(active)?.hostAndPath === hostAndPath;
  if (isCounted(active) || isExamined) return { made: fetch(input, init) };
  const countAs = (isObserved: boolean): void => {
    const isDeclared = call.hosts.some(({ host, prefix }) => host === suspect.host && prefix === '');
    guard(recorder, 'fetch', () =>
      countUnrecognised(recorder, suspect, { seenBy: 'fetch', isObserved, isDeclared }),
    );
  };
  if (isObserving) {
    countAs(true);
    const provider = guard(recorder, 'fetch', () => recorder.admitGuest(suspect.host)) ?? OTHER;
    return { target: targetOf(suspect, provider), init };
  }
  const examined = { hostAndPath, isObserved: false };
  const count = (): void => {
    if (!examined.isObserved) countAs(false);
  };
  const upload = isModelCall ? undefined : guard(recorder, 'fetch', () => uploadOf(input, init?.body));
  if (upload !== undefined) {
    guard(recorder, 'fetch', () =>
      tapUpload(upload, suspect.endpoint.format, ({ model }) => {
        if (namedModel(model) !== undefined && current.recorder === recorder) count();
      }),
    );
  }
  const make = (): Promise<Response> =>
    runInContext(markExamined(active, examined), () => fetch(input, init));
  return { made: isModelCall ? runAfter(make, count) : make() };
}

/**
 * Runs something once a call is made: a nested fetch has said by then whether it observes the call. The promise is another
 * one, because a reaction of ours to that of the fetch would hide a rejection that nobody handles.
 */
function runAfter(make: () => Promise<Response>, run: () => void): Promise<Response> {
  let made: Promise<Response>;
  try {
    made = make();
  } catch (error) {
    run();
    throw error;
  }
  return Promise.resolve(made).then(
    (response) => {
      run();
      return response;
    },
    (error: unknown) => {
      run();
      throw error;
    },
  );
}

function namesModel(body: unknown): boolean {
  return namedModel(readBody(body).model) !== undefined;
}

function targetOf(suspect: Suspect, provider: string): Target {
  const { endpoint, hostAndPath, model, serverAddress, serverPort } = suspect;
  return {
    ...endpoint,
    provider,
    model,
    openAiRateLimits: undefined,
    serverAddress,
    serverPort,
    hostAndPath,
    isGuest: true,
  };
}

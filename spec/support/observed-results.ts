import type { RequestHandle } from '../../lib/requests/handle.js';
import { observeRequest } from '../../lib/requests/observe-request.js';
import { createFakeDeps, createFakeRecorder, type FakeRecorder, type FakeTracker } from './fake-recorder.js';

export type { RequestHandle };

/** Results of calls that `observeRequest` observes, under a clock and a garbage collector that the spec controls. */
export interface ObservedResults {
  readonly recorder: FakeRecorder;
  readonly tracker: FakeTracker;
  readonly observe: <T>(fn: (request: RequestHandle) => T) => T;
  /** The outcome of each request that has ended, then how many are active. */
  readonly state: () => readonly unknown[];
}

export function createObservedResults(): ObservedResults {
  const recorder = createFakeRecorder();
  const deps = createFakeDeps();
  return {
    recorder,
    tracker: deps.tracker,
    observe: (fn) => observeRequest({ provider: 'openai', model: 'gpt-4o' }, fn, recorder, deps),
    state: () => [...recorder.callsOf('request').map((call) => call[3]), recorder.active],
  };
}

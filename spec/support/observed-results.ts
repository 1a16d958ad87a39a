import { observeRequest } from '../../lib/requests/observe-request.js';
import type { RequestHandle } from '../../lib/requests/request-handle.js';
import { createFakeDeps, createFakeRecorder, type FakeRecorder, type FakeWatcher } from './fake-recorder.js';

export type { RequestHandle };

/** Results of calls that `observeRequest` observes, under a clock and a garbage collector that the spec controls. */
export interface ObservedResults {
  readonly recorder: FakeRecorder;
  readonly watcher: FakeWatcher;
  readonly observe: <T>(fn: (request: RequestHandle) => T) => T;
  /** The outcome of each request that has ended, then how many are active. */
  readonly state: () => readonly unknown[];
}

export function createObservedResults(): ObservedResults {
  const recorder = createFakeRecorder();
  const deps = createFakeDeps();
  return {
    recorder,
    watcher: deps.watcher,
    observe: (fn) => observeRequest({ provider: 'openai', model: 'gpt-4o' }, fn, recorder, deps),
    state: () => [...recorder.callsOf('request').map((call) => call[3]), recorder.active],
  };
}

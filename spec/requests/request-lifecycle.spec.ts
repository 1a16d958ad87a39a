import fc from 'fast-check';
import type { RequestHandle } from '../../lib/index.js';
import { createObserveHarness } from '../support/observe-harness.js';

type Event =
  | { readonly kind: 'start' | 'collectAll' | 'expireAll' }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'firstToken' | 'end' | 'fail' | 'respond'; readonly target: number }
  | { readonly kind: 'use'; readonly target: number; readonly outputTokens: number };

/** What the specification says of one request, told from the events alone. */
interface Model {
  readonly startMs: number;
  lastSeenMs: number;
  firstTokenMs?: number;
  outputTokens?: number;
  outcome?: string;
  durationMs?: number;
}

const target = fc.nat(9);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Event>({ kind: 'start' }) },
  { weight: 1, arbitrary: fc.constantFrom<Event>({ kind: 'collectAll' }, { kind: 'expireAll' }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 9 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('firstToken', 'end', 'fail', 'respond'),
      target,
    }) as fc.Arbitrary<Event>,
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('use' as const), target, outputTokens: fc.nat(5) }) },
);

function play(events: readonly Event[]) {
  const { recorder, deps, start } = createObserveHarness();
  const requests: { readonly handle: RequestHandle; readonly model: Model }[] = [];
  const settle = (model: Model, outcome: string, endMs: number): void => {
    if (model.outcome !== undefined) return;
    model.outcome = outcome;
    model.durationMs = endMs - model.startMs;
  };
  const step = (one: Event): void => {
    const nowMs = recorder.now();
    if (one.kind === 'start') {
      const handle = start({ provider: 'p', model: `m${requests.length}` });
      requests.push({ handle, model: { startMs: nowMs, lastSeenMs: nowMs } });
    } else if (one.kind === 'advance') {
      recorder.advance(one.ms);
    } else if (one.kind === 'collectAll') {
      deps.tracker.abandonAll('collected');
      for (const { model } of requests) settle(model, 'client_cancelled', model.lastSeenMs);
    } else if (one.kind === 'expireAll') {
      deps.tracker.abandonAll('deadline');
      for (const { model } of requests) settle(model, 'timeout', nowMs);
    } else if ('target' in one) {
      const request = requests[one.target % Math.max(requests.length, 1)];
      if (request === undefined) return;
      const { handle, model } = request;
      const isLive = model.outcome === undefined;
      if (one.kind === 'firstToken') {
        handle.firstToken();
        if (isLive && model.firstTokenMs === undefined) {
          model.firstTokenMs = nowMs - model.startMs;
          model.lastSeenMs = nowMs;
        }
      } else if (one.kind === 'use') {
        handle.setUsage({ inputTokens: 1, outputTokens: one.outputTokens });
        if (isLive) Object.assign(model, { outputTokens: one.outputTokens, lastSeenMs: nowMs });
      } else if (one.kind === 'respond') {
        handle.setResponse({ id: 'x' });
        if (isLive) model.lastSeenMs = nowMs;
      } else if (one.kind === 'end') {
        handle.end();
        settle(model, 'success', nowMs);
      } else {
        handle.fail(new Error('x'), 'server_error');
        settle(model, 'server_error', nowMs);
      }
    }
  };
  return { recorder, deps, requests, step, events };
}

/** All that one request may ever have recorded, sorted by name. */
function expectedCalls(model: Model, name: string): unknown[][] {
  const calls: unknown[][] = [];
  const { outputTokens, firstTokenMs, outcome, durationMs = 0 } = model;
  if (firstTokenMs !== undefined) calls.push(['timeToFirstToken', 'p', name, firstTokenMs]);
  if (outcome === undefined) return calls;
  calls.push(['request', 'p', name, outcome, durationMs]);
  if (outputTokens === undefined) {
    if (outcome === 'success') calls.push(['usageMissing', 'p', name, 'not_reported']);
    return calls.sort(byName);
  }
  calls.push(['tokenUsage', 'p', name, 1, outputTokens, { inputTokens: 1, outputTokens }]);
  calls.push(['cost', 'p', name, (1 + outputTokens) / 1e6]);
  if (outcome === 'success' && firstTokenMs !== undefined && outputTokens > 1) {
    calls.push(['timePerOutputToken', 'p', name, (durationMs - firstTokenMs) / (outputTokens - 1)]);
  }
  return calls.sort(byName);
}

function byName(first: readonly unknown[], second: readonly unknown[]): number {
  return String(first[0]).localeCompare(String(second[0]));
}

describe('a request', () => {
  it('ends once, moves the gauge once each way and records no metric twice, in any order of events', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { recorder, deps, requests, step } = play(events);
        for (const one of events) {
          step(one);
          const live = requests.filter(({ model }) => model.outcome === undefined);
          expect([recorder.active, deps.tracker.inFlight]).toEqual([live.length, live.length]);
          expect(requests.map(({ handle }) => handle.ended)).toEqual(
            requests.map(({ model }) => model.outcome !== undefined),
          );
        }
        step({ kind: 'collectAll' });
        expect([recorder.active, recorder.exporter.getFinishedSpans().length]).toEqual([0, requests.length]);
        const recorded = requests.map((_, index) =>
          recorder.calls.filter((call) => call[2] === `m${index}`).sort(byName),
        );
        expect(recorded).toEqual(requests.map(({ model }, index) => expectedCalls(model, `m${index}`)));
        expect(recorder.callsOf('drop')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

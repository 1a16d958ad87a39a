import type { Usage } from '../../lib/cost/usage.js';
import { type InstrumentFetchOptions, instrumentFetch } from '../../lib/fetch.js';
import { current, NOOP_RECORDER } from '../../lib/metrics/recorder.js';
import { createFakeRecorder, type FakeRecorder } from './fake-recorder.js';
import { type Loopback, startLoopback } from './providers/loopback.js';

/** What was recorded of one request. */
export interface RequestRecord {
  readonly provider: string;
  readonly model: string;
  readonly outcome: string;
  readonly operation: unknown;
  readonly streamed: unknown;
  readonly answeredBy: unknown;
  readonly finishReasons: unknown;
}

/** Everything that was recorded, but for times. */
export interface Recorded {
  readonly requests: readonly RequestRecord[];
  /** The token counts that were given, without those that are absent or zero. */
  readonly usage: readonly Partial<Usage>[];
  readonly firstTokens: number;
  readonly usageMissing: number;
  readonly active: number;
  readonly dropped: readonly unknown[];
}

/** What one request leaves behind that is not streamed: its outcome and its usage, and nothing else. */
export function recordedOnce(request: RequestRecord, usage: Partial<Usage>): Recorded {
  return { requests: [request], usage: [usage], firstTokens: 0, usageMissing: 0, active: 0, dropped: [] };
}

export interface FetchHarness {
  readonly loopback: Loopback;
  readonly recorder: FakeRecorder;
  /** An instrumented fetch whose every call goes to the loopback server. */
  readonly fetch: typeof globalThis.fetch;
  instrument(options: InstrumentFetchOptions): typeof globalThis.fetch;
  recorded(): Recorded;
  /** Forgets what was recorded and seen. */
  reset(): void;
  /** Leaves the process as it is before `initMonitoring`. */
  stop(): void;
  close(): Promise<void>;
}

/** Real requests to a loopback server, recorded in memory. */
export async function startFetchHarness(protocol?: 'http' | 'http2'): Promise<FetchHarness> {
  const loopback = await startLoopback(protocol);
  let recorder = createFakeRecorder();
  current.recorder = recorder;
  return {
    loopback,
    get recorder() {
      return recorder;
    },
    fetch: instrumentFetch(loopback.fetch),
    instrument: (options) => instrumentFetch(loopback.fetch, options),
    recorded: () => summarise(recorder),
    reset() {
      loopback.calls.length = 0;
      recorder = createFakeRecorder();
      current.recorder = recorder;
    },
    stop() {
      current.recorder = NOOP_RECORDER;
    },
    close() {
      current.recorder = NOOP_RECORDER;
      return loopback.close();
    },
  };
}

function summarise(recorder: FakeRecorder): Recorded {
  const spans = recorder.exporter.getFinishedSpans();
  return {
    requests: recorder.callsOf('request').map(([, provider, model, outcome], index) => {
      const attributes = spans[index]?.attributes ?? {};
      return {
        provider: String(provider),
        model: String(model),
        outcome: String(outcome),
        operation: attributes['gen_ai.operation.name'],
        streamed: attributes['gen_ai.request.stream'],
        answeredBy: attributes['gen_ai.response.model'],
        finishReasons: attributes['gen_ai.response.finish_reasons'],
      };
    }),
    usage: recorder.callsOf('tokenUsage').map((call) => filled(call[5] as Usage)),
    firstTokens: recorder.callsOf('timeToFirstToken').length,
    // Answers that were cut off are told apart by their outcome.
    usageMissing: recorder.callsOf('usageMissing').filter(([, , , reason]) => reason !== 'cut_off').length,
    active: recorder.active,
    dropped: recorder.callsOf('drop'),
  };
}

/** Counts that say something. */
export function filled(usage: Usage): Partial<Usage> {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== undefined && count !== 0));
}

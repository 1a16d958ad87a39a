import * as api from '@opentelemetry/api';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { observeOperation, startRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';

/** What a log record says, as both lines of the SDK hand it to a processor. */
interface LogRecord {
  readonly eventName?: string | undefined;
  readonly severityNumber?: number | undefined;
  readonly attributes: unknown;
  readonly spanContext?: api.SpanContext | undefined;
  readonly instrumentationScope: { readonly name: string };
}

/** The logs API, which is part of the API since 1.10. */
const { logs } = api as {
  readonly logs?: { setGlobalLoggerProvider(provider: LoggerProvider): boolean; disable(): void };
};
const LOOKUP = {
  name: 'llm_edge.cache_lookup',
  attributes: { 'llm_edge.cache.tier': 'L1', 'llm_edge.cache.hit': false },
};
const EXCEPTION = { name: 'exception', attributes: { 'exception.type': 'TypeError' } };

let test: TestMonitoring;
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(async () => {
  logs?.disable();
  await test.shutdown();
});

/** An operation that looks up a cache, and a request in it that fails; its spans, the operation's last. */
async function work() {
  await observeOperation({}, async (operation) => {
    await operation.cacheLookup('L1', async () => undefined);
    startRequest({ provider: 'openai', model: 'm' }).fail(new TypeError('sk-secret'));
  });
  const [request, operation] = await test.spans();
  const [requestEvents, operationEvents] = [request, operation].map((span) =>
    span?.events.map(({ name, attributes }) => ({ name, attributes })),
  );
  return { request, operation, requestEvents, operationEvents };
}

/** Registers a LoggerProvider, and returns the records that it gets. */
function registerLogs(processors = 1): LogRecord[] {
  const records: LogRecord[] = [];
  const done = (): Promise<void> => Promise.resolve();
  const processor = {
    onEmit: (record: object) => records.push(record as LogRecord),
    forceFlush: done,
    shutdown: done,
  };
  const provider = new LoggerProvider({ processors: Array(processors).fill(processor) });
  expect(logs?.setGlobalLoggerProvider(provider)).toBe(true);
  return records;
}

const withLogs = logs === undefined ? it.skip : it;

describe('what happens during a span', () => {
  it('is an event of the span where no LoggerProvider is registered', async () => {
    const { requestEvents, operationEvents } = await work();
    expect({ requestEvents, operationEvents }).toEqual({
      requestEvents: [EXCEPTION],
      operationEvents: [LOOKUP],
    });
  });

  withLogs('is a log record with the context of the span where one is, and no event', async () => {
    const records = registerLogs();
    const { request, operation, requestEvents, operationEvents } = await work();
    expect({ requestEvents, operationEvents }).toEqual({ requestEvents: [], operationEvents: [] });
    const scope = 'llm-edge-monitoring';
    expect(
      records.map(({ eventName, severityNumber, attributes, spanContext, instrumentationScope }) => ({
        event: { name: eventName, attributes },
        severityNumber,
        ids: [spanContext?.traceId, spanContext?.spanId],
        scope: instrumentationScope.name,
      })),
    ).toEqual([
      {
        event: LOOKUP,
        severityNumber: 9,
        ids: [operation?.spanContext().traceId, operation?.spanContext().spanId],
        scope,
      },
      {
        event: EXCEPTION,
        severityNumber: 13,
        ids: [request?.spanContext().traceId, request?.spanContext().spanId],
        scope,
      },
    ]);
    expect(request?.attributes['error.type']).toBe('unknown');
  });

  withLogs('is an event of the span where the LoggerProvider takes no records', async () => {
    const records = registerLogs(0);
    const { requestEvents, operationEvents } = await work();
    expect({ records, requestEvents, operationEvents }).toEqual({
      records: [],
      requestEvents: [EXCEPTION],
      operationEvents: [LOOKUP],
    });
  });

  withLogs("stays on the span with openTelemetry: 'own', which only this package exports", async () => {
    await test.shutdown();
    test = await startTestMonitoring({ openTelemetry: 'own' });
    const records = registerLogs();
    const { requestEvents, operationEvents } = await work();
    expect({ records, requestEvents, operationEvents }).toEqual({
      records: [],
      requestEvents: [EXCEPTION],
      operationEvents: [LOOKUP],
    });
  });

  withLogs('goes to the LoggerProvider of the moment', async () => {
    await work();
    const records = registerLogs();
    await work();
    logs?.disable();
    await work();
    const spans = await test.spans();
    expect(records).toHaveLength(2);
    expect(spans.map(({ events }) => events.length)).toEqual([1, 1, 0, 0, 1, 1]);
  });
});

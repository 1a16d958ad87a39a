import * as bedrock from '../lib/bedrock.js';
import * as edge from '../lib/edge.js';
import * as fetching from '../lib/fetch.js';
import * as index from '../lib/index.js';
import * as next from '../lib/next.js';

/** The entry points in whose place an edge runtime gets `lib/edge.ts`; the compiler checks that it fits each of them. */
const ENTRY_POINTS: Readonly<Record<string, object>> = { index, fetching, bedrock, next };
const inPlaceOf: {
  index: typeof index;
  fetching: typeof fetching;
  bedrock: typeof bedrock;
  next: typeof next;
} = { index: edge, fetching: edge, bedrock: edge, next: edge };

const CALL = { provider: 'openai', model: 'gpt-4o' };

describe('the entry point of edge runtimes', () => {
  it.each(Object.keys(ENTRY_POINTS))('has every name of %s', (name) => {
    expect(Object.keys(ENTRY_POINTS[name] ?? {}).filter((key) => !(key in edge))).toEqual([]);
  });

  it('has the same data and classes', () => {
    expect(inPlaceOf.index.METRICS).toBe(index.METRICS);
    expect(edge.ERROR_TYPES).toBe(index.ERROR_TYPES);
    expect(edge.MonitoringError).toBe(index.MonitoringError);
    expect(edge.classifyError).toBe(index.classifyError);
  });

  it('calls what it is given, and returns its result', async () => {
    expect(edge.observeOperation({}, (operation) => operation.cacheLookup('L1', () => 'hit'))).toBe('hit');
    expect(edge.observeRequest(CALL, (request) => request.run(() => request.model))).toBe('gpt-4o');
    const response = Response.json({});
    expect(await edge.instrumentFetch(async () => response)('http://model.test')).toBe(response);
    const handler = (): Response => response;
    expect(inPlaceOf.next.observeOperations(handler)).toBe(handler);
    const add = jest.fn();
    edge.bedrockMiddleware().applyToStack({ add });
    expect(add).not.toHaveBeenCalled();
  });

  it('gives handles that follow the contract', () => {
    for (const handle of [edge.startOperation(), edge.startRequest(CALL)]) {
      expect([handle.ended, handle.span.isRecording()]).toEqual([false, false]);
      handle.end();
      expect(handle.ended).toBe(true);
    }
  });

  it('starts a monitoring that is disabled', async () => {
    const monitoring = await edge.initMonitoring();
    expect([monitoring.config.enabled, monitoring.metricsUrl]).toEqual([false, undefined]);
    monitoring.recordCost('openai', 'gpt-4o', 1);
    await monitoring.forceFlush();
    await monitoring.shutdown();
    expect(edge.resolveConfig()).toMatchObject({ ok: false, error: { code: 'ERR_INVALID_CONFIG' } });
    expect([edge.calculateCost(), edge.isBudgetExceeded()]).toEqual([undefined, false]);
  });
});

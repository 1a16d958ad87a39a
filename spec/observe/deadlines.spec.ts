import { AsyncLocalStorage } from 'node:async_hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { initMonitoring, type Monitoring, type RequestHandle, startRequest } from '../../lib/index.js';

const MINUTES_30 = 1_800_000;
const WEEKS_LATER = 2 ** 31 + 10_000;

/** Without spans, whose export has timers, too. */
let monitoring: Monitoring;
let reader: PrometheusExporter;
let requests: RequestHandle[];
beforeEach(async () => {
  reader = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [reader] });
  monitoring = await initMonitoring({ meterProvider, traces: { exporter: 'none' } });
  jest.useFakeTimers();
  requests = [];
});
afterEach(async () => {
  for (const request of requests) request.end();
  jest.restoreAllMocks();
  jest.advanceTimersByTime(2_000);
  jest.useRealTimers();
  await monitoring.shutdown();
});

function start(maxDurationMs?: number): RequestHandle {
  const request = startRequest({ provider: 'openai', model: 'gpt-4o', maxDurationMs });
  requests.push(request);
  return request;
}

async function errorTypes(): Promise<readonly unknown[]> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === 'llm_edge_requests_total')
    .flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes['error_type']));
}

const ended = () => requests.filter((request) => request.ended).length;

describe('a request that nobody ends', () => {
  it.each<[string, number | undefined, number]>([
    ['after 30 minutes by default', undefined, MINUTES_30],
    ['when it is told', 50, 50],
    ['when it is told, if that is about as long as two rounds', 2001, 2001],
    ['after 30 minutes for a value that is no duration', Number.NaN, MINUTES_30],
    ['after 30 minutes for a time that is over', -1, MINUTES_30],
  ])('ends as a timeout %s', async (_name, maxDurationMs, waitedMs) => {
    jest.advanceTimersByTime(300);
    start(maxDurationMs);
    jest.advanceTimersByTime(waitedMs - 1);
    expect(ended()).toBe(0);
    jest.advanceTimersByTime(1);
    expect(ended()).toBe(1);
    expect(await errorTypes()).toEqual(['timeout']);
  });

  it('waits the longest time a timer has, from when the timer is set', () => {
    start(1e15);
    jest.advanceTimersByTime(2 ** 31 - 1);
    expect(ended()).toBe(0);
    jest.advanceTimersByTime(2000);
    expect(ended()).toBe(1);
  });

  it('waits from its own start', () => {
    start(10_000);
    jest.advanceTimersByTime(1500);
    start(10_000);
    jest.advanceTimersByTime(8500);
    expect(ended()).toBe(1);
    jest.advanceTimersByTime(1499);
    expect(ended()).toBe(1);
    jest.advanceTimersByTime(1);
    expect(ended()).toBe(2);
  });

  it('never ends without a deadline', () => {
    start(Number.POSITIVE_INFINITY);
    jest.advanceTimersByTime(WEEKS_LATER);
    expect(ended()).toBe(0);
  });
});

describe('the timers of requests', () => {
  /** Timers of the requests alone. */
  let timersBefore: number;
  beforeEach(() => {
    timersBefore = jest.getTimerCount();
  });
  const timers = () => jest.getTimerCount() - timersBefore;

  it.each([0, 900, 1100, 2100, 10_000])('are gone after a request that ends after %i ms', (endedAfterMs) => {
    const request = start();
    jest.advanceTimersByTime(endedAfterMs);
    request.end();
    jest.advanceTimersByTime(2_000);
    expect(timers()).toBe(0);
  });

  it('are one for all, and none once they have ended', () => {
    for (let index = 0; index < 100; index += 1) start();
    expect(timers()).toBe(1);
    for (const request of requests) request.end();
    jest.advanceTimersByTime(2000);
    expect(timers()).toBe(0);
    start();
    expect(timers()).toBe(1);
  });

  it('are none for one without a deadline', () => {
    start(Number.POSITIVE_INFINITY);
    jest.advanceTimersByTime(5000);
    expect(timers()).toBe(0);
  });

  it('keep neither the process alive nor the context of the first request', () => {
    const handles: NodeJS.Timeout[] = [];
    const contexts: unknown[] = [];
    const storage = new AsyncLocalStorage<string>();
    const set = setTimeout;
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(((...args: Parameters<typeof setTimeout>) => {
      contexts.push(storage.getStore());
      const timer = set(...args);
      handles.push(timer);
      return timer;
    }) as typeof setTimeout);
    storage.run('a request', () => {
      start();
      start(10);
    });
    jest.advanceTimersByTime(2000);
    expect(contexts).toEqual([undefined, undefined, undefined, undefined]);
    expect(handles.map((timer) => timer.hasRef())).toEqual([false, false, false, false]);
  });
});

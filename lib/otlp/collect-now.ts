import type { HrTime, MeterProvider } from '@opentelemetry/api';
import type { CollectionResult, MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';

type ResourceMetrics = CollectionResult['resourceMetrics'];

/** The members of the SDK's classes that are read; they are private, and the same in its lines 2.x and 3.x. */
interface SharedState {
  readonly resource: ResourceMetrics['resource'];
  readonly metricCollectors: readonly MetricCollector[];
  readonly meterSharedStates: ReadonlyMap<string, MeterState>;
}

interface MetricCollector {
  readonly _metricReader: unknown;
}

interface MeterState {
  readonly _instrumentationScope: ScopeMetrics['scope'];
  readonly metricStorageRegistry: {
    getStorages(collector: MetricCollector): readonly MetricStorage[];
  };
}

interface MetricStorage {
  collect(collector: MetricCollector, time: HrTime): MetricData | null | undefined;
}

/**
 * Collects in one turn of the event loop, for listeners of `exit`, after which nothing asynchronous runs. It is a
 * collection of the reader like any other, except that no callback of an observable instrument is called: counters and
 * histograms have their values of now, observable counters those of the previous collection, and gauges are left out.
 *
 * @returns `undefined` if the SDK is not built as expected, or if it throws.
 */
export function collectNow(meterProvider: MeterProvider, reader: unknown): ResourceMetrics | undefined {
  try {
    // A structure that is not the expected one throws at the first access.
    const state = (meterProvider as unknown as { readonly _sharedState: SharedState })._sharedState;
    const collector = state.metricCollectors.find(({ _metricReader }) => _metricReader === reader);
    if (collector === undefined) return undefined;
    const time = hrTime(Date.now());
    const scopeMetrics = [...state.meterSharedStates.values()].map((meter) =>
      collectMeter(meter, collector, time),
    );
    return {
      resource: state.resource,
      scopeMetrics: scopeMetrics.filter(({ metrics }) => metrics.length > 0),
    };
  } catch {
    // What was published or scraped before remains. The process ends, and nobody could handle an error.
    return undefined;
  }
}

function collectMeter(
  { metricStorageRegistry, _instrumentationScope: scope }: MeterState,
  collector: MetricCollector,
  time: HrTime,
): ScopeMetrics {
  const collected = metricStorageRegistry
    .getStorages(collector)
    .map((storage) => storage.collect(collector, time));
  return { scope, metrics: collected.filter((metric) => metric !== undefined && metric !== null) };
}

/** The time as the SDK writes it, in seconds and nanoseconds. */
function hrTime(epochMillis: number): HrTime {
  return [Math.trunc(epochMillis / 1000), Math.round((epochMillis % 1000) * 1e6)];
}

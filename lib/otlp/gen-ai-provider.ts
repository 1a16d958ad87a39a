import type { Resource } from '@opentelemetry/resources';
import type {
  CollectionResult,
  IMetricReader,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {
  GEN_AI_METRICS,
  type GenAiMetricSpec,
  type GenAiVersion,
  genAiSeriesMax,
  prometheusName,
} from '../catalogue/gen-ai-metrics.js';
import type { TelemetryConfig } from '../config/resolve.js';
import { loadMetrics } from '../lazy.cjs';
import { logger } from '../logger.js';
import { collectNow } from './collect-now.js';

type Sdk = ReturnType<typeof loadMetrics>;

/** Metrics that are collected when they are needed; every MetricReader is one. */
export interface MetricSource {
  collect(options?: { readonly timeoutMillis?: number }): Promise<CollectionResult>;
  /** Collects in one turn of the event loop, where that is possible; see `collect-now.ts`. */
  collectNow?(): ResourceMetrics | undefined;
}

/** The GenAI metrics apart from all others, so that a reader has them only if it shows them. */
export interface GenAiPipeline {
  readonly provider: InstanceType<Sdk['MeterProvider']>;
  /** What a scrape shows of them; absent if it shows none. */
  readonly scraped: MetricSource | undefined;
}

/** A reader that exports by itself, and its exporter. */
export interface ExportingReader {
  readonly reader: IMetricReader;
  readonly exporter: PushMetricExporter;
}

/** The versions that a configuration selects. */
export function genAiVersions({ genAi }: TelemetryConfig): readonly GenAiVersion[] {
  const { metrics } = genAi;
  if (metrics === 'none') return [];
  return metrics === 'both' ? ['v1.41', 'next'] : [metrics];
}

/** The names of the GenAI metrics that a page shows. */
export function scrapedGenAiNames(config: TelemetryConfig): readonly string[] {
  if (!config.genAi.scrape) return [];
  const versions = genAiVersions(config);
  return (Object.entries(GEN_AI_METRICS) as [string, GenAiMetricSpec][])
    .filter(([, row]) => versions.some((version) => row.versions[version] !== undefined))
    .map(([name]) => prometheusName(name));
}

/**
 * Starts the provider of the GenAI metrics, if any reader of this package shows them. It is separate because an SDK
 * gives every reader of a provider all of its metrics.
 *
 * @param pushes - the readers whose exports carry these metrics as well, with the temporality of all others.
 */
export function startGenAi(
  config: TelemetryConfig,
  resource: Resource,
  pushes: readonly ExportingReader[],
): GenAiPipeline | undefined {
  if (genAiVersions(config).length === 0) return undefined;
  const { MeterProvider } = loadMetrics();
  // One more than is needed: the SDK keeps the last slot for its overflow series.
  const seriesMax = genAiSeriesMax(config.limits) + 1;
  const pushed = pushes.map(({ reader, exporter }) => {
    const added = createReader(seriesMax, reader);
    addToPushes(exporter, added);
    return added;
  });
  const isScraped = config.genAi.scrape && config.metrics.exporters.includes('prometheus');
  const scraped = isScraped ? createReader(seriesMax) : undefined;
  const readers = scraped === undefined ? pushed : [...pushed, scraped];
  if (readers.length === 0) {
    // That variable may be meant for other packages of the process.
    if (!config.variables.includes('OTEL_SEMCONV_STABILITY_OPT_IN')) {
      logger().warn(
        'genAi.metrics has no effect: add otlp to metrics.exporters to push them, or set genAi.scrape to expose them to scrapes',
      );
    }
    return undefined;
  }
  const provider = new MeterProvider({ resource, readers });
  return {
    provider,
    scraped: scraped && {
      async collect(options) {
        const { resourceMetrics, errors } = await scraped.collect(options);
        return { resourceMetrics: withPrometheusNames(resourceMetrics), errors };
      },
      collectNow() {
        const collected = collectNow(provider, scraped);
        return collected && withPrometheusNames(collected);
      },
    },
  };
}

/** Creates a reader that collects only when another one does; cumulative, unless that one is not. */
function createReader(seriesMax: number, like?: IMetricReader): InstanceType<Sdk['MetricReader']> {
  const { AggregationTemporality, MetricReader } = loadMetrics();
  class GenAiReader extends MetricReader {
    protected async onForceFlush(): Promise<void> {}
    protected async onShutdown(): Promise<void> {}
  }
  return new GenAiReader({
    aggregationTemporalitySelector: (instrumentType) =>
      like?.selectAggregationTemporality(instrumentType) ?? AggregationTemporality.CUMULATIVE,
    cardinalitySelector: () => seriesMax,
  });
}

/** The page writes the names of instruments unchanged, since those of the catalogue are names of Prometheus. */
function withPrometheusNames(resourceMetrics: ResourceMetrics): ResourceMetrics {
  const scopeMetrics = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.map((metric) => ({
      ...metric,
      descriptor: { ...metric.descriptor, name: prometheusName(metric.descriptor.name) },
    })),
  }));
  return { ...resourceMetrics, scopeMetrics };
}

/** A source that collects from two, one after the other. */
export function joinSources(source: MetricSource, added: MetricSource | undefined): MetricSource {
  if (added === undefined) return source;
  return {
    async collect(options) {
      const first = await source.collect(options);
      const second = await added.collect(options);
      return {
        resourceMetrics: join(first.resourceMetrics, second.resourceMetrics),
        errors: [...first.errors, ...second.errors],
      };
    },
    collectNow() {
      const [first, second] = [source.collectNow?.(), added.collectNow?.()];
      return first && second ? join(first, second) : (first ?? second);
    },
  };
}

/** Makes each push of an exporter carry the metrics of a source as well, so that both arrive or fail together. */
function addToPushes(exporter: PushMetricExporter, added: MetricSource): void {
  const push = exporter.export.bind(exporter);
  exporter.export = (metrics, done) => {
    added.collect().then(
      ({ resourceMetrics }) => push(join(metrics, resourceMetrics), done),
      (error: unknown) => {
        logger().error(
          'a metrics push was sent without the GenAI metrics, because collecting them failed',
          error,
        );
        push(metrics, done);
      },
    );
  };
}

function join(first: ResourceMetrics, second: ResourceMetrics): ResourceMetrics {
  return { ...first, scopeMetrics: [...first.scopeMetrics, ...second.scopeMetrics] };
}

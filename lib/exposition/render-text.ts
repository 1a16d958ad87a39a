import type { Attributes } from '@opentelemetry/api';
import {
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { DIALECTS, type Dialect, type TextFormat } from './dialect.js';
import type { ExemplarSource } from './exemplar-source.js';
import { type Family, familyHeader, groupFamilies, TARGET_INFO } from './families.js';
import { renderLabels } from './label-text.js';
import {
  createBoundEnds,
  createSeriesText,
  type PointExemplars,
  renderExponentialHistogram,
  renderHistogram,
  renderNumber,
  type SeriesText,
} from './series-text.js';

/** Renders what a MetricReader collected. One renderer serves all scrapes of its format. */
export interface TextRenderer {
  readonly contentType: string;
  /**
   * The page in slices, so that the caller can let other work run between them.
   *
   * @returns the number of series on the page: data points, where a histogram counts once
   */
  render(resourceMetrics: ResourceMetrics): Generator<string, number>;
}

/** Characters after which a slice ends: a fraction of a millisecond's work. */
const SLICE_CHARACTERS = 16_384;

type SeriesTexts = WeakMap<Attributes, SeriesText>;
type RenderPoint<T> = (series: SeriesText, point: DataPoint<T>) => string;

/**
 * Makes a renderer that remembers the text of each series between scrapes.
 *
 * The SDK hands out the same attributes object for a series at every collection, in its 2.x and 3.x lines, so the
 * memory is keyed by that object and goes with it.
 *
 * @param format - what to render
 * @param exemplarSource - used by OpenMetrics only: text 0.0.4 has no exemplars
 */
export function createTextRenderer(format: TextFormat, exemplarSource?: ExemplarSource): TextRenderer {
  const dialect: Dialect = DIALECTS[format];
  const textsByMetric = new WeakMap<object, SeriesTexts>();
  const boundEnds = createBoundEnds(dialect);
  const told = new Set<string>();

  function* render(resourceMetrics: ResourceMetrics): Generator<string, number> {
    const families = groupFamilies(resourceMetrics, told);
    let seriesCount = 0;
    yield dialect.targetInfoHeader + renderTargetInfo(resourceMetrics);
    for (const family of families.values()) {
      const header = familyHeader(family, families, dialect);
      const seen = family.members.length > 1 ? new Set<string>() : undefined;
      yield header.text;
      for (const metric of family.members) {
        const source = dialect.exemplars && header.type !== 'unknown' ? exemplarSource : undefined;
        seriesCount += yield* renderMetric(metric, family, source, seen);
      }
    }
    yield dialect.end;
    return seriesCount;
  }

  function renderMetric(
    metric: MetricData,
    { sampleName, type }: Family,
    source: ExemplarSource | undefined,
    seen: Set<string> | undefined,
  ): Generator<string, number> {
    const texts = textsOf(metric);
    const exemplars: PointExemplars | undefined = source && { source, metricName: metric.descriptor.name };
    switch (metric.dataPointType) {
      case DataPointType.HISTOGRAM:
        return renderPoints(metric.dataPoints, sampleName, 'le', texts, seen, (series, point) =>
          renderHistogram(sampleName, series, point, boundEnds, exemplars),
        );
      case DataPointType.EXPONENTIAL_HISTOGRAM:
        return renderPoints(metric.dataPoints, sampleName, 'le', texts, seen, (series, point) =>
          renderExponentialHistogram(sampleName, series, point),
        );
      default:
        return renderPoints(metric.dataPoints, sampleName, undefined, texts, seen, (series, point) =>
          renderNumber(
            series,
            point.value,
            type === 'counter'
              ? exemplars?.source.exemplar(exemplars.metricName, point.attributes)
              : undefined,
          ),
        );
    }
  }

  function textsOf(metric: MetricData): SeriesTexts {
    const known = textsByMetric.get(metric.descriptor);
    if (known !== undefined) return known;
    const texts: SeriesTexts = new WeakMap();
    textsByMetric.set(metric.descriptor, texts);
    return texts;
  }

  return { contentType: dialect.contentType, render };
}

/** Renders the points of one metric, each label set once. */
function* renderPoints<T>(
  points: readonly DataPoint<T>[],
  sampleName: string,
  reservedLabel: string | undefined,
  texts: SeriesTexts,
  seenInFamily: Set<string> | undefined,
  renderPoint: RenderPoint<T>,
): Generator<string, number> {
  let seen = seenInFamily;
  let slice = '';
  let seriesCount = 0;
  for (const point of points) {
    let series = texts.get(point.attributes);
    if (series === undefined) {
      series = createSeriesText(sampleName, renderLabels(point.attributes, reservedLabel));
      texts.set(point.attributes, series);
    }
    // Only text that says less than the attributes can occur twice in one metric; the others need no check.
    if (seen === undefined && series.labels.lossy) seen = labelsBefore(point, points, texts);
    if (seen?.has(series.labels.text)) continue;
    seen?.add(series.labels.text);
    slice += renderPoint(series, point);
    seriesCount++;
    if (slice.length >= SLICE_CHARACTERS) {
      yield slice;
      slice = '';
    }
  }
  yield slice;
  return seriesCount;
}

function labelsBefore<T>(
  end: DataPoint<T>,
  points: readonly DataPoint<T>[],
  texts: SeriesTexts,
): Set<string> {
  const seen = new Set<string>();
  for (const point of points) {
    if (point === end) break;
    const series = texts.get(point.attributes);
    if (series !== undefined) seen.add(series.labels.text);
  }
  return seen;
}

function renderTargetInfo({ resource }: ResourceMetrics): string {
  return renderNumber(createSeriesText(TARGET_INFO, renderLabels(resource.attributes)), 1, undefined);
}

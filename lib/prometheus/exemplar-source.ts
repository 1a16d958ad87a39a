import type { Attributes } from '@opentelemetry/api';

/** One measurement and the trace it was made in. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  /** Unix time, in seconds. */
  readonly timestampSeconds: number;
}

/** Where the OpenMetrics renderer finds exemplars. */
export interface ExemplarSource {
  /**
   * The latest exemplar of a series.
   *
   * @param metricName - name of the instrument, as the catalogue spells it
   * @param attributes - attributes of the data point
   * @param bucketIndex - index of the histogram bucket; absent for counters
   */
  exemplar(metricName: string, attributes: Attributes, bucketIndex?: number): Exemplar | undefined;
}

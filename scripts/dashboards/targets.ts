import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

const FORMATS = {
  graph: PromQueryFormat.TimeSeries,
  heatmap: PromQueryFormat.Heatmap,
} as const;

/** A query over the dashboard's time range. */
export function rangeTarget(
  query: { readonly expr: string; readonly legend: string },
  refId: string,
  exemplars = false,
  format: keyof typeof FORMATS = 'graph',
): DataqueryBuilder {
  return new DataqueryBuilder()
    .expr(query.expr)
    .legendFormat(query.legend)
    .refId(refId)
    .range()
    .exemplar(exemplars)
    .format(FORMATS[format]);
}

/** A query at the end of the dashboard's time range. */
export function instantTarget(expr: string, refId: string, legend = ''): DataqueryBuilder {
  return new DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .refId(refId)
    .instant()
    .format(PromQueryFormat.TimeSeries);
}

/** A query at the end of the dashboard's time range, with one row for each series. */
export function tableTarget(expr: string, refId: string): DataqueryBuilder {
  return new DataqueryBuilder().expr(expr).refId(refId).instant().format(PromQueryFormat.Table);
}

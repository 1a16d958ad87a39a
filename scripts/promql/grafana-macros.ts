/** What the variables and macros of a dashboard stand for when its queries run outside of Grafana. */
export interface MacroValues {
  /** The value of `$__rate_interval`; Grafana takes at least four scrape intervals. */
  readonly rateInterval: string;
  /** The value of `$__range`: the dashboard's time range. */
  readonly range: string;
}

/** As a dashboard stands when it is opened: everything chosen. */
const DEFAULT_MACRO_VALUES: MacroValues = { rateInterval: '1m', range: '3h' };

/**
 * Makes PromQL of a dashboard's query: macros become durations, every other variable becomes `.*`, which is what
 * "All" stands for.
 */
export function expandGrafanaMacros(query: string, values: MacroValues = DEFAULT_MACRO_VALUES): string {
  return query
    .replaceAll('$__rate_interval', values.rateInterval)
    .replaceAll('$__range', values.range)
    .replace(/\$\{?[A-Za-z]\w*\}?/g, '.*');
}

import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { MetricName } from '../../lib/catalogue/labels.js';
import { describePanel, linksTo } from './panel-text.js';
import { instantTarget, rangeTarget } from './targets.js';
import { type Step, thresholds } from './thresholds.js';
import type { Unit } from './units.js';

/** One query of a panel. */
export interface PanelQuery {
  readonly expr: string;
  /** Grafana's legend format, such as `{{provider}}`. */
  readonly legend: string;
}

/** What every panel says about itself. */
export interface PanelSpec {
  readonly title: string;
  /** The catalogue's metrics that it shows: their texts make the description. */
  readonly metrics: readonly MetricName[];
  /** What to know about this view of them, before the catalogue's texts. */
  readonly note?: string;
  /** The alerts that watch what it shows: each becomes a link to its runbook. */
  readonly alerts?: readonly string[];
  readonly width: number;
}

interface Common<T> {
  title(title: string): T;
  description(text: string): T;
  datasource(reference: common.DataSourceRef): T;
  links(links: Builder<dashboard.DashboardLink>[]): T;
  span(width: number): T;
  height(height: number): T;
}

/** The Prometheus that the variable at the top of the dashboard chooses. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' } as const;

/** Applies what all panels have in common. */
export function framed<T extends Common<T>>(builder: T, spec: PanelSpec, height: number): T {
  return builder
    .title(spec.title)
    .description(describePanel(spec.metrics, spec.note))
    .datasource(DATASOURCE)
    .links(linksTo(spec.alerts ?? []))
    .span(spec.width)
    .height(height);
}

/** One number with its recent course behind it. */
export function statPanel(
  spec: PanelSpec & {
    expr: string;
    unit: Unit;
    steps?: readonly Step[];
    decimals?: number;
    overRange?: boolean;
    noValue?: string;
  },
): Builder<dashboard.Panel> {
  const { overRange = false, steps = [] } = spec;
  const panel = framed(new stat.PanelBuilder(), spec, 4)
    .withTarget(
      overRange ? instantTarget(spec.expr, 'A') : rangeTarget({ expr: spec.expr, legend: spec.title }, 'A'),
    )
    .unit(spec.unit)
    .colorScheme(colorMode(dashboard.FieldColorModeId.Thresholds))
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .graphMode(overRange ? common.BigValueGraphMode.None : common.BigValueGraphMode.Area)
    .colorMode(steps.length > 0 ? common.BigValueColorMode.Background : common.BigValueColorMode.Value)
    .textMode(common.BigValueTextMode.Value)
    .thresholds(thresholds(steps))
    .noValue(spec.noValue ?? 'no traffic');
  return spec.decimals === undefined ? panel : panel.decimals(spec.decimals);
}

/** Lines, or bars, over time; `stacked` where the parts make a whole. */
export function graphPanel(
  spec: PanelSpec & {
    queries: readonly PanelQuery[];
    unit: Unit;
    stacked?: boolean;
    bars?: boolean;
    exemplars?: boolean;
    max?: number;
    steps?: readonly Step[];
    colors?: Readonly<Record<string, string>>;
    /** Shades of one colour for all series, in place of the palette, whose colours seem to say good or bad. */
    shadesOf?: string;
    legendRight?: boolean;
    /** Whether values below zero have a meaning. */
    signed?: boolean;
    noValue?: string;
  },
): Builder<dashboard.Panel> {
  const { queries, stacked = false, bars = false, exemplars = false, steps = [] } = spec;
  const legend = new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(spec.legendRight ? common.LegendDisplayMode.Table : common.LegendDisplayMode.List)
    .placement(spec.legendRight ? common.LegendPlacement.Right : common.LegendPlacement.Bottom)
    .calcs(spec.legendRight ? ['lastNotNull', 'max'] : []);
  const panel = framed(new timeseries.PanelBuilder(), spec, 8)
    .unit(spec.unit)
    .colorScheme(
      spec.shadesOf === undefined
        ? colorMode(dashboard.FieldColorModeId.PaletteClassic)
        : colorMode(dashboard.FieldColorModeId.Shades).fixedColor(spec.shadesOf),
    )
    .legend(spec.legendRight ? legend.sortBy('Last *').sortDesc(true) : legend)
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    )
    .drawStyle(bars ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .lineWidth(bars ? 0 : 1)
    .fillOpacity(bars ? 80 : stacked ? 40 : 8)
    .showPoints(common.VisibilityMode.Never)
    .stacking(
      new common.StackingConfigBuilder()
        .mode(stacked ? common.StackingMode.Normal : common.StackingMode.None)
        .group('A'),
    )
    .targets(queries.map((query, index) => rangeTarget(query, refId(index), exemplars)));
  if (!spec.signed) panel.min(0);
  if (spec.max !== undefined) panel.max(spec.max);
  if (spec.noValue !== undefined) panel.noValue(spec.noValue);
  if (steps.length > 0) {
    panel
      .thresholds(thresholds(steps))
      .thresholdsStyle(
        new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
      );
  }
  for (const [name, color] of Object.entries(spec.colors ?? {})) {
    panel.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }]);
  }
  return panel;
}

/** A histogram over time: where the bulk lies, and whether there are two bulks. */
export function heatmapPanel(spec: PanelSpec & { expr: string; unit: Unit }): Builder<dashboard.Panel> {
  return framed(new heatmap.PanelBuilder(), spec, 8)
    .withTarget(rangeTarget({ expr: spec.expr, legend: '{{le}}' }, 'A', true, 'heatmap'))
    .calculate(false)
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .steps(64)
        .exponent(0.5),
    )
    .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9))
    .cellGap(1)
    .yAxis(new heatmap.YAxisConfigBuilder().unit(spec.unit).axisPlacement(common.AxisPlacement.Left))
    .tooltip(new heatmap.HeatmapTooltipBuilder().mode(common.TooltipDisplayMode.Single).yHistogram(true))
    .showValue(common.VisibilityMode.Never);
}

/** Horizontal bars, one for each series, for what fills up to a limit or is ranked. */
export function barPanel(
  spec: PanelSpec & { query: PanelQuery; unit: Unit; max?: number; steps?: readonly Step[] },
): Builder<dashboard.Panel> {
  const panel = framed(new bargauge.PanelBuilder(), spec, 8)
    .withTarget(instantTarget(spec.query.expr, 'A', spec.query.legend))
    .unit(spec.unit)
    .colorScheme(colorMode(dashboard.FieldColorModeId.Thresholds))
    .min(0)
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Gradient)
    .showUnfilled(true)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(thresholds(spec.steps ?? []));
  return spec.max === undefined ? panel : panel.max(spec.max);
}

/** Which state each series was in, over time. */
export function statePanel(
  spec: PanelSpec & {
    query: PanelQuery;
    states: Readonly<Record<string, { text: string; color: string }>>;
    height?: number;
  },
): Builder<dashboard.Panel> {
  return framed(new statetimeline.PanelBuilder(), spec, spec.height ?? 6)
    .withTarget(rangeTarget(spec.query, 'A'))
    .mappings([{ type: dashboard.MappingType.ValueToText, options: spec.states }])
    .colorScheme(colorMode(dashboard.FieldColorModeId.Thresholds))
    .mergeValues(true)
    .rowHeight(0.8)
    .lineWidth(0)
    .fillOpacity(80)
    .showValue(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    );
}

function colorMode(mode: dashboard.FieldColorModeId): dashboard.FieldColorBuilder {
  return new dashboard.FieldColorBuilder().mode(mode);
}

/** A, B, C ... for the queries of a panel. */
export function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

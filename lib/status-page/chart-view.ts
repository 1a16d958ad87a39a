import uPlot from 'uplot';
import type { ChartPanel, StatusSeries } from '../status/status-document.js';
import { element, lineSwatch, markScrollable, setText } from './dom-elements.js';
import { formatClock, formatTicks, formatValue } from './format-value.js';
import { largestSeries } from './latest-values.js';
import { createPanelCard } from './panel-card.js';
import { createSeriesLooks, type SeriesLook } from './series-look.js';
import { timeWindow } from './time-window.js';

/** Lines that a chart shows at most, so that they can be told apart; the legend says how many more there are. */
const SERIES_MAX = 10;
const HEIGHT = 150;
const NOTHING = 'nothing in this period';
const FONT = '11px system-ui, sans-serif';
const X_LABEL_WIDTH = 52;
/** Distances of the labels of the time axis, in seconds; those beyond a day are left to uPlot's largest. */
const X_STEPS = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** A panel on the page. */
export interface PanelView<Panel> {
  readonly element: HTMLElement;
  update(panel: Panel, times: readonly number[]): void;
  /** Draws again after a change of the width or of the colours. */
  redraw(): void;
}

/** A chart with its legend, which is also its text alternative: the latest values, or those under the cursor. */
export function createChartView(first: ChartPanel, index: number): PanelView<ChartPanel> {
  const card = createPanelCard(first, index);
  const canvasBox = element('div', { class: 'chart', role: 'img' }, element('p', {}, NOTHING));
  const legend = element('ul', { class: 'legend', 'aria-labelledby': card.titleId });
  card.element.append(canvasBox, legend);

  const lookOf = createSeriesLooks();
  let panel = first;
  let times: readonly number[] = [];
  let shown: readonly StatusSeries[] = [];
  let drawn = '';
  let plot: uPlot | undefined;
  let values: readonly HTMLElement[] = [];

  const showValues = () => {
    const at = plot?.cursor.idx ?? times.length - 1;
    const isHovered = plot !== undefined && plot.cursor.idx != null;
    setText(card.aside, isHovered ? formatClock((times[at] ?? 0) * 1000) : '');
    values.forEach((node, place) => {
      setText(node, formatValue(shown[place]?.values[at], panel.unit));
    });
  };

  /** A new plot and legend, for other series than before. */
  const rebuild = (looks: readonly SeriesLook[], leftOut: number) => {
    plot?.destroy();
    const items = shown.map(({ name }, place) => {
      const { colour = '', dash = [] } = looks[place] ?? {};
      const value = element('span', { class: 'value' });
      const label = element('span', { class: 'name', dir: 'auto', title: name }, name);
      return { value, item: element('li', {}, lineSwatch(colour, dash), label, value) };
    });
    values = items.map(({ value }) => value);
    const more = leftOut > 0 ? [element('li', { class: 'more' }, `and ${leftOut} more`)] : [];
    legend.replaceChildren(...items.map(({ item }) => item), ...more);
    plot = new uPlot(
      plotOptions(canvasBox, looks, () => panel, showValues),
      [[]],
      canvasBox,
    );
  };

  return {
    element: card.element,
    update(next, nextTimes) {
      panel = next;
      times = nextTimes;
      const { shown: largest, leftOut } = largestSeries(panel.series, SERIES_MAX);
      shown = largest;
      card.show(panel);
      // Without a value, the axis would be one of made-up numbers.
      const isEmpty = shown.every(({ values }) => values.every((value) => value === null));
      canvasBox.classList.toggle('empty', isEmpty);
      const label = isEmpty ? NOTHING : 'the list after it has the latest values.';
      canvasBox.setAttribute('aria-label', `Chart of ${panel.title}: ${label}`);
      const looks = lookOf(shown);
      const signature = JSON.stringify([panel.unit, leftOut, shown.map(({ name, tone }) => [name, tone])]);
      if (plot === undefined || signature !== drawn) rebuild(looks, leftOut);
      drawn = signature;
      plot?.setData([[...times], ...shown.map((series) => [...series.values])]);
      showValues();
      markScrollable(legend);
    },
    redraw() {
      const width = canvasBox.clientWidth;
      if (width > 0 && width !== plot?.width) plot?.setSize({ width, height: HEIGHT });
      else plot?.redraw(false, true);
      markScrollable(legend);
    },
  };
}

function plotOptions(
  box: HTMLElement,
  looks: readonly SeriesLook[],
  panel: () => ChartPanel,
  onCursor: () => void,
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: () => colour('--muted'),
    font: FONT,
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: box.clientWidth || 320,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'status' }, points: { size: 6 } },
    hooks: { setCursor: [onCursor] },
    scales: {
      x: { time: true, range: (plot) => timeWindow(plot.data[0] ?? []) },
      y: { range: (_, __, max) => [0, topOf(max, panel())] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        gap: 6,
        space: (_, __, from, to) => (to - from > 150 ? 46 : X_LABEL_WIDTH + 12),
        incrs: X_STEPS,
        values: timeLabels,
      },
      {
        ...axis,
        gap: 6,
        space: 30,
        size: (plot, labels) => 14 + Math.max(22, ...(labels ?? []).map((text) => textWidth(plot, text))),
        values: (_, splits) => formatTicks(splits, panel().unit),
      },
    ],
    series: [
      {},
      ...looks.map(({ colour: name, dash }) => ({
        stroke: () => colour(name),
        width: 1.5,
        dash: [...dash],
        points: {
          size: 4,
          fill: () => colour(name),
          filter: (plot: uPlot, place: number) => isolatedPoints(plot.data[place] ?? []),
        },
        // The area under a single line carries no further meaning; under several they would hide each other.
        ...(looks.length === 1 ? { fill: () => `${colour(name)}1f` } : {}),
      })),
    ],
  };
}

/** The end of the scale of values, which starts at zero; a share ends at 100 % at the latest. */
function topOf(max: number | null, { unit }: ChartPanel): number {
  if (max === null || !(max > 0)) return 1;
  return unit === 'ratio' ? Math.min(1, max * 1.1) : max * 1.1;
}

/** The points that no line reaches, since there is no value before and after them. */
function isolatedPoints(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values).flatMap((value, at) =>
    value != null && values[at - 1] == null && values[at + 1] == null ? [at] : [],
  );
}

/** Times of day, without one that the edge of the chart would cut. */
function timeLabels(
  plot: uPlot,
  splits: number[],
  _axis: number,
  _space: number,
  step: number,
): (string | null)[] {
  return splits.map((time) => {
    const isCut = plot.width - plot.over.offsetLeft - plot.valToPos(time, 'x') < X_LABEL_WIDTH / 2;
    return isCut ? null : formatClock(time * 1000, step < 60);
  });
}

function textWidth({ ctx }: uPlot, text: string): number {
  ctx.save();
  ctx.font = FONT;
  const { width } = ctx.measureText(text);
  ctx.restore();
  return width;
}

/** A colour of the style sheet as it is now, light or dark. */
function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

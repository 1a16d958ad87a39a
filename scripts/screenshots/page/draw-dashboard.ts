import type { DashboardPicture, PanelPicture, PanelProblem } from '../dashboard-json.js';
import { element } from './element.js';
import { drawBarGauge } from './panels/bar-gauge.js';
import { drawHeatmap } from './panels/heatmap.js';
import { drawStat } from './panels/stat.js';
import { drawStateTimeline } from './panels/state-timeline.js';
import { drawTable } from './panels/table.js';
import { drawTimeSeries } from './panels/time-series.js';

/** Draws a panel into the space beneath its title. */
type Draw = (picture: PanelPicture, times: readonly number[], body: HTMLElement) => void;

const DRAW: Readonly<Record<string, Draw>> = {
  stat: drawStat,
  timeseries: drawTimeSeries,
  heatmap: drawHeatmap,
  'state-timeline': drawStateTimeline,
  table: drawTable,
  bargauge: drawBarGauge,
};

const UNIT_HEIGHT = 30;
const GAP = 8;

/** Draws a dashboard into the page, and says what is wrong with its panels. */
export function drawDashboard(picture: DashboardPicture): PanelProblem[] {
  const grid = element('main');
  document.body.replaceChildren(headerOf(picture), grid, element('footer', {}, picture.caption));
  return picture.panels.flatMap((panel) => place(panel, picture.times, grid));
}

function headerOf({ title, variables, times }: DashboardPicture): HTMLElement {
  const [from = 0, to = 0] = [times[0], times.at(-1)];
  const clock = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19);
  return element(
    'header',
    {},
    element('h1', {}, title),
    ...variables.map(([label, choice]) =>
      element('span', { class: 'variable' }, element('b', {}, label), choice),
    ),
    element('span', { class: 'range' }, `${clock(from)} to ${clock(to)} UTC`),
  );
}

function place(picture: PanelPicture, times: readonly number[], grid: HTMLElement): PanelProblem[] {
  const { panel, frames } = picture;
  const { x, y, w, h } = panel.gridPos;
  const style = { 'grid-column': `${x + 1} / span ${w}`, 'grid-row': `${y + 1} / span ${h}` };
  if (panel.type === 'row') {
    grid.append(element('h2', { style }, panel.title));
    return [];
  }
  const body = element('div', { class: 'body' });
  const height = `${h * UNIT_HEIGHT + (h - 1) * GAP}px`;
  grid.append(element('section', { style: { ...style, height } }, element('h3', {}, panel.title), body));
  const hasNumbers = frames.some(({ values }) => values.some((value) => value !== null));
  if (!hasNumbers && panel.type !== 'stat') {
    body.append(element('div', { class: 'none' }, panel.fieldConfig?.defaults.noValue ?? 'No data'));
  }
  try {
    const draw = DRAW[panel.type];
    if (draw === undefined) throw new Error(`Panels of the type "${panel.type}" are not known here.`);
    if (hasNumbers || panel.type === 'stat') draw(picture, times, body);
  } catch (error) {
    return [{ title: panel.title, problem: String(error) }];
  }
  return hasNumbers ? [] : [{ title: panel.title, problem: 'empty' }];
}

import type { PanelPicture } from '../../dashboard-json.js';
import { formatTime } from '../axes.js';
import { tint } from '../colors.js';
import { element } from '../element.js';
import { type Cell, cellOf, fieldOf } from '../fields.js';
import { legendOf } from '../legend.js';

const TIMES_MAX = 6;

/** Which state each series was in: a bar that changes its colour with the state. */
export function drawStateTimeline(
  { panel, frames }: PanelPicture,
  times: readonly number[],
  body: HTMLElement,
): void {
  const seen = new Map<string, Cell>();
  const rows = frames.map(({ name, values }) => {
    const field = fieldOf(panel, name);
    const bar = element('div', { class: 'states' });
    const cells = values.map((value) => (value === null ? undefined : cellOf(value, field)));
    for (const { cell, count } of runsOf(cells)) {
      if (cell !== undefined) seen.set(cell.text, cell);
      const color =
        cell === undefined ? 'transparent' : tint(cell.color, (field.custom?.fillOpacity ?? 70) / 100);
      bar.append(element('i', { style: { background: color, flex: `${count} 0 0` } }));
    }
    return [element('span', { class: 'label' }, name), bar];
  });
  body.classList.add('column');
  body.append(
    element('div', { class: 'state-rows' }, ...rows.flat(), element('span'), timesOf(times)),
    legendOf(
      panel,
      [...seen.values()].map(({ text, color }) => ({ name: text, color })),
    ),
  );
}

/** Neighbours of the same state as one. */
function runsOf(cells: readonly (Cell | undefined)[]): { cell: Cell | undefined; count: number }[] {
  const runs: { cell: Cell | undefined; count: number }[] = [];
  for (const cell of cells) {
    const last = runs.at(-1);
    if (last !== undefined && last.cell?.text === cell?.text) last.count += 1;
    else runs.push({ cell, count: 1 });
  }
  return runs;
}

/** Full minutes, each at its place. */
function timesOf(times: readonly number[]): HTMLElement {
  const [from = 0, to = 1] = [times[0], times.at(-1)];
  const minutes = Math.max(1, Math.ceil((to - from) / 60 / TIMES_MAX));
  const bar = element('div', { class: 'states times' });
  const step = minutes * 60;
  const labelled: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) labelled.push(at);
  for (const at of labelled) {
    const left = `${((at - from) / (to - from)) * 100}%`;
    bar.append(element('span', { style: { left } }, formatTime(at, labelled)));
  }
  return bar;
}

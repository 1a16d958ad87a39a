import type uPlot from 'uplot';
import { GRID, MUTED } from './colors.js';

const FONT = '11px system-ui, sans-serif';
/** Room that the text of one time takes, so that neighbours never touch. */
const TIME_SPACE = 64;
const CHARACTER_WIDTH = 6.4;
/** Round numbers of bytes. */
const POWERS_OF_TWO = Array.from({ length: 40 }, (_, power) => 2 ** power);

/** The time axis of a graph. */
export function timeAxis(): uPlot.Axis {
  return {
    stroke: MUTED,
    font: FONT,
    size: 26,
    gap: 4,
    space: TIME_SPACE,
    incrs: [60, 120, 300, 600, 1800, 3600],
    grid: { stroke: GRID, width: 1 },
    ticks: { show: false },
    values: (_, splits) => splits.map((seconds) => formatTime(seconds, splits)),
  };
}

/** The axis of values, as wide as its longest text. */
export function valueAxis(write: (value: number) => string, unit?: string): uPlot.Axis {
  return {
    stroke: MUTED,
    font: FONT,
    gap: 4,
    space: 28,
    grid: { stroke: GRID, width: 1 },
    ticks: { show: false },
    ...(unit === 'bytes' ? { incrs: POWERS_OF_TWO } : {}),
    values: (_, splits) => splits.map((value) => write(value)),
    size: (_, values) => Math.max(...(values ?? []).map((text) => text.length), 3) * CHARACTER_WIDTH + 10,
  };
}

/** Hours and minutes, with seconds only where the times lie closer than a minute. */
export function formatTime(seconds: number, among: readonly number[]): string {
  const isFine = among.some((time) => time % 60 !== 0);
  return new Date(seconds * 1000).toISOString().slice(11, isFine ? 19 : 16);
}

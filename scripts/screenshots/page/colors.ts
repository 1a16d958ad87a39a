/** Grafana's named colours, each from the darkest shade to the lightest. */
const SHADES = ['dark-', 'semi-dark-', '', 'light-', 'super-light-'] as const;
const HUES: Readonly<Record<string, readonly string[]>> = {
  red: ['#c4162a', '#e02f44', '#f2495c', '#ff7383', '#ffa6b0'],
  orange: ['#fa6400', '#ff780a', '#ff9830', '#ffb357', '#ffcb7d'],
  yellow: ['#e0b400', '#f2cc0c', '#fade2a', '#ffee52', '#fff899'],
  green: ['#37872d', '#56a64b', '#73bf69', '#96d98d', '#c8f2c2'],
  blue: ['#1f60c4', '#3274d9', '#5794f2', '#8ab8ff', '#c0d8ff'],
  purple: ['#8f3bb8', '#a352cc', '#b877d9', '#ca95e5', '#deb6f2'],
};
const NAMED = new Map(
  Object.entries(HUES).flatMap(([hue, colors]) =>
    SHADES.map((shade, index): [string, string] => [`${shade}${hue}`, colors[index] ?? '']),
  ),
);

/** Text on the light background of a panel. */
export const TEXT = '#24292e';
export const MUTED = '#6b7177';
export const GRID = '#eceef0';

/** The first colours of Grafana's classic palette, which the series of a panel get in their order. */
const CLASSIC = [
  ...['green', 'semi-dark-yellow', 'light-blue', 'semi-dark-orange', 'red', 'blue', 'purple', '#705da0'],
  ...['dark-green', 'yellow', '#447ebc', '#c15c17', '#890f02', '#0a437c', '#6d1f62', '#584477'],
];

/** A colour of a dashboard's JSON as CSS. */
export function cssColor(name: string): string {
  if (name === 'text') return TEXT;
  return NAMED.get(name) ?? name;
}

/** The colour of the n-th series of a panel. */
export function classicColor(index: number): string {
  return cssColor(CLASSIC[index % CLASSIC.length] ?? '');
}

/** The n-th shade of a colour: itself, then in turn darker and lighter. */
export function shadeOf(color: string, index: number): string {
  const step = Math.ceil(index / 2) * 0.22;
  const target = index % 2 === 0 ? 255 : 0;
  const parts = partsOf(color).map((part) => Math.round(part + (target - part) * Math.min(step, 0.75)));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** A colour thinned out over white, opaque: fills of stacked series must not add up. */
export function tint(color: string, opacity: number): string {
  const parts = partsOf(color);
  return `rgb(${parts.map((part) => Math.round(255 - (255 - part) * opacity)).join(' ')})`;
}

/** A darker shade, readable as text on white. */
export function readable(color: string): string {
  if (color === TEXT) return color;
  const parts = partsOf(color);
  const luminance = (0.3 * (parts[0] ?? 0) + 0.59 * (parts[1] ?? 0) + 0.11 * (parts[2] ?? 0)) / 255;
  const factor = Math.min(1, 0.42 / Math.max(luminance, 0.01));
  return `rgb(${parts.map((part) => Math.round(part * factor)).join(' ')})`;
}

function partsOf(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

import type { StatusSeries } from '../status/status-document.js';

/** Colours without a meaning, `--series-1` and so on in the style sheet. */
const COLOURS = 6;
/** What tells lines of the same colour apart. */
const DASHES: readonly (readonly number[])[] = [[], [5, 3], [1.5, 2.5], [8, 3, 2, 3]];

/** How the line of a series looks. */
export interface SeriesLook {
  /** A custom property of the style sheet. */
  readonly colour: string;
  readonly dash: readonly number[];
}

/**
 * Gives series their looks and keeps them: a series looks the same as long as it is shown, whichever come and go beside
 * it. A tone that means something is the colour; the others get colours that only tell apart.
 */
export function createSeriesLooks(): (series: readonly StatusSeries[]) => readonly SeriesLook[] {
  let places = new Map<string, { readonly tone: string; readonly place: number }>();
  return (series) => {
    const kept = new Map<string, { tone: string; place: number }>();
    for (const { name, tone } of series) {
      const old = places.get(name);
      if (old?.tone === tone) kept.set(name, old);
    }
    for (const { name, tone } of series) {
      if (kept.has(name)) continue;
      const taken = new Set(
        [...kept.values()].filter((other) => other.tone === tone).map(({ place }) => place),
      );
      let place = 0;
      while (taken.has(place)) place += 1;
      kept.set(name, { tone, place });
    }
    places = kept;
    return series.map(({ name, tone }) => lookOf(tone, kept.get(name)?.place ?? 0));
  };
}

function lookOf(tone: string, place: number): SeriesLook {
  const [colour, round] =
    tone === 'neutral'
      ? [`--series-${(place % COLOURS) + 1}`, Math.floor(place / COLOURS)]
      : [`--${tone}`, place];
  return { colour, dash: DASHES[round % DASHES.length] ?? [] };
}

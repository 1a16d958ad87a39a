/** So many letters may be wrong in a name that is still taken for a known one. */
const DISTANCE_MAX = 3;
/** No name of ours is longer; comparing longer ones would take time without end. */
const LENGTH_MAX = 64;

/** What to do about an option that does not exist: a misspelt one would be a default that nobody notices. */
export function remedyForUnknown(path: string, known: readonly string[]): string {
  const best = nearest(path, known);
  return best !== undefined && best.distance <= DISTANCE_MAX
    ? `there is no such option; did you mean ${best.name}?`
    : 'there is no such option; remove it';
}

/** The known name that a text is, or is a misspelling of: no more than a third of it may be wrong. */
export function misspelling(text: string, known: readonly string[]): string | undefined {
  const best = nearest(text, known);
  if (best === undefined) return undefined;
  return best.distance <= Math.min(DISTANCE_MAX, Math.floor(best.name.length / 3)) ? best.name : undefined;
}

function nearest(
  text: string,
  known: readonly string[],
): { readonly name: string; readonly distance: number } | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const wanted = text.toLowerCase();
  return known
    .map((name) => ({ name, distance: distanceOf(wanted, name.toLowerCase()) }))
    .reduce((a, b) => (b.distance < a.distance ? b : a));
}

function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

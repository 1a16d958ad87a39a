/** So many letters may be wrong in a name that is still taken for a known one. */
const DISTANCE_MAX = 3;

/** What to do about an option that does not exist: a misspelt one would be a default that nobody notices. */
export function remedyForUnknown(path: string, known: readonly string[]): string {
  const scored = known.map((name) => ({ name, score: distance(path.toLowerCase(), name.toLowerCase()) }));
  const best = scored.reduce((a, b) => (b.score < a.score ? b : a));
  return best.score <= DISTANCE_MAX
    ? `there is no such option; did you mean ${best.name}?`
    : 'there is no such option; remove it';
}

function distance(a: string, b: string): number {
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

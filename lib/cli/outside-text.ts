/** Control characters, and characters that change the direction of text or are invisible. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
/** Characters of two columns in a terminal: East Asian wide ones and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{M}/u;
const LENGTH_MAX = 1_000;

/**
 * Makes text from outside harmless for a terminal: no control character, no change of direction, one line, bounded in
 * length. What is removed leaves a `?`, so that two names stay two.
 */
export function printable(text: string): string {
  const shown = text.slice(0, LENGTH_MAX).toWellFormed().replace(UNPRINTABLE, '?');
  return text.length > LENGTH_MAX ? `${shown}…` : shown;
}

/** The same for a text of several lines, whatever its length: line breaks and tabs stay. */
export function printableLines(text: string): string {
  return text
    .toWellFormed()
    .replace(UNPRINTABLE, (character) => (/[\n\t]/.test(character) ? character : '?'));
}

/** The number of columns that a text takes in a terminal. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** Cuts a text to a number of columns; `…` stands for what is left out. */
export function cutTo(text: string, columnsMax: number): string {
  if (columnsMax <= 0) return '';
  if (columnsOf(text) <= columnsMax) return text;
  let cut = '';
  let columns = 0;
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > columnsMax - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

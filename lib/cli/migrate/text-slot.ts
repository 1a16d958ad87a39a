import type { Edit } from './promql/text-edit.js';

/** How a string is written in its file. */
type Style = 'double' | 'single' | 'plain';

/** A string in a file, which can be edited without touching the rest of the file. */
export interface TextSlot {
  readonly value: string;
  /** Edits of the file that make these edits of the value. */
  fileEdits(edits: readonly Edit[]): readonly Edit[];
}

/**
 * Relates a string to its place in a file: each character of the value to the characters that stand for it.
 *
 * @param from - where the string begins in the file, behind an opening quote or the head of a block.
 */
export function createTextSlot(value: string, file: string, from: number, style: Style): TextSlot {
  return {
    value,
    fileEdits(edits) {
      const { starts, ends } = align(value, file, from, style);
      return edits.map((edit) => {
        // An insertion stays with the character before it, unless that is a blank.
        const isAfter = edit.from === edit.to && edit.from > 0 && !isBlank(value[edit.from - 1]);
        const start = isAfter ? (ends[edit.from - 1] ?? from) : (starts[edit.from] ?? ends.at(-1) ?? from);
        const end = edit.from === edit.to ? start : (ends[edit.to - 1] ?? start);
        return { from: start, to: end, text: written(edit.text, style) };
      });
    },
  };
}

/** Edits that give the first group of every match another name. The pattern has the flags `d` and `g`. */
export function renameMatches(
  { value }: TextSlot,
  pattern: RegExp,
  newName: (name: string) => string | undefined,
): readonly Edit[] {
  return [...value.matchAll(pattern)].flatMap((match) => {
    const [from, to] = match.indices?.[1] ?? [0, 0];
    const name = newName(value.slice(from, to));
    return name === undefined || name === value.slice(from, to) ? [] : [{ from, to, text: name }];
  });
}

const isBlank = (character: string | undefined): boolean => character !== undefined && /\s/.test(character);

function written(text: string, style: Style): string {
  if (style === 'double') return JSON.stringify(text).slice(1, -1);
  return style === 'single' ? text.replaceAll("'", "''") : text;
}

/** Blanks may be folded and indented in a file; all other characters stand there in order. */
function align(
  value: string,
  file: string,
  from: number,
  style: Style,
): { readonly starts: readonly number[]; readonly ends: readonly number[] } {
  const starts: number[] = [];
  const ends: number[] = [];
  let position = from;
  for (const character of units(value)) {
    const isEscape = style === 'double' && file[position] === '\\';
    if (isBlank(character) && !isEscape) {
      starts.push(position);
      ends.push(position);
      continue;
    }
    if (!isBlank(character)) while (isBlank(file[position])) position += 1;
    const length = lengthOf(file, position, style);
    starts.push(position);
    position += length;
    ends.push(position);
  }
  return { starts, ends };
}

function* units(value: string): Generator<string> {
  for (let index = 0; index < value.length; index += 1) yield value[index] ?? '';
}

const ESCAPE_LENGTHS: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

function lengthOf(file: string, position: number, style: Style): number {
  if (style === 'double' && file[position] === '\\') return ESCAPE_LENGTHS[file[position + 1] ?? ''] ?? 2;
  return style === 'single' && file[position] === "'" ? 2 : 1;
}

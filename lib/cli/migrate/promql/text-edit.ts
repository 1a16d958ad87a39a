/** Replaces a part of a text; an empty part is an insertion. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Applies edits that do not overlap; of insertions at one place, in their order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let position = 0;
  for (const { from, to, text: replacement } of inOrder(edits)) {
    result += text.slice(position, from) + replacement;
    position = to;
  }
  return result + text.slice(position);
}

/** Sorted by place; an insertion comes before a replacement that begins where it is. */
function inOrder(edits: readonly Edit[]): readonly Edit[] {
  return [...edits].sort((a, b) => a.from - b.from || a.to - b.to);
}

import { createTwoFilesPatch } from 'diff';
import type { FileChange } from './file-changes.js';

/** The difference between the file that is there and the one that would be written, as `diff -u` shows it. */
export function unifiedDiff({ path, former, text }: FileChange): string {
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, former ?? '', text, undefined, undefined, {
    context: 3,
  });
  // The first line is a rule that `diff` does not write.
  return printable(patch.replace(/^=+\n/, ''));
}

/** A text from outside without the characters that would control the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => (/[\n\t]/.test(character) ? character : ''));
}

import { createTwoFilesPatch } from 'diff';
import { printableLines } from '../outside-text.js';
import type { FileChange } from './file-changes.js';

/** The difference between the file that is there and the one that would be written, as `diff -u` shows it. */
export function unifiedDiff({ path, former, text }: FileChange): string {
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, former ?? '', text, undefined, undefined, {
    context: 3,
  });
  // The first line is a rule that `diff` does not write.
  return printableLines(patch.replace(/^=+\n/, ''));
}

/** The part of a terminal, or of any other output, that the display uses. */
export interface Output {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

/** Lines that are shown again and again in the same place. */
export interface Display {
  show(lines: readonly string[]): void;
  /** Leaves the last lines on the screen and gives the cursor back. */
  end(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const ERASE_TO_LINE_END = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

/**
 * Shows lines in place. A frame is one write, and each line is overwritten rather than cleared first, so that
 * nothing flickers; lines are cut at the width of the terminal, since a wrapped one would count as two.
 */
export function createDisplay(output: Output): Display {
  let shown = 0;
  return {
    show(lines) {
      // Erasing to the end of a line that is full would take its last character with it on some terminals.
      const width = (output.columns || Number.POSITIVE_INFINITY) - 1;
      const back = shown === 0 ? HIDE_CURSOR : `\u001b[${shown}A`;
      const frame = lines.map((line) => `\r${line.slice(0, width)}${ERASE_TO_LINE_END}\n`).join('');
      output.write(back + frame + ERASE_BELOW);
      shown = lines.length;
    },
    end() {
      if (shown > 0) output.write(SHOW_CURSOR);
      shown = 0;
    },
  };
}

import { createDisplay } from '../../../examples/edge-agent/display.js';

/** A terminal of so many columns that understands what the display sends it. */
function createTerminal(columns: number) {
  const screen: string[] = [''];
  let row = 0;
  let writes = 0;
  let isCursorHidden = false;
  const write = (text: string) => {
    writes += 1;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read here.
    for (const [token] of text.matchAll(/\u001b\[\??\d*[A-Za-z]|[\r\n]|[^\u001b\r\n]+/g)) {
      if (token === '\n') {
        row += 1;
        screen[row] ??= '';
      } else if (token.endsWith('A') && token.startsWith('\u001b')) row -= Number(token.slice(2, -1));
      else if (token === '\u001b[J') screen.splice(row, Number.POSITIVE_INFINITY, '');
      else if (token === '\u001b[?25l') isCursorHidden = true;
      else if (token === '\u001b[?25h') isCursorHidden = false;
      else if (token === '\u001b[K' || token === '\r') continue;
      else screen[row] = token;
    }
  };
  return { output: { write, columns }, screen, state: () => ({ row, writes, isCursorHidden }) };
}

describe('createDisplay()', () => {
  it('shows each frame where the one before was, in one write', () => {
    const { output, screen, state } = createTerminal(80);
    const display = createDisplay(output);
    display.show(['one', 'two', 'three']);
    display.show(['1', '2']);
    expect(screen).toEqual(['1', '2', '']);
    expect(state()).toEqual({ row: 2, writes: 2, isCursorHidden: true });
  });

  it('cuts lines below the width of the terminal, so that none wraps', () => {
    const { output, screen } = createTerminal(5);
    createDisplay(output).show(['123456789', 'abc']);
    expect(screen).toEqual(['1234', 'abc', '']);
  });

  it('gives the cursor back at the end, once', () => {
    const { output, state } = createTerminal(80);
    const display = createDisplay(output);
    display.show(['one']);
    display.end();
    display.end();
    expect(state()).toEqual({ row: 1, writes: 2, isCursorHidden: false });
  });
});

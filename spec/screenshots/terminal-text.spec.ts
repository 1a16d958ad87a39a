import { readTerminalText } from '../../scripts/screenshots/terminal-text.js';

const ESC = '\u001b[';

describe('readTerminalText()', () => {
  it('reads colours and styles, each until it is taken back', () => {
    expect(readTerminalText(`${ESC}1mbold${ESC}22m ${ESC}31mred${ESC}39m ${ESC}2mdim${ESC}0m plain`)).toEqual(
      [
        { text: 'bold', isBold: true },
        { text: ' ', isBold: false, isDim: false },
        { text: 'red', isBold: false, isDim: false, color: '#ff7b72' },
        { text: ' ', isBold: false, isDim: false, color: undefined },
        { text: 'dim', isBold: false, isDim: true, color: undefined },
        { text: ' plain' },
      ],
    );
  });

  it.each([
    ['38;5;1', '#ff7b72'],
    ['38;5;46', 'rgb(0 255 0)'],
    ['38;5;232', 'rgb(8 8 8)'],
    ['38;2;1;2;3', 'rgb(1 2 3)'],
    ['94', '#79c0ff'],
    ['1;94', '#79c0ff'],
  ])('knows the colour of %s', (codes, color) => {
    expect(readTerminalText(`${ESC}${codes}mx`)).toEqual([expect.objectContaining({ text: 'x', color })]);
  });

  it('leaves out what moves the cursor or clears the screen', () => {
    expect(readTerminalText(`${ESC}2J${ESC}?25la${ESC}Hb\r\n`).map(({ text }) => text)).toEqual(['a', 'b\n']);
  });
});

import type { TerminalRun } from '../terminal-text.js';
import { element } from './element.js';

/** Draws what a program wrote on a terminal into a box that looks like one. */
export function drawTerminal(command: string, runs: readonly TerminalRun[]): void {
  const screen = runs.map(({ text, color, background, isBold, isDim }) =>
    element(
      'span',
      {
        style: {
          ...(color === undefined ? {} : { color }),
          ...(background === undefined ? {} : { background }),
          ...(isBold ? { 'font-weight': '700' } : {}),
          ...(isDim ? { opacity: '0.65' } : {}),
        },
      },
      text,
    ),
  );
  document.body.replaceChildren(
    element(
      'div',
      { class: 'terminal' },
      element('div', { class: 'prompt' }, `$ ${command}`),
      element('pre', {}, ...screen),
    ),
  );
}

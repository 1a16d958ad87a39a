import type { StatusHint } from '../status/status-document.js';
import { element } from './dom-elements.js';

const COPIED_MILLIS = 2000;

/** What to do, each step with its command or code, and a button that copies it. */
export function hintItems(hints: readonly StatusHint[]): HTMLElement[] {
  return hints.map(({ text, code }) =>
    element('li', {}, element('p', {}, text), ...(code === undefined ? [] : [codeBlock(code, text)])),
  );
}

function codeBlock(code: string, about: string): HTMLElement {
  const block = element('pre', { role: 'region', 'aria-label': `Code: ${about}` }, element('code', {}, code));
  return element('div', { class: 'code' }, block, ...copyButton(code, about));
}

/** Nothing where the browser lets no page copy, as over plain HTTP from another machine. */
function copyButton(code: string, about: string): HTMLElement[] {
  if (!window.isSecureContext) return [];
  const button = element('button', { type: 'button', 'aria-label': `Copy: ${about}` }, 'Copy');
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(code).then(
      () => {
        button.textContent = 'Copied';
        window.setTimeout(() => {
          button.textContent = 'Copy';
        }, COPIED_MILLIS);
      },
      () => {
        button.textContent = 'Select and copy';
      },
    );
  });
  return [button];
}

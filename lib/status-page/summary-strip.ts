import type { ChartPanel } from '../status/status-document.js';
import { element, setText } from './dom-elements.js';
import { formatValue } from './format-value.js';
import { latestValues } from './latest-values.js';

/** Shows the latest values of the charts, a tile for each, in a list. */
export function showSummary(list: HTMLElement, charts: readonly ChartPanel[]): void {
  while (list.childElementCount > charts.length) list.lastElementChild?.remove();
  charts.forEach((panel, index) => {
    const tile = list.children[index] ?? list.appendChild(emptyTile());
    const { main, others } = latestValues(panel);
    const texts = [
      panel.title,
      formatValue(main.value, panel.unit),
      main.name ?? '',
      // Isolated, so that a name written from right to left does not turn the value around.
      ...others.map(({ name, value }) => `\u2068${name}\u2069 ${formatValue(value, panel.unit)}`),
    ];
    tile.querySelectorAll('.part').forEach((part, at) => {
      setText(part, texts[at] ?? '');
    });
  });
}

function emptyTile(): HTMLElement {
  const part = (name: string) => element('span', { class: `part ${name}`, dir: 'auto' });
  const main = element('span', { class: 'main' }, part('value'), ' ', part('name'));
  return element('li', {}, part('title'), main, part('others'), part('others'));
}

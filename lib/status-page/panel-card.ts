import type { StatusPanel } from '../status/status-document.js';
import { element, setText } from './dom-elements.js';

/** The frame that charts and tables have in common: a title, and what the panel shows behind a question mark. */
export interface PanelCard {
  readonly element: HTMLElement;
  readonly titleId: string;
  /** At the end of the line of the title. */
  readonly aside: HTMLElement;
  show(panel: StatusPanel): void;
}

export function createPanelCard(panel: StatusPanel, index: number): PanelCard {
  // Not the id of the panel: an id in the page must neither be empty nor meet another.
  const titleId = `panel-${panel.kind}-${index}`;
  const title = element('h3', { id: titleId });
  const help = element('p');
  const sign = element('summary', {}, '?');
  const about = element('details', { name: 'about' }, sign, help);
  const aside = element('span', { class: 'aside' });
  const card = element(
    'article',
    { class: 'card', 'data-panel': panel.id, 'aria-labelledby': titleId },
    element('div', { class: 'card-head' }, title, about, aside),
  );
  return {
    element: card,
    titleId,
    aside,
    show(panel) {
      setText(title, panel.title);
      setText(help, panel.help);
      about.hidden = panel.help === '';
      sign.setAttribute('aria-label', `About ${panel.title}`);
    },
  };
}

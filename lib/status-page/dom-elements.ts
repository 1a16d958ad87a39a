const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes and children. Text becomes a text node, whatever is in it. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A short piece of the line of a series, as a key to the chart. Assistive technology skips it. */
export function lineSwatch(colour: string, dash: readonly number[]): SVGElement {
  const line = document.createElementNS(SVG, 'line');
  const ends = { x1: '0', y1: '4', x2: '16', y2: '4', 'stroke-dasharray': dash.join(' ') };
  for (const [name, value] of Object.entries(ends)) line.setAttribute(name, value);
  line.style.stroke = `var(${colour})`;
  const svg = document.createElementNS(SVG, 'svg');
  const frame = { class: 'swatch', viewBox: '0 0 16 8', 'aria-hidden': 'true' };
  for (const [name, value] of Object.entries(frame)) svg.setAttribute(name, value);
  svg.append(line);
  return svg;
}

/** The element of the page with an id, which `index.html` has. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}

/** Sets a text only where it changed, which spares the browser the layout, and the reader a lost selection. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Lets the keyboard scroll an element, as long as there is something to scroll. */
export function markScrollable(box: HTMLElement): void {
  const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
  if (scrolls) box.tabIndex = 0;
  else box.removeAttribute('tabindex');
}

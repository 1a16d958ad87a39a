/** Makes an element. Texts become text nodes, never markup: names of models and providers come from outside. */
export function element(
  tag: string,
  properties: { readonly class?: string; readonly style?: Readonly<Record<string, string>> } = {},
  ...children: readonly (Node | string)[]
): HTMLElement {
  const node = document.createElement(tag);
  if (properties.class !== undefined) node.className = properties.class;
  for (const [name, value] of Object.entries(properties.style ?? {})) node.style.setProperty(name, value);
  node.append(...children);
  return node;
}

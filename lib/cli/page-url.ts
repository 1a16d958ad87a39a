/** The URL of a page to scrape: without a scheme `http`, without a path `/metrics`; `undefined` for what is none. */
export function pageUrl(text: string): string | undefined {
  const isSchemed = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const written = isSchemed ? text : `http://${text}`;
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  if (!/^https?:$/.test(url.protocol) || url.hostname === '' || url.username !== '') return undefined;
  if (url.pathname === '/') url.pathname = '/metrics';
  return url.href;
}

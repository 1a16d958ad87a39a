import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { REPOSITORY_URL } from '../../scripts/repository.js';

/** The folders whose Markdown is on the site, beside the documents at the root; `site` has the API reference. */
export const FOLDERS = ['docs', 'examples', 'grafana', 'prometheus', 'otel-collector', 'deploy', 'site'];

/** The anchor of a heading as GitHub makes it, so that one link holds there, on npm's page and on the site. */
export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/**
 * Where a link of a document leads on the site: README.md is the index of its folder, and what is no page, such as a
 * source, is in the repository.
 */
function hrefOnSite(href: string, page: string, root: string): string {
  if (/^[a-z]+:|^#|^\//.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = join(dirname(page), path);
  if (!existsSync(target)) return href;
  const inRepository = relative(root, target);
  const [folder = '', ...rest] = inRepository.split('/');
  const isOnSite = rest.length === 0 || FOLDERS.includes(folder);
  const isFolder = statSync(target).isDirectory();
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (isOnSite && isFolder && existsSync(join(target, 'README.md')))
    return `${path.replace(/\/?$/, '/')}index.md${hash}`;
  if (isOnSite && path.endsWith('.md')) return `${path.replace(/(^|\/)README\.md$/, '$1index.md')}${hash}`;
  return `${REPOSITORY_URL}/${isFolder ? 'tree' : 'blob'}/main/${inRepository}${hash}`;
}

/** Renders the Markdown of the repository as GitHub does: links by file, and `{{ }}` as text, not as code of Vue. */
export function repositoryMarkdown(markdown: MarkdownRenderer, root: string): void {
  markdown.core.ruler.push('links_of_repository', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null) token.attrSet('href', hrefOnSite(href, env.realPath ?? env.path, root));
    }
  });
  const escaped = (text: string): string => markdown.utils.escapeHtml(text).replaceAll('{{', '&#123;&#123;');
  markdown.renderer.rules.text = (tokens, index) => escaped(tokens[index]?.content ?? '');
  // A long name may break between its words, or the columns of a table that it is in would not fit the page.
  const breakable = (html: string): string => html.replace(/(?<=\w)[_./=](?=\w)/g, '$&<wbr>');
  markdown.renderer.rules.code_inline = (tokens, index) =>
    `<code v-pre>${breakable(markdown.utils.escapeHtml(tokens[index]?.content ?? ''))}</code>`;
}

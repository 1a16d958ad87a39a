import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { REPOSITORY_URL } from '../../scripts/repository.js';
import { FOLDERS, repositoryMarkdown, slugOf } from './markdown.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** What the highlighter needs to know of PromQL, which is not among its languages. */
const PROMQL = {
  name: 'promql',
  scopeName: 'source.promql',
  patterns: [
    { match: '#.*$', name: 'comment.line' },
    { match: '"[^"]*"', name: 'string.quoted' },
    {
      match: '\\b(by|without|on|ignoring|group_left|group_right|offset|and|or|unless|bool)\\b',
      name: 'keyword',
    },
    { match: '\\b[a-z_]+(?=\\s*\\()', name: 'entity.name.function' },
    { match: '\\b\\d+(\\.\\d+)?(ms|[smhdwy])?\\b', name: 'constant.numeric' },
  ],
  repository: {},
};

/** The groups of the sidebar: the headings and tables of docs/README.md, which is the one list of all pages. */
function sidebarOfDocuments(): DefaultTheme.SidebarItem[] {
  const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
  return index
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      text: section.slice(0, section.indexOf('\n')),
      items: [...section.matchAll(/\[([^\]]+)\]\(([^)]+\.md)\)/g)].map(([, text = '', path = '']) => ({
        text: text.charAt(0).toUpperCase() + text.slice(1),
        link: new URL(path.replace(/README\.md$/, 'index.md'), 'file:///docs/').pathname,
      })),
    }));
}

function sidebarOfApi(): DefaultTheme.SidebarItem[] {
  const path = join(ROOT, 'site/api/typedoc-sidebar.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

export default defineConfig({
  title: 'llm-edge-monitoring',
  description: 'OpenTelemetry-native monitoring for LLM gateways and agents on Node.js',
  lang: 'en',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcDir: '..',
  outDir: '../.cache/site',
  cacheDir: '../.cache/vitepress',
  srcExclude: [`!(${FOLDERS.join('|')})/**/*.md`],
  rewrites: (path) => path.replace(/^site\//, '').replace(/(^|\/)README\.md$/, '$1index.md'),
  // A link to a port of the reader's machine leads nowhere from here.
  ignoreDeadLinks: 'localhostLinks',
  markdown: {
    anchor: { slugify: slugOf },
    languages: [PROMQL],
    config: (markdown) => repositoryMarkdown(markdown, ROOT),
  },
  themeConfig: {
    nav: [
      { text: 'Documentation', link: '/docs/' },
      { text: 'API', link: '/api/' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: { '/api/': sidebarOfApi(), '/': sidebarOfDocuments() },
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: REPOSITORY_URL }],
    outline: [2, 3],
  },
});

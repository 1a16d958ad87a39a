// Builds the documentation as a website into `.cache/site`: the Markdown of this repository as it is, and the API
// reference from the comments of the sources. Fails on a dead link, a dead anchor, and a request to another host.

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { Application } from 'typedoc';
import { load as writeMarkdown } from 'typedoc-plugin-markdown';
import { load as adaptToVitePress } from 'typedoc-vitepress-theme';
import { build } from 'vitepress';

const SITE = resolve('.cache/site');
const API = resolve('site/api');

const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'));

/** The entry points that export something, by the name of their source. */
const entryPoints = new Map(
  Object.entries(exports)
    .filter(([subpath, target]) => typeof target !== 'string' && subpath !== './register')
    .map(([subpath]) => [subpath === '.' ? 'index' : subpath.slice(2), subpath.replace('.', name)]),
);

async function writeApiReference() {
  rmSync(API, { recursive: true, force: true });
  const app = await Application.bootstrapWithPlugins({
    plugin: [writeMarkdown, adaptToVitePress],
    entryPoints: [...entryPoints.keys()].map((source) => `lib/${source}.ts`),
    sortEntryPoints: false,
    tsconfig: 'tsconfig.json',
    name: 'API reference',
    readme: 'none',
    out: API,
    docsRoot: resolve('site'),
    entryFileName: 'index',
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    skipErrorChecking: true,
    parametersFormat: 'table',
    propertiesFormat: 'table',
    logLevel: 'Warn',
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('the API reference could not be made');
  for (const module of project.children ?? []) module.name = entryPoints.get(module.name) ?? module.name;
  await app.generateOutputs(project);
}

/** Every page of the site, by its path from the root. */
function pagesOfSite() {
  const files = readdirSync(SITE, { recursive: true }).map((file) => file.replaceAll('\\', '/'));
  return new Map(
    files
      .filter((file) => file.endsWith('.html'))
      .map((file) => [`/${file}`, readFileSync(join(SITE, file), 'utf8')]),
  );
}

/** What is wrong with the links of the built pages: VitePress checks pages, and no anchors. */
function problemsOf(pages) {
  const ids = new Map(
    [...pages].map(([path, html]) => [
      path,
      new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)),
    ]),
  );
  return [...pages].flatMap(([path, html]) => {
    const links = [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, href]) => href);
    const deadLinks = links
      .filter((href) => !/^[a-z]+:/.test(href))
      .filter((href) => {
        const [file, anchor] = decodeURI(href).split('#');
        const target = file === '' ? path : posix.resolve(posix.dirname(path), file);
        const page = [target, `${target}.html`, posix.join(target, 'index.html')].find((name) =>
          ids.has(name),
        );
        return page === undefined || (anchor !== undefined && anchor !== '' && !ids.get(page).has(anchor));
      })
      .map((href) => `${path}: dead link ${href}`);
    const foreign = [
      ...html.matchAll(/<(?:script|link|img|iframe)\s[^>]*?(?:src|href)="((?:https?:)?\/\/[^"]*)"/g),
    ];
    return [...deadLinks, ...foreign.map(([, url]) => `${path}: request to ${url}`)];
  });
}

await writeApiReference();
await build('site');
const pages = pagesOfSite();
const problems = problemsOf(pages);
if (problems.length > 0) {
  console.error([...new Set(problems)].join('\n'));
  process.exitCode = 1;
} else console.log(`${pages.size} pages in ${SITE}, no dead link`);

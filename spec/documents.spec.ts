import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { METRICS, resolveConfig } from '../lib/index.js';
import { documentQueries } from '../scripts/promql/collect-queries.js';
import { labelProblems } from '../scripts/promql/labels.js';
import { parseProblems } from '../scripts/promql/promql.js';
import { loadRules } from '../scripts/promql/rules.js';
import { createMetricSchema } from '../scripts/promql/schema.js';
import { INPUT_LIMITS } from './support/catalogue.js';
import { documentedOptions } from './support/documented-options.js';

const ROOT = join(__dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
/** Words of the README, so that it stays an introduction; everything else belongs into docs/. */
const README_WORDS_MAX = 900;
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '');
const documents = tracked.filter((path) => path.endsWith('.md') && existsSync(join(ROOT, path)));
const { scripts, exports } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  exports: Record<string, unknown>;
};

/** The anchors that a Markdown renderer gives to headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

/** The path of each setting: one that is an object of the user's has no members by default. */
function leafPaths(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    const isGroup = typeof member === 'object' && member !== null && !Array.isArray(member);
    const path = `${prefix}${key}`;
    return isGroup && Object.keys(member).length > 0 ? leafPaths(member, `${path}.`) : [path];
  });
}

/** Text outside code blocks, where `](` is a link. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '');

/** Words that a reader sees, those of tables and of code included: not comments, nor where a link leads. */
function wordsOf(text: string): readonly string[] {
  const shown = text.replace(/<!--[\s\S]*?-->/g, '').replace(/\]\([^)]*\)/g, ']');
  return shown.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
}

describe('the documents', () => {
  it.each(documents)('%s links only to what exists', (path) => {
    const broken = [...prose(read(path)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const resolved = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file));
        if (!existsSync(join(ROOT, resolved))) return true;
        return anchor !== undefined && !anchorsOf(read(resolved)).has(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('begin with a README that is read in minutes', () => {
    expect(wordsOf(read('README.md')).length).toBeLessThanOrEqual(README_WORDS_MAX);
  });

  it('link from the README only to files, which npm finds through `repository`', () => {
    const targets = [...prose(read('README.md')).matchAll(/\]\(([^)\s#]+)/g)].map(
      ([, target = '']) => target,
    );
    const relativeOnes = targets.filter((target) => !/^[a-z]+:/.test(target));
    // npm's page makes `blob/HEAD/…` and, for pictures, `raw/HEAD/…` of a relative path, which suits no folder or HTML.
    expect(relativeOnes.length).toBeGreaterThan(20);
    expect(relativeOnes.filter((target) => /^\.?\/|\/$|\.\.\//.test(target))).toEqual([]);
    expect(relativeOnes.filter((target) => !tracked.includes(target))).toEqual([]);
    expect(prose(read('README.md'))).not.toMatch(/<(img|a|picture)\b/);
  });

  it('can all be reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const [, target = ''] of prose(read(path)).matchAll(/\]\(([^)\s#]+)/g)) {
        const linked = relative(ROOT, join(ROOT, dirname(path), target)).replace(/\/$/, '');
        const page = documents.find((other) => other === linked || other === join(linked, 'README.md'));
        if (page !== undefined) reached.add(page);
      }
    }
    const pages = documents.filter((path) => !path.startsWith('etc/'));
    expect(pages.filter((path) => !reached.has(path))).toEqual([]);
  });

  it.each(documents)('%s names only metrics that exist', (path) => {
    // A name before a colon is the beginning of a recording rule, one before `_*` or `{` that of several.
    const named = [...read(path).matchAll(/\bllm_edge_[a-z_]*[a-z](?![\w:])(?!\{[a-z_]+,)/g)].map(
      ([name]) => name,
    );
    const known = new Set(Object.keys(METRICS).flatMap((name) => [name, name.replace(/_total$/, '')]));
    expect(named.filter((name) => !known.has(name.replace(/_(bucket|sum|count|created)$/, '')))).toEqual([]);
  });

  it.each(documents)('%s names only files and folders of lib that exist', (path) => {
    const named = [...read(path).matchAll(/(?<![\w/.-])lib\/[\w./-]*\w/g)].map(([name]) => name);
    // `lib/a/` stands for any folder.
    expect(named.filter((name) => !name.startsWith('lib/a/') && !existsSync(join(ROOT, name)))).toEqual([]);
  });

  it('docs/architecture.md names only files that exist', () => {
    const files = new Set(
      tracked.filter((path) => existsSync(join(ROOT, path))).map((path) => basename(path)),
    );
    const named = [...read('docs/architecture.md').matchAll(/[\w.-]+\.(?:ts|mjs|cjs)\b/g)].map(
      ([name]) => name,
    );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !files.has(name))).toEqual([]);
  });

  it.each(documents)('%s names only commands that exist', (path) => {
    const named = [...read(path).matchAll(/\bnpm run (?:-s )?([\w:]+(?:-\w+)*)/g)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each(documents)('%s names only entry points that exist', (path) => {
    const named = [...read(path).matchAll(/['"`]llm-edge-monitoring\/([\w-]+)['"`]/g)].map(
      ([, name]) => `./${name}`,
    );
    expect(named.filter((name) => !(name in exports))).toEqual([]);
  });

  it.each(documents)('%s names only metrics that exist', (path) => {
    // After a colon stands the name of a recording rule.
    const named = [...read(path).matchAll(/(?<![\w:])llm_edge_\w+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );
    expect(named.filter((name) => !(name in METRICS))).toEqual([]);
  });

  it('name only variables of ours that the code reads, and all of them', () => {
    const inCode = new Set(
      tracked
        .filter((path) => /^(lib|examples)\/.*\.ts$/.test(path) && existsSync(join(ROOT, path)))
        .flatMap((path) => [...read(path).matchAll(/\bLLM_EDGE_[A-Z_]+/g)].map(([name]) => name)),
    );
    const described = ['README.md', 'docs/configuration.md', 'docs/register.md'].map(read).join('\n');
    const inDocuments = new Set([...described.matchAll(/\bLLM_EDGE_[A-Z_]+/g)].map(([name]) => name));
    expect([...inDocuments].sort()).toEqual([...inCode].sort());
  });

  it('list every setting and every variable in docs/configuration.md', () => {
    const asked = new Set<string>();
    const env = new Proxy<Record<string, string | undefined>>(
      {},
      { get: (_, name) => void asked.add(String(name)) },
    );
    const result = resolveConfig({}, env);
    if (!result.ok) throw result.error;
    const { parts, pricing, budgets, given, variables, warnings, ...settings } = result.value;
    const documented = documentedOptions();
    expect(documented.map(({ option }) => option).sort()).toEqual(leafPaths(settings).sort());
    const ofPricing = ['LLM_EDGE_PRICES_FILE', 'LLM_EDGE_PRICE_LIST', 'LLM_EDGE_PRICE_LIST_DIGEST'];
    const names = new Set([...documented.flatMap((option) => option.variables), ...ofPricing]);
    expect([...names].sort()).toEqual([...asked].sort());
  });

  it('list no bound in the threat model that the code does not read', () => {
    const sources = tracked
      .filter((path) => path.startsWith('lib/') && path.endsWith('.ts') && existsSync(join(ROOT, path)))
      .map(read)
      .join('\n');
    const unread = Object.keys(INPUT_LIMITS).filter(
      (name) => !sources.includes(`INPUT_LIMITS.${name}.value`),
    );
    expect(unread).toEqual([]);
  });

  it('ask Prometheus only for series that exist', () => {
    const schema = createMetricSchema(loadRules(join(ROOT, 'prometheus', 'rules')));
    const queries = [
      ...documents.flatMap((path) => documentQueries(path, read(path))),
      ...Object.entries(METRICS).map(([source, { query }]) => ({ source, query })),
    ];
    const problems = queries.flatMap(({ source, query }) =>
      [...parseProblems(query), ...labelProblems(query, schema)].map((problem) => `${source}: ${problem}`),
    );
    expect(queries.length).toBeGreaterThan(40);
    expect(problems).toEqual([]);
  });

  it('speak of the project alone: no path of a machine', () => {
    const texts = tracked.filter((path) => existsSync(join(ROOT, path)) && !/package-lock|\.png$/.test(path));
    const found = texts.filter(
      (path) =>
        path !== 'spec/documents.spec.ts' && /(^|[\s'"`(=])\/(root|work|home)\/[A-Za-z]/m.test(read(path)),
    );
    expect(found).toEqual([]);
  });
});

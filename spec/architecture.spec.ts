import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';

/** From the call to the ground: a folder imports from those after it only. */
const ORDER = [
  '.',
  'cli/*',
  'cli',
  'monitoring',
  'workers',
  'merge',
  'status',
  'servers',
  'clients',
  'wire',
  'requests',
  'streams',
  'errors',
  'cost',
  'budgets',
  'metrics',
  'prometheus',
  'otlp',
  'config',
  'catalogue',
] as const;

/** Files at the top of `lib` that every file may import. */
const GROUND = ['errors.ts', 'logger.ts', 'global-state.ts', 'version.ts', 'lazy.cjs'];

/** What runs in the browser: outside the order, it shares only the types of the document that it draws. */
const PAGE = 'status-page';
const DRAWN = 'status/status-document.ts';

/** The longest chain of imports within one folder that a reader has to follow. */
const MOST_FLOORS = 6;

const ROOT = join(__dirname, '..');
const LIB = join(ROOT, 'lib');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /(?<!\.d)\.ts$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target = '']) =>
    relative(LIB, normalize(join(dirname(file), target))).replace(/\.js$/, '.ts'),
  );
}

const folderOf = (path: string): string => (path.includes('/') ? dirname(path) : '.');

/** The folder of a command, which may have folders within. */
const commandOf = (path: string): string => folderOf(path).split('/').slice(0, 2).join('/');

/** The place of a folder in the order; each command has a folder of its own, which knows none of the others. */
const placeOf = (path: string): string => folderOf(path).replace(/^cli\/.*/, 'cli/*');

function rank(path: string): number {
  if (folderOf(path) === PAGE) return 0;
  if (GROUND.includes(path)) return ORDER.length;
  return ORDER.indexOf(placeOf(path) as (typeof ORDER)[number]);
}

const files = sources(LIB).map((file) => ({ path: relative(LIB, file), imports: importsOf(file) }));
const importsByPath = new Map(files.map(({ path, imports }) => [path, imports]));

/** The longest chain of imports that starts at a file, all of it in the file's folder; a circle is cut where it closes. */
function longestChain(path: string, above: readonly string[] = []): readonly string[] {
  const next = (importsByPath.get(path) ?? [])
    .filter((target) => folderOf(target) === folderOf(path) && !above.includes(target) && target !== path)
    .map((target) => longestChain(target, [...above, path]));
  return [path, ...next.reduce((longest, chain) => (chain.length > longest.length ? chain : longest), [])];
}

/** All files that a file reaches, itself only if it lies in a circle. */
function reachable(path: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...(importsByPath.get(path) ?? [])];
  for (let target = open.pop(); target !== undefined; target = open.pop()) {
    if (found.has(target)) continue;
    found.add(target);
    open.push(...(importsByPath.get(target) ?? []));
  }
  return found;
}

describe('the sources', () => {
  it('load none of their own lazily, so that every import can be seen here', () => {
    expect(readFileSync(join(LIB, 'lazy.cjs'), 'utf8')).not.toMatch(/require\('\.{1,2}\//);
  });

  it('lie in folders with a place in the order', () => {
    expect(files.map(({ path }) => path).filter((path) => rank(path) < 0)).toEqual([]);
  });

  it('import in one direction only', () => {
    const leftward = files.flatMap(({ path, imports }) =>
      imports.filter((target) => rank(target) < rank(path)).map((target) => `${path} -> ${target}`),
    );
    expect(leftward).toEqual([]);
  });

  it('of one command know nothing of another', () => {
    const foreign = files.flatMap(({ path, imports }) =>
      imports
        .filter((target) => placeOf(path) === 'cli/*' && placeOf(target) === 'cli/*')
        .filter((target) => commandOf(target) !== commandOf(path))
        .map((target) => `${path} -> ${target}`),
    );
    expect(foreign).toEqual([]);
  });

  it('of the status page import only types of the document, and are imported by nothing else', () => {
    const page = files.filter(({ path }) => folderOf(path) === PAGE);
    const texts = page.map(({ path }) => readFileSync(join(LIB, path), 'utf8'));
    const crossing = files.flatMap(({ path, imports }) =>
      imports.filter(
        (target) => (folderOf(path) === PAGE) !== (folderOf(target) === PAGE) && target !== DRAWN,
      ),
    );
    expect([crossing, texts.filter((text) => /import (?!type)[^;]*status-document/.test(text))]).toEqual([
      [],
      [],
    ]);
  });

  it('import in no circle, types included', () => {
    expect(files.map(({ path }) => path).filter((path) => reachable(path).has(path))).toEqual([]);
  });

  it(`build on each other in at most ${MOST_FLOORS} floors within a folder`, () => {
    const chains = files.map(({ path }) => longestChain(path)).filter((chain) => chain.length > MOST_FLOORS);
    expect(chains.map((chain) => chain.join(' > '))).toEqual([]);
  });

  it('have names of their own, in any order of the words', () => {
    const named = new Map<string, string[]>();
    for (const { path } of files.filter(({ path }) => basename(path) !== 'index.ts')) {
      const words = basename(path, '.ts').split('-').sort().join('-');
      named.set(words, [...(named.get(words) ?? []), path]);
    }
    // An entry point is named after its subpath, which is that of the folder's or file's subject.
    const same = [...named.values()].filter((paths) => paths.filter((path) => path.includes('/')).length > 1);
    expect(same).toEqual([]);
  });

  it('keep to one concept: no file that is not generated has more than 400 lines', () => {
    const texts = files.map(({ path }) => ({ path, text: readFileSync(join(LIB, path), 'utf8') }));
    const written = texts.filter(({ text }) => !text.startsWith('// Generated'));
    const long = written.filter(({ text }) => text.split('\n').length > 400);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('export by name: no default export, no export of everything', () => {
    const texts = files.map(({ path }) => ({ path, text: readFileSync(join(LIB, path), 'utf8') }));
    expect(texts.filter(({ text }) => /export default|export \*/.test(text)).map(({ path }) => path)).toEqual(
      [],
    );
  });
});

describe('the specs', () => {
  it('enter by the public doors, or through a harness of spec/support', () => {
    const specs = sources(join(ROOT, 'spec')).filter(
      (file) => /\.(spec|tst)\.ts$/.test(file) && file !== __filename,
    );
    expect(specs.length).toBeGreaterThan(0);
    const inside = specs.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/'((?:\.\.\/)+lib\/[^']+\/[^']+)'/g)].map(
        ([, target]) => `${relative(ROOT, file)} -> ${target}`,
      ),
    );
    expect(inside).toEqual([]);
  });
});

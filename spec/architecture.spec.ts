import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

/** From the call to the ground: a folder imports from those after it only. */
const ORDER = [
  '.',
  'cli',
  'monitoring',
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

/** Files at the top of `lib` that everything may import: what the leaf loads counts for who asks it to. */
const GROUND = ['errors.ts', 'logger.ts', 'global-state.ts', 'version.ts', 'lazy.cjs'];

const LIB = join(__dirname, '..', 'lib');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /(?<!\.d)\.ts$/.test(entry.name) ? [path] : [];
  });
}

/** What each function of the leaf loads of this package: a file that calls it depends on that one. */
const LATE = new Map(
  [
    ...readFileSync(join(LIB, 'lazy.cjs'), 'utf8').matchAll(
      /exports\.(\w+) = \(\) => require\('\.\/(.+)'\)/g,
    ),
  ].map(([, name = '', target = '']) => [name, `${target}.ts`]),
);

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const named = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target = '']) =>
    relative(LIB, normalize(join(dirname(file), target))).replace(/\.js$/, '.ts'),
  );
  return [...named, ...[...LATE].filter(([name]) => text.includes(`${name}(`)).map(([, target]) => target)];
}

function rank(path: string): number {
  if (GROUND.includes(path)) return ORDER.length;
  const folder = path.includes('/') ? path.slice(0, path.indexOf('/')) : '.';
  return ORDER.indexOf(folder as (typeof ORDER)[number]);
}

const files = sources(LIB).map((file) => ({ path: relative(LIB, file), imports: importsOf(file) }));

describe('the sources', () => {
  it('load some of their own late, and each of these from somewhere', () => {
    const loaded = new Set(files.flatMap(({ imports }) => imports));
    expect(LATE.size).toBeGreaterThan(0);
    expect([...LATE.values()].filter((path) => !loaded.has(path))).toEqual([]);
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

  it('keep to one concept: no file has more than 400 lines', () => {
    const long = files.filter(({ path }) => readFileSync(join(LIB, path), 'utf8').split('\n').length > 400);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('export by name: no default export, no export of everything', () => {
    const texts = files.map(({ path }) => ({ path, text: readFileSync(join(LIB, path), 'utf8') }));
    expect(texts.filter(({ text }) => /export default|export \*/.test(text)).map(({ path }) => path)).toEqual(
      [],
    );
  });
});

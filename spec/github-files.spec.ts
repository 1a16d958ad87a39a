import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { REPOSITORY_URL } from '../scripts/repository.js';

const ROOT = join(__dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`);

const WORKFLOWS = filesOf('.github/workflows');
const CONFIG = '.github/ISSUE_TEMPLATE/config.yml';
const FORMS = filesOf('.github/ISSUE_TEMPLATE').filter((path) => path !== CONFIG);

/** The content of a YAML file without a mistake, such as a key that is there twice. */
function parse<T>(path: string): T {
  const document = parseDocument(read(path), { strict: true, uniqueKeys: true });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return document.toJS() as T;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job extends Step {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly name: string;
  readonly on: object;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const jobsOf = ({ jobs }: Workflow): readonly Job[] => Object.values(jobs);
const stepsOf = (workflow: Workflow): readonly Step[] => jobsOf(workflow).flatMap(({ steps = [] }) => steps);

describe.each(WORKFLOWS)('%s', (path) => {
  it('may only read unless a job says more, and ends', () => {
    const workflow = parse<Workflow>(path);
    expect(workflow).toEqual({
      name: expect.any(String),
      on: expect.any(Object),
      permissions: { contents: 'read' },
      jobs: expect.any(Object),
      ...('concurrency' in workflow ? { concurrency: expect.any(Object) } : {}),
    });
    for (const job of jobsOf(workflow).filter(({ uses }) => uses === undefined)) {
      expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
    const names = Object.keys(workflow.jobs);
    expect(jobsOf(workflow).flatMap(({ needs }) => needs ?? [])).toEqual(
      expect.arrayContaining(names.slice(1).map((_, index) => names[index])),
    );
  });

  it('uses actions by the digest of a commit, with the version beside it', () => {
    const used = read(path).match(/^.*\buses: .*$/gm) ?? [];
    expect(used.length).toBeGreaterThan(0);
    const loose = used.filter((line) => !/uses: (\.\/\S+|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(line));
    expect(loose).toEqual([]);
    const own = [...read(path).matchAll(/uses: \.\/(\S+)/g)].map(([, file = '']) => file);
    expect(own.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('runs scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
    const commands = stepsOf(parse<Workflow>(path)).flatMap(({ run }) => run ?? []);
    const named = commands.flatMap((command) =>
      [...command.matchAll(/npm run ([\w:]+(?:-\w+)*)/g)].map(([, name]) => name),
    );
    expect(named.filter((name) => !(`${name}` in scripts))).toEqual([]);
    const files = commands.filter((command) => command.startsWith('.'));
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe('.github/workflows/release.yml', () => {
  const { jobs } = parse<Workflow>('.github/workflows/release.yml');

  it('publishes with provenance and without a token, after all checks', () => {
    expect(jobs['check']?.uses).toBe('./.github/workflows/ci.yml');
    expect(jobs['publish']).toMatchObject({
      needs: 'check',
      permissions: { contents: 'read', 'id-token': 'write' },
    });
    const runs = jobs['publish']?.steps?.flatMap(({ run }) => run ?? []) ?? [];
    expect(runs.indexOf('npm run check:release')).toBeGreaterThan(-1);
    expect(runs.indexOf('npm run check:release')).toBeLessThan(
      runs.findIndex((run) => /^npm publish --provenance\b/.test(run)),
    );
    expect(read('.github/workflows/release.yml')).not.toMatch(/secrets\.|_authToken|NODE_AUTH_TOKEN/);
  });

  it('attaches the bill of materials to the release', () => {
    expect(jobs['announce']?.steps?.map(({ run }) => run).join()).toMatch(
      /gh release create .* sbom\/\*\.json/,
    );
  });
});

interface Field {
  readonly type: string;
  readonly id: string;
  readonly attributes: { readonly label: string; readonly options?: readonly string[] };
}

describe.each(FORMS)('%s', (path) => {
  it('is a form as GitHub defines it', () => {
    const form = parse<{ readonly body: readonly Field[] }>(path);
    expect(form).toEqual({
      name: expect.any(String),
      description: expect.any(String),
      labels: [expect.any(String)],
      body: expect.any(Array),
    });
    for (const { type, id, attributes } of form.body) {
      expect(['input', 'textarea', 'dropdown', 'checkboxes']).toContain(type);
      expect(id).toMatch(/^[a-z-]+$/);
      expect(attributes.label).not.toBe('');
      expect(type === 'dropdown').toBe(attributes.options !== undefined);
    }
    const ids = form.body.map(({ id }) => id);
    const labels = form.body.map(({ attributes }) => attributes.label);
    expect([new Set(ids).size, new Set(labels).size]).toEqual([ids.length, labels.length]);
  });
});

describe(CONFIG, () => {
  it('leads to documents and to private reports of this repository', () => {
    const { contact_links } = parse<{ readonly contact_links: readonly { readonly url: string }[] }>(CONFIG);
    const [documents = '', advisories] = contact_links.map(({ url }) => url);
    expect(existsSync(join(ROOT, documents.replace(`${REPOSITORY_URL}/blob/main/`, '')))).toBe(true);
    expect(advisories).toBe(`${REPOSITORY_URL}/security/advisories/new`);
  });
});

import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createWorkspace } from './support/workspace.js';

const FOLDER = 'prometheus';
const RULES = filesIn('rules');
const TESTS = filesIn('rules/tests');

/** The YAML files of a folder beneath `prometheus`. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(join(FOLDER, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => join(FOLDER, folder, name));
}

/** Runs promtool and returns its exit code with what it wrote. */
function promtool(...args: readonly string[]) {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (error !== undefined)
    throw new Error('promtool is missing: apt-get install prometheus', { cause: error });
  return { status, output: `${stdout}${stderr}` };
}

describe('the files of prometheus', () => {
  it('are a configuration that promtool accepts, the rules included', () => {
    const { status, output } = promtool('check', 'config', join(FOLDER, 'prometheus.yml'));
    expect([status, output]).toEqual([0, expect.stringContaining('is valid prometheus config file syntax')]);
    expect([...output.matchAll(/SUCCESS: \d+ rules found/g)]).toHaveLength(RULES.length);
  });

  it.each(RULES)('%s has no duplicates and no rule that promtool warns of', (file) => {
    expect(promtool('check', 'rules', '--lint-fatal', file)).toEqual({
      status: 0,
      output: expect.stringContaining('SUCCESS'),
    });
  });

  // They take their time, and one core each.
  it.concurrent.each(TESTS)('%s passes', async (file) => {
    const { stdout } = await promisify(execFile)('promtool', ['test', 'rules', file]);
    expect(stdout).toContain('SUCCESS');
  });
});

describe('docs/fleet.md', () => {
  const blocks = [
    ...readFileSync('docs/fleet.md', 'utf8').matchAll(/^```yaml\n# ([^\n]+)\n([\s\S]*?)^```$/gm),
  ];
  const examples = blocks.map(([, title = '', text = '']) => [title, text] as const);

  it.each(examples)('has a configuration that promtool accepts for %s', (_, text) => {
    const workspace = createWorkspace();
    const file = join(workspace.path, 'prometheus.yml');
    writeFileSync(file, text);
    const { status, output } = promtool('check', 'config', file);
    workspace.remove();
    expect([status, output]).toEqual([0, expect.stringContaining('is valid prometheus config file syntax')]);
  });
});

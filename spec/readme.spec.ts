import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveConfig } from '../lib/index.js';

const ROOT = join(__dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const README = read('README.md');
const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };

/** The first cells of the rows of a table, without the markup around a name in code. */
function firstCells(text: string, heading: string): readonly string[] {
  const [, section = ''] = text.split(`${heading}\n`);
  const [table = ''] = section.split('\n## ');
  return [...table.matchAll(/^\| \[?`([^`]+)`/gm)].map(([, name = '']) => name).slice(1);
}

describe('README.md', () => {
  it('lists every command, in the order of --help', () => {
    const commands = [...read('lib/cli.ts').matchAll(/^ {2}(\w+): \{\n {4}brief: /gm)].map(
      ([, name]) => name,
    );
    expect(commands.length).toBeGreaterThan(5);
    expect(firstCells(README, '## Commands')).toEqual(commands);
  });

  it('names the oldest Node.js that the package accepts', () => {
    expect(`>=${/Node\.js (\d+\.\d+) or newer/.exec(README)?.[1]}`).toBe(engines.node);
  });

  it('promises no more providers and dashboards than there are', () => {
    const providers = read('docs/providers.md').split('<!-- providers -->')[1]?.split('<!--')[0] ?? '';
    const count = providers.split('\n').filter((line) => line.startsWith('| ')).length - 2;
    expect(count).toBeGreaterThan(Number(/More than (\d+) \[providers\]/.exec(README)?.[1]));
    expect(README).toContain('six dashboards');
    expect(readdirSync(join(ROOT, 'grafana', 'dashboards'))).toHaveLength(6);
  });

  it('says where metrics are read and spans are sent by default', () => {
    const result = resolveConfig({}, {});
    if (!result.ok) throw result.error;
    const { metrics, traces } = result.value;
    expect(README).toContain(`\`${metrics.host}:${metrics.port}${metrics.path}\``);
    expect(README).toContain(`\`${traces.endpoint.replace('http://', '')}\``);
  });
});

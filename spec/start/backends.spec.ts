import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveConfig } from '../../lib/index.js';

const PAGE = readFileSync(join(__dirname, '../../docs/backends.md'), 'utf8');
const BACKENDS = ['Grafana Cloud', 'Datadog', 'Langfuse', 'Phoenix', 'SigNoz', 'Honeycomb', 'Jaeger'];

/** The variables that the section of a backend sets. */
function variablesOf(backend: string): Record<string, string> {
  const [, section = ''] = PAGE.split(`\n## ${backend}\n`);
  const [text = ''] = section.split(/^## /m);
  const lines = [...text.matchAll(/^export (\w+)=(?:"([^"]*)"|(\S+))$/gm)];
  return Object.fromEntries(lines.map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']));
}

describe('docs/backends.md', () => {
  it('has a section for each backend, and shell that only sets variables', () => {
    expect([...PAGE.matchAll(/^## (.*)$/gm)].map(([, name]) => name)).toEqual([
      'What is on a span',
      ...BACKENDS,
    ]);
    const shell = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, text = '']) =>
      text.trim().split('\n'),
    );
    expect(shell.filter((line) => !/^export \w+=(?:"[^"]*"|\S+)$/.test(line))).toEqual([]);
    expect(shell).toHaveLength(BACKENDS.flatMap((backend) => Object.keys(variablesOf(backend))).length);
  });

  it.each(BACKENDS)('sets variables for %s that are accepted without a warning', (backend) => {
    const variables = variablesOf(backend);
    const resolved = resolveConfig({}, variables);
    expect(resolved.ok && resolved.value.warnings).toEqual([]);
    // Each of them was read.
    expect(resolved.ok && [...resolved.value.variables].sort()).toEqual(Object.keys(variables).sort());
  });
});

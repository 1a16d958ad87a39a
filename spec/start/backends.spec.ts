import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { observeOperation, resolveConfig, startRequest } from '../../lib/index.js';
import { startTestMonitoring } from '../../lib/testing.js';

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

  it('names every attribute and event of the spans', async () => {
    const test = await startTestMonitoring();
    try {
      await observeOperation({}, async (operation) => {
        await operation.cacheLookup('L1', async () => undefined);
        for (const provider of ['openai', 'anthropic']) {
          const request = startRequest({
            provider,
            model: 'gpt-4o',
            streaming: true,
            serverAddress: 'host',
            serverPort: 443,
            parameters: {
              ...{ maxTokens: 1, temperature: 1, topP: 1 },
              ...{ reasoningEffort: 'low', serviceTier: 'flex' },
            },
          });
          request.firstToken();
          request.setResponse({ id: 'x', model: 'gpt-4o', finishReasons: ['stop'], serviceTier: 'flex' });
          const details = { cacheReadTokens: 1, cacheWriteTokens: 1, reasoningTokens: 1 };
          request.setUsage({ inputTokens: 2, outputTokens: 2, ...details });
          request.fail(new TypeError());
        }
      });
      const names = (await test.spans()).flatMap(({ attributes, events }) => [
        ...Object.keys(attributes),
        ...events.map(({ name }) => name),
      ]);
      expect([...new Set(names)].filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
    } finally {
      await test.shutdown();
    }
  });

  it.each(BACKENDS)('sets variables for %s that are accepted without a warning', (backend) => {
    const variables = variablesOf(backend);
    const resolved = resolveConfig({}, variables);
    expect(resolved.ok && resolved.value.warnings).toEqual([]);
    // Each of them was read.
    expect(resolved.ok && [...resolved.value.variables].sort()).toEqual(Object.keys(variables).sort());
  });
});

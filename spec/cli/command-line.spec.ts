import { USAGE as DEMO_USAGE } from '../../examples/edge-agent/arguments.js';
import { CLI_COMMANDS } from '../support/cli-commands.js';
import { runCli } from '../support/run-cli.js';

const USAGES: readonly (readonly [string, string])[] = [
  ['demo', DEMO_USAGE],
  ...CLI_COMMANDS.map(([name, { usage }]) => [name, usage] as const),
];

describe('the command line', () => {
  describe.each(USAGES)('of %s', (name, usage) => {
    it('has a help text of the common form, which fits 100 columns', () => {
      expect(usage.startsWith(`Usage: npx llm-edge-monitoring ${name} `)).toBe(true);
      expect(usage).toMatch(/\n {2}--help +show this\n/);
      expect(usage).toMatch(/\n\nExit code: 0 [^\n]+, 1 [^\n]+, 2 the command line is wrong\.\n$/);
      expect(usage.split('\n').filter((line) => line.length > 100)).toEqual([]);
    });
  });

  it('lists the commands, each with a help text', async () => {
    const { code, stdout } = await runCli('--help').end();
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name);
    expect([code, listed.sort()]).toEqual([0, USAGES.map(([name]) => name).sort()]);
  });

  it('refuses an unknown command, without its control characters', async () => {
    const { code, stdout, stderr } = await runCli('\u001b[31mx').end();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^\?\[31mx is not a command\.\n\nUsage: /);
  });

  it('names an unknown flag in one line', async () => {
    const { code, stderr } = await runCli('price', '--\u001b[31mx').end();
    expect([code, stderr.split('\n')[0]]).toEqual([2, "Unknown option '--?[31mx'."]);
  });

  it('ends without a word where the reader of its output has gone', async () => {
    const program = runCli('price', 'openai/gpt-4o', '--input', '1');
    program.child.stdout?.destroy();
    const { code, stderr } = await program.end();
    expect([code, stderr]).toEqual([0, '']);
  });
});

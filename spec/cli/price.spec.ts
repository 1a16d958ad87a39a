import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { calculateCost } from '../../lib/index.js';
import { exactUsd, runCommand } from '../support/cli-terminal.js';

interface Priced {
  readonly totalUsd: number;
  readonly source: string;
  readonly items: readonly { readonly unit: string; readonly count: number; readonly totalUsd: number }[];
  readonly priceList: { readonly publishedAt: string };
  readonly whatIf: readonly {
    readonly model: string;
    readonly differenceUsd: number;
    readonly ratio: number;
  }[];
}

async function priced(...args: readonly string[]): Promise<Priced> {
  const { stdout, stderr } = await runCommand('price', [...args, '--json']);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Priced;
}

describe('the command price', () => {
  it('prints tokens by rate, the total, and the date of the list', async () => {
    const args = ['openai/gpt-4o', '--input', '10k', '--cache-read', '8000', '--output', '500'];
    const { code, stdout } = await runCommand('price', [...args, '--requests', '1000']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/cache read tokens +8,000 +x \$1\.25 per 1M += \$0\.01\n/);
    expect(stdout).toMatch(/other input tokens +2,000 +x \$2\.50 per 1M += \$0\.005\n/);
    expect(stdout).toMatch(/output tokens +500 +x \$10\.00 per 1M += \$0\.005\n/);
    expect(stdout).toMatch(/total += \$0\.02\n +1,000 requests += \$20\.00\n/);
    expect(stdout).toMatch(/Price: price list [\d.]+ of \d{4}-\d{2}-\d{2}\.\n/);
  });

  it.each([
    ['openai/gpt-4o', {}],
    [
      'anthropic/claude-sonnet-4-6',
      { cacheReadTokens: 1_000, cacheWriteTokens: 500, cacheWrite1hTokens: 100 },
    ],
    ['google/gemini-2.5-pro', { inputTokens: 250_000, cacheReadTokens: 1_000 }],
    ['openai/gpt-4o', { webSearches: 3 }],
  ])('costs what calculateCost says, item by item: %s', async (name, counts) => {
    const usage = { inputTokens: 2_000, outputTokens: 300, ...counts };
    const flags = Object.entries(usage).flatMap(([count, value]) => {
      const words = count.replace(/Tokens$/, '').replace(/1h$/, '-1h');
      return [`--${words.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, String(value)];
    });
    const [provider = '', model = ''] = name.split('/');
    const { totalUsd, items } = await priced(name, ...flags);
    expect(totalUsd).toBe(calculateCost(provider, model, usage)?.totalUsd);
    expect(items.reduce((sum, item) => sum + item.totalUsd, 0)).toBeCloseTo(totalUsd, 12);
  });

  it('finds the provider of a model that stands alone', async () => {
    expect(await priced('claude-sonnet-4-6', '--input', '1M')).toMatchObject({
      provider: 'anthropic',
      totalUsd: 3,
    });
  });

  it('compares with other models, in dollars and as a share', async () => {
    const { whatIf } = await priced(
      ...['gpt-4o', '--input', '1M', '--what-if', 'gpt-4o-mini', '--what-if', 'anthropic/claude-sonnet-4-6'],
    );
    expect(whatIf).toEqual([
      expect.objectContaining({ model: 'gpt-4o-mini', differenceUsd: -2.35, ratio: expect.closeTo(-0.94) }),
      expect.objectContaining({ model: 'claude-sonnet-4-6', differenceUsd: 0.5, ratio: 0.2 }),
    ]);
  });

  it('says that a model is unknown, with names like it', async () => {
    const { code, stdout, stderr } = await runCommand('price', ['openai/gpt-4p', '--input', '1']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^openai\/gpt-4p has no known price\. Similar: .*openai\/gpt-4o/);
  });

  it('prices the model itself where only the other one is unknown', async () => {
    const { code, stdout, stderr } = await runCommand('price', [
      'gpt-4o',
      '--input',
      '1',
      '--what-if',
      'zzz\u001b',
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain('= $0.0000025\n');
    expect(stderr).toBe('zzz? has no known price.\n');
  });

  it('says what a price lacks', async () => {
    const { code, stderr } = await runCommand('price', [
      'openai/gpt-4o',
      '--input',
      '1',
      '--input-pages',
      '3',
    ]);
    expect([code, stderr]).toEqual([
      1,
      'openai/gpt-4o has no price for this usage: its price has no rate for input pages.\n',
    ]);
  });

  describe('with LLM_EDGE_PRICES_FILE', () => {
    const folder = mkdtempSync(join(tmpdir(), 'price-'));
    const file = join(folder, 'prices.json');
    afterAll(() => rmSync(folder, { recursive: true }));

    it('uses its prices first', async () => {
      writeFileSync(
        file,
        JSON.stringify({ corp: { m: { input: 1, perRequest: 0.01 } }, openai: { 'gpt-4o': { input: 1 } } }),
      );
      const args = ['corp/m', '--input', '1M', '--what-if', 'gpt-4o', '--json'];
      const { stdout } = await runCommand('price', args, { LLM_EDGE_PRICES_FILE: file });
      expect(JSON.parse(stdout)).toMatchObject({
        totalUsd: 1.01,
        source: 'override',
        items: [{ unit: 'inputTokens' }, { unit: 'requests', totalUsd: 0.01 }],
        whatIf: [{ totalUsd: 1 }],
      });
    });

    it('says that it cannot be read, and prices by the list', async () => {
      const env = { LLM_EDGE_PRICES_FILE: join(folder, 'none.json') };
      const { code, stderr } = await runCommand('price', ['gpt-4o', '--input', '1'], env);
      expect(code).toBe(0);
      expect(stderr).toMatch(/^LLM_EDGE_PRICES_FILE: .*ENOENT/);
    });
  });

  it.each([
    [['gpt-4o']],
    [['--input', '1']],
    [['a', 'b', '--input', '1']],
    [['gpt-4o', '--input', '-1']],
    [['gpt-4o', '--input', 'many']],
    [['gpt-4o', '--input', '99999999999']],
    [['gpt-4o', '--input', '1', '--cache-read', '2']],
    [['gpt-4o', '--input', '1', '--requests', '0.5']],
    [['gpt-4o', '--input', '1', '--at', 'soon']],
  ])('refuses %j with the usage', async (args) => {
    const { code, stdout, stderr } = await runCommand('price', args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: ');
  });
});

describe('exactUsd()', () => {
  it('shows an amount to six digits at least, and never NaN', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (usd) => {
        const shown = Number(exactUsd(usd).replace(/[$,]/g, ''));
        expect(Math.abs(shown - usd)).toBeLessThanOrEqual(0.005 + usd * 1e-5);
        if (usd < 1) expect(Math.abs(shown - usd) / usd).toBeLessThan(1e-5);
      }),
    );
    expect([0, 0.1 + 0.2, 1234.5, -0.00000015, Number.NaN].map(exactUsd)).toEqual([
      '$0.00',
      '$0.30',
      '$1,234.50',
      '-$0.00000015',
      '-',
    ]);
  });
});

import { COUNTS, isConsistent, type Usage } from '../../cost/usage.js';
import { isCount } from '../../metrics/amounts.js';

type CountName = (typeof COUNTS)[number];

/** The flag of each count of a usage: `--cache-read` for `cacheReadTokens`. */
const FLAG_NAMES: readonly (readonly [string, CountName])[] = COUNTS.map((count) => [
  count
    .replace(/Tokens$/, '')
    .replace(/1h$/, '-1h')
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  count,
]);

/** The flags of a usage, for `readCommandLine`. */
export const USAGE_FLAGS: Readonly<Record<string, { readonly type: 'string' }>> = Object.fromEntries(
  FLAG_NAMES.map(([flag]) => [flag, { type: 'string' }]),
);

const UNITS = { '': 1, k: 1e3, M: 1e6 } as const;

/** Reads a number such as `1200`, `1_000_000`, `1.5M` or `20k`; `undefined` for anything else. */
export function readAmount(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d[\d_]*(?:\.\d+)?)(k|M)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  // Rounded to what was written: 1.1 × 1,000,000 is not a whole number in floating point.
  return Number((Number(digits.replaceAll('_', '')) * UNITS[unit as keyof typeof UNITS]).toPrecision(15));
}

/** The usage that flags describe, or what is wrong with them. */
export function readUsage(flags: Readonly<Record<string, unknown>>): Usage | { readonly problem: string } {
  const counts: { -readonly [Count in keyof Usage]: Usage[Count] } = { inputTokens: 0, outputTokens: 0 };
  let isEmpty = true;
  for (const [flag, count] of FLAG_NAMES) {
    const text = flags[flag];
    if (typeof text !== 'string') continue;
    const amount = readAmount(text);
    if (amount === undefined || !isCount(amount))
      return { problem: `--${flag} takes a number up to 10 billion, such as 1200, 20k or 1.5M.` };
    counts[count] = amount;
    isEmpty = isEmpty && amount === 0;
  }
  if (isEmpty) return { problem: 'Give the usage: --input, --output or another count.' };
  if (isConsistent(counts)) return counts;
  return {
    problem: 'A part is greater than its whole: --input includes cached tokens, and --output reasoning.',
  };
}

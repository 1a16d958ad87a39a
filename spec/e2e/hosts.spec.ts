import { HOSTS, type Host, type Line, type Shares } from './hosts/hosts.js';
import { createHostFolder, type HostProgram, type Outcome } from './support/host-program.js';

/** The lines of host and of ours that meet in a program. */
const LINES: readonly (readonly [host: Line, ours: Line])[] = [
  [2, 2],
  [2, 3],
  [3, 3],
  [3, 2],
];
const AT_ONCE = 2;

interface Case {
  readonly title: string;
  readonly lines: readonly [Line, Line];
  readonly program: HostProgram;
  readonly shares: Shares;
}

const cases: readonly Case[] = LINES.flatMap((lines) =>
  Object.values<Host>(HOSTS)
    .filter((host) => host.lines.includes(lines[0]))
    .flatMap(({ title, start, shared, own }) =>
      (['host', 'ours'] as const).flatMap((first) => {
        const name = `${title} ${lines[0]}.x beside ours with ${lines[1]}.x, ${first} first`;
        const shares = (['esm', 'cjs'] as const).map((format) => ({
          title: `${name}, ${format}`,
          lines,
          program: { start, first, format },
          shares: shared,
        }));
        const options = "openTelemetry: 'own'";
        const apart = { title: `${name}, own`, lines, shares: own };
        const isOwnTried = lines[0] === lines[1];
        return isOwnTried
          ? [...shares, { ...apart, program: { start, first, format: 'esm' as const, options } }]
          : shares;
      }),
    ),
);

/** Runs all programs, two at a time, each in the folder of its lines. */
async function runAll(): Promise<ReadonlyMap<Case, Outcome>> {
  const outcomes = new Map<Case, Outcome>();
  for (const lines of LINES) {
    const folder = createHostFolder(...lines);
    const waiting = cases.filter((one) => one.lines === lines);
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        outcomes.set(next, await folder.run(next.program));
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } finally {
      folder.remove();
    }
  }
  return outcomes;
}

describe('beside', () => {
  let outcomes: ReadonlyMap<Case, Outcome>;
  beforeAll(async () => {
    outcomes = await runAll();
    // With packages to install, and a busy machine.
  }, 900_000);

  it.each(cases.map((one) => [one.title, one] as const))('%s', (_title, one) => {
    const { theirs, ours, sent } = one.shares;
    expect(outcomes.get(one)).toEqual({ host: theirs, ours, twice: 0, sent: [sent], stderr: '' });
  });
});

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
  readonly expected: Omit<Outcome, 'stderr' | 'twice'>;
}

const FORMATS = ['esm', 'cjs'] as const;
const ORDERS = ['host', 'ours'] as const;
const OWN = "openTelemetry: 'own'";

function casesOf({ title, start, shared, own, ownTraces }: Host, lines: readonly [Line, Line]): Case[] {
  const [theirs, ours] = lines;
  const make = (program: Omit<HostProgram, 'start'>, shares: Shares): Case => ({
    title: `${title} ${theirs}.x, ours ${ours}.x, ${program.first} first, ${program.format} ${program.options ?? ''}`,
    lines,
    program: { start, ...program },
    expected: { host: shares.theirs, ours: shares.ours, sent: [shares.sent] },
  });
  const cases = ORDERS.flatMap((first) => FORMATS.map((format) => make({ first, format }, shared)));
  if (theirs !== ours) return cases;
  const format = 'esm';
  const apart = ORDERS.map((first) => make({ first, format, options: OWN, traces: ownTraces }, own));
  const late = make({ first: 'late', format }, shared);
  // What was observed before is exported by us. Its call is made when no instrumentation is there.
  const early = { ours: ['chat m < early', 'early <'], sent: ['chat m', shared.sent] };
  return [...cases, ...apart, { ...late, expected: { ...late.expected, ...early } }];
}

const cases = LINES.flatMap((lines) =>
  Object.values<Host>(HOSTS)
    .filter((host) => host.lines.includes(lines[0]))
    .flatMap((host) => casesOf(host, lines)),
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
    expect(outcomes.get(one)).toEqual({ ...one.expected, twice: 0, stderr: '' });
  });
});

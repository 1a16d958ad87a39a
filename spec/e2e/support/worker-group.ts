import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from '../../../bench/ports.js';
import { type Crew, createCrew, type Member, type Tally, totalOf } from './crew.js';
import { type Page, type PageWatch, watchPages } from './page-watch.js';
import { type Program, startProgram, stopAllPrograms } from './program.js';
import { createWorkspace, type Workspace } from './workspace.js';

const ROOT = resolve(__dirname, '../../..');
const REQUESTS = 'llm_edge_requests_total';
const COST = 'llm_edge_cost_usd_total';
const DURATIONS = 'llm_edge_request_duration_ms';
/** What all workers record together, and what each records under its own name. */
const SHARED = { provider: 'openai' } as const;
const OWN = { provider: 'worker' } as const;

/** Workers with one port, and its pages. */
export interface WorkerGroup {
  readonly workspace: Workspace;
  readonly crew: Crew;
  readonly port: number;
  /** What each program needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly watch: PageWatch;
  /** Starts a program of `spec/e2e/workers`, and waits until it has started so many workers. */
  start(program: string, workers: number, env?: Readonly<Record<string, string>>): Promise<Program>;
  /** Has all record that are there. */
  record(): void;
  /** Waits for a page that says so. */
  untilWorkers(counts: WorkerCounts): Promise<Page>;
  /** Waits until the page has something of this worker. */
  untilCounted(member: Member): Promise<Page>;
  /** Ends a worker, and waits until another has started in its place. */
  replace(member: Member, how: 'end' | 'exit' | 'terminate' | 'SIGKILL'): Promise<void>;
  /** Waits until the page has all that was recorded, except what was lost with those killed while they recorded. */
  untilExact(victims?: ReadonlySet<Member>): Promise<Page>;
  /** Ends the watch of the pages. Returns what was wrong with them, and how many there were. */
  finish(): ReturnType<PageWatch['stop']>;
  close(): Promise<void>;
}

/** How many workers are there, and how many have ended. */
export interface WorkerCounts {
  readonly alive?: number;
  readonly stale?: number;
  readonly clean?: number;
  readonly lost?: number;
}

/** Prepares a group on a port and in a folder of its own. */
export async function createWorkerGroup(): Promise<WorkerGroup> {
  if (!existsSync(join(ROOT, 'dist/esm/register.js'))) throw new Error('Run `npm run build` first.');
  const workspace = createWorkspace();
  const crew = await createCrew();
  const port = await freePort();
  const env = {
    ...crew.env,
    // Where the workers meet, unless told otherwise.
    TMPDIR: workspace.path,
    OTEL_SERVICE_NAME: 'gateway',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    OTEL_TRACES_EXPORTER: 'none',
  };
  const watch = watchPages(`http://localhost:${port}/metrics`, incoherences);
  return {
    workspace,
    crew,
    port,
    env,
    watch,
    start: (program, workers, more = {}) => {
      const wanted = crew.members.length + workers;
      return startProgram({
        name: program,
        command: process.execPath,
        args: [join(ROOT, 'spec/e2e/workers', program)],
        cwd: ROOT,
        env: { ...env, ...more },
        isReady: async () => crew.members.length >= wanted,
        readyDeadlineMs: 60_000,
      });
    },
    record: () => {
      for (const member of crew.present()) member.record();
    },
    untilWorkers: (counts) =>
      watch.until(`workers: ${JSON.stringify(counts)}`, (page) => hasCounts(page, counts)),
    untilCounted: (member) =>
      watch.until(`what ${member.name} recorded`, (page) => countedOf(page, member) > 0),
    replace: async (member, how) => {
      const wanted = crew.members.length + 1;
      await member.leave(how);
      await crew.started(wanted);
    },
    untilExact: async (victims = new Set()) => {
      const page = await watch.until('all that was recorded', (page) =>
        crew.members.every((member) => victims.has(member) || countedOf(page, member) === recordedBy(member)),
      );
      const kept = crew.members.map((member) =>
        victims.has(member) ? keptOf(page, member) : member.tallies.at(-1),
      );
      const total = totalOf(kept);
      expect({
        requests: page.sum(REQUESTS, SHARED),
        durations: page.sum(`${DURATIONS}_count`, SHARED),
        costUsd: page.sum(COST, SHARED),
      }).toEqual({ ...total, durations: total.requests });
      return page;
    },
    finish: () => watch.stop(),
    close: async () => {
      await watch.stop();
      // First what starts workers again.
      await stopAllPrograms();
      await crew.close();
      workspace.remove();
    },
  };
}

/** What does not fit together on a page: it has all or nothing of what a worker recorded in one turn. */
function incoherences(page: Page): string[] {
  const shared = page.sum(REQUESTS, SHARED);
  const others = {
    count: page.sum(`${DURATIONS}_count`, SHARED),
    infinite: page.sum(`${DURATIONS}_bucket`, { ...SHARED, le: '+Inf' }),
    // Programs that do not record by hand have no name.
    own: page.sum(REQUESTS, OWN) || shared,
  };
  const isCoherent = Object.values(others).every((count) => count === shared);
  return isCoherent ? [] : [`incoherent: ${JSON.stringify({ shared, ...others })}`];
}

function hasCounts(page: Page, { alive, stale, clean, lost }: WorkerCounts): boolean {
  const is = (count: number | undefined, name: string, labels: Readonly<Record<string, string>>): boolean =>
    count === undefined || page.sum(`llm_edge_monitoring_${name}`, labels) === count;
  return (
    is(alive, 'workers', { state: 'alive' }) &&
    is(stale, 'workers', { state: 'stale' }) &&
    is(clean, 'worker_deaths_total', { how: 'clean' }) &&
    is(lost, 'worker_deaths_total', { how: 'lost' })
  );
}

const countedOf = (page: Page, { name }: Member): number => page.sum(REQUESTS, { ...OWN, model: name });

const recordedBy = ({ tallies }: Member): number => tallies.at(-1)?.requests ?? 0;

/** What a page has of a worker that was killed while it recorded: all but what it recorded in its last second. */
function keptOf(page: Page, { name, tallies }: Member): Tally | undefined {
  const counted = page.sum(REQUESTS, { ...OWN, model: name });
  const at = tallies.findIndex(({ requests }) => requests === counted);
  // It published between two turns in which it recorded, or was killed before it did for the first time.
  if (counted > 0) expect(at).toBeGreaterThanOrEqual(0);
  const lost = tallies.slice(at + 1);
  const lostMs = (lost.at(-1)?.atMs ?? 0) - (lost[0]?.atMs ?? 0);
  expect(lostMs).toBeLessThanOrEqual(1_000 + STALLS * longestStallMs(tallies));
  return tallies[at];
}

/** A stall may delay the last publication, the one that was due next, and the work of either. */
const STALLS = 4;

/** The longest time in which a worker, which records all the time, recorded nothing. */
function longestStallMs(tallies: readonly Tally[]): number {
  return Math.max(0, ...tallies.slice(1).map(({ atMs }, index) => atMs - (tallies[index]?.atMs ?? atMs)));
}

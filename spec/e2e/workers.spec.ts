import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { freePort } from '../../bench/ports.js';
import { json, type ProviderServer, startProviderServer } from '../support/provider-server.js';
import type { Member } from './support/crew.js';
import { eventually } from './support/eventually.js';
import { readText } from './support/http.js';
import { listeningProcess } from './support/listening-process.js';
import { type Page, pageOf } from './support/page-watch.js';
import { createPm2, type Pm2 } from './support/pm2.js';
import { createWorkerGroup, type WorkerGroup } from './support/worker-group.js';

const PRELOAD = '--import llm-edge-monitoring/register';
/** With a first run, which installs PM2. */
const INSTALL_MS = 600_000;
const USAGE = { prompt_tokens: 8, completion_tokens: 3, total_tokens: 11 };

const ROOT = resolve(__dirname, '../..');

let group: WorkerGroup;
let pm2: Pm2 | undefined;
let provider: ProviderServer | undefined;

beforeEach(async () => {
  group = await createWorkerGroup();
});

afterEach(async () => {
  // It would start again the workers that the group kills.
  await pm2?.close();
  await group.close();
  await provider?.close();
  [pm2, provider] = [undefined, undefined];
});

/** No page went back, and there were pages. */
async function expectSteadyPages(): Promise<void> {
  const { faults, pages } = await group.finish();
  expect(faults).toEqual([]);
  expect(pages).toBeGreaterThan(10);
}

/** Kills workers one by one while they and all others record. Returns them. */
async function killRecording(workers: readonly Member[], alive: number): Promise<ReadonlySet<Member>> {
  const victims = new Set<Member>();
  for (const victim of workers) {
    group.record();
    await group.untilCounted(victim);
    await group.replace(victim, victim.isThread ? 'terminate' : 'SIGKILL');
    victims.add(victim);
    await group.untilWorkers({ alive, lost: victims.size });
  }
  await group.crew.pause();
  return victims;
}

/** A provider, and the environment of `calls.mjs`, which calls it. */
async function startProvider(): Promise<Readonly<Record<string, string>>> {
  provider = await startProviderServer();
  provider.answerWith(
    json({
      object: 'chat.completion',
      model: 'gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: USAGE,
    }),
  );
  return {
    MODEL_ORIGIN: provider.url,
    LLM_EDGE_HOSTS: `${new URL(provider.url).host}=openai`,
  };
}

/** Waits until all calls that the workers made are on the page, with their tokens and what they cost. */
async function untilCallsCounted(): Promise<void> {
  const calls = group.crew.members.reduce((sum, { tallies }) => sum + (tallies.at(-1)?.requests ?? 0), 0);
  const requests = (page: Page): number => page.sum('llm_edge_requests_total', { status: 'success' });
  const page = await group.watch.until(`${calls} calls`, (page) => requests(page) === calls);
  expect({
    durations: page.sum('llm_edge_request_duration_ms_count'),
    input: page.sum('llm_edge_tokens_total', { type: 'input' }),
    output: page.sum('llm_edge_tokens_total', { type: 'output' }),
    unpriced: page.sum('llm_edge_unpriced_requests_total'),
  }).toEqual({
    durations: calls,
    input: calls * USAGE.prompt_tokens,
    output: calls * USAGE.completion_tokens,
    unpriced: 0,
  });
  const costUsd = (USAGE.prompt_tokens * 2.5 + USAGE.completion_tokens * 10) / 1e6;
  expect(page.sum('llm_edge_cost_usd_total')).toBeCloseTo(calls * costUsd, 9);
}

describe('workers of node:cluster', () => {
  it.each([
    ['is not monitored', false],
    ['is monitored as well', true],
  ])('are exact through kills, under a primary that %s', async (_title, isWorker) => {
    const alive = isWorker ? 5 : 4;
    const primary = await group.start('primary.mjs', alive, {
      PROGRAM: './app.mjs',
      WORKERS: '4',
      IS_WORKER: String(isWorker),
    });
    const workers = () => group.crew.present().filter(({ pid }) => pid !== primary.pid);
    await group.untilWorkers({ alive, lost: 0 });
    // Each of them, so that the holder of the port is among them where it is not the primary.
    const victims = await killRecording(workers(), alive);
    await group.untilExact(victims);

    // Nothing is lost of what a page has told.
    for (const worker of workers().slice(0, 2)) await group.replace(worker, 'SIGKILL');
    await group.untilWorkers({ alive, lost: victims.size + 2 });
    await group.untilExact(victims);
    await expectSteadyPages();
  });

  it('lose nothing when their primary is killed', async () => {
    await group.start('app.mjs', 1);
    const primary = await group.start('primary.mjs', 4, { PROGRAM: './app.mjs', WORKERS: '4' });
    await group.untilWorkers({ alive: 5 });
    group.record();
    for (const member of group.crew.members) await group.untilCounted(member);
    await primary.stop('SIGKILL');
    await group.untilWorkers({ alive: 1, clean: 4, lost: 0 });
    await group.crew.pause();
    await group.untilExact();
    await expectSteadyPages();
  });

  it('are exact with the preload alone, and calls of fetch', async () => {
    await group.start('primary.mjs', 4, {
      ...(await startProvider()),
      PROGRAM: './calls.mjs',
      WORKERS: '4',
      NODE_OPTIONS: PRELOAD,
    });
    await group.untilWorkers({ alive: 5 });
    group.record();
    await group.watch.until('calls', (page) => page.sum('llm_edge_requests_total') >= 200);
    await group.crew.pause();
    await untilCallsCounted();
    const [first, second, third] = group.crew.present();
    await group.replace(first as Member, 'SIGKILL');
    second?.record();
    third?.record();
    await group.replace(second as Member, 'exit');
    await group.replace(third as Member, 'end');
    await group.untilWorkers({ alive: 5, clean: 2, lost: 1 });
    await group.crew.pause();
    await untilCallsCounted();
    await expectSteadyPages();
  });
});

describe('instances of PM2', () => {
  const APP = { name: 'gateway', cwd: ROOT } as const;

  beforeEach(() => {
    pm2 = createPm2(group.workspace.folder('pm2'));
  }, INSTALL_MS);

  it('are exact in cluster mode, through a reload under load and kills', async () => {
    await pm2?.start({
      ...APP,
      script: 'spec/e2e/workers/app.mjs',
      exec_mode: 'cluster',
      instances: 4,
      env: group.env,
    });
    await group.crew.started(4);
    await group.untilWorkers({ alive: 4 });
    group.record();
    await pm2?.command('reload', 'gateway');
    await group.crew.started(8);
    await group.untilWorkers({ alive: 4, clean: 4, lost: 0 });
    await group.crew.pause();
    await group.untilExact();
    const victims = await killRecording(group.crew.present().slice(0, 2), 4);
    await group.untilExact(victims);
    await expectSteadyPages();
  });

  it.each(['fork', 'cluster'] as const)(
    'are exact in %s mode with the preload alone, through restarts and kills',
    async (mode) => {
      await pm2?.start({
        ...APP,
        script: 'spec/e2e/workers/calls.mjs',
        exec_mode: mode,
        instances: 3,
        // By its path: in cluster mode it would be looked for from where the daemon was started.
        node_args: ['--require', join(ROOT, 'dist/cjs/register.js')],
        env: { ...group.env, ...(await startProvider()) },
      });
      await group.crew.started(3);
      await group.untilWorkers({ alive: 3 });
      group.record();
      await pm2?.command('restart', 'gateway');
      await group.crew.started(6);
      await group.untilWorkers({ alive: 3, clean: 3, lost: 0 });
      group.record();
      await group.watch.until('calls', (page) => page.sum('llm_edge_requests_total') >= 200);
      await group.crew.pause();
      await untilCallsCounted();
      for (const member of group.crew.present()) await group.replace(member, 'SIGKILL');
      await group.untilWorkers({ alive: 3, clean: 3, lost: 3 });
      await untilCallsCounted();
      await expectSteadyPages();
    },
  );
});

describe('examples/cluster under PM2', () => {
  it('has one page for the instances of both modes, which a reload leaves exact', async () => {
    const port = await freePort();
    pm2 = createPm2(group.workspace.folder('pm2'), {
      ...group.env,
      PORT: String(port),
      WORKERS: '2',
    });
    await pm2.command('start', join(ROOT, 'examples/cluster/ecosystem.config.cjs'));
    await group.untilWorkers({ alive: 4 });
    for (const each of [port, port + 100, port + 101]) {
      await eventually(() => ask(each), { what: `a server on port ${each}` });
    }
    const answered = (page: Page) => page.sum('llm_edge_operations_total', { status: 'success' });
    await group.watch.until('three operations', (page) => answered(page) === 3);
    await pm2.command('reload', 'all');
    const page = await group.untilWorkers({ alive: 4, clean: 4, lost: 0 });
    expect(answered(page)).toBe(3);
    await expectSteadyPages();
  });
});

/** Asks a server of the examples, which calls a model of its own. */
async function ask(port: number): Promise<true> {
  const { ok } = await fetch(`http://127.0.0.1:${port}/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'Hello' }),
  });
  expect(ok).toBe(true);
  return true;
}

describe('worker threads', () => {
  it('are exact with their main thread, through ends of their own and terminations', async () => {
    await group.start('threads.mjs', 4);
    await group.untilWorkers({ alive: 4 });
    const threads = () => group.crew.present().filter(({ isThread }) => isThread);
    const victims = await killRecording(threads().slice(0, 2), 4);
    await group.untilExact(victims);
    group.record();
    const [first, second, third] = threads();
    await group.untilCounted(first as Member);
    await group.replace(first as Member, 'exit');
    await group.replace(second as Member, 'end');
    await group.crew.pause();
    await group.untilExact(victims);
    await group.replace(third as Member, 'terminate');
    await group.untilWorkers({ alive: 4, clean: 2, lost: 3 });
    await group.untilExact(victims);
    await expectSteadyPages();
  });
});

describe('programs that nobody started together', () => {
  const holder = (): Member | undefined => {
    const pid = listeningProcess(
      group.port,
      group.crew.present().map(({ pid }) => pid),
    );
    return group.crew.present().find((member) => member.pid === pid);
  };

  it('share the port, which another takes over when its holder ends, however it does', async () => {
    for (let count = 1; count <= 3; count += 1) await group.start('app.mjs', 1);
    const urls = new Set(group.crew.members.map(({ metricsUrl }) => metricsUrl));
    expect([...urls]).toEqual([group.watch.url]);
    await group.untilWorkers({ alive: 3 });
    const victims = new Set<Member>();
    for (const [turn, how] of (['SIGKILL', 'exit', 'end'] as const).entries()) {
      group.record();
      const leaving = holder() as Member;
      await group.untilCounted(leaving);
      await leaving.leave(how);
      if (how === 'SIGKILL') victims.add(leaving);
      await group.untilWorkers({ alive: 2, lost: 1, clean: turn });
      await group.start('app.mjs', 1);
      await group.untilWorkers({ alive: 3, lost: 1, clean: turn });
    }
    await group.crew.pause();
    await group.untilExact(victims);
    await expectSteadyPages();
  });

  it('are exact whichever of them ends, at any time and in any way', async () => {
    for (let count = 1; count <= 4; count += 1) await group.start('app.mjs', 1);
    await group.untilWorkers({ alive: 4 });
    const victims = new Set<Member>();
    const steps: string[] = [];
    for (let count = 1; count <= 8; count += 1) {
      group.record();
      const present = group.crew.present();
      const leaving = present[randomInt(present.length)] as Member;
      const how = (['SIGKILL', 'SIGKILL', 'exit', 'end'] as const)[randomInt(4)] as 'SIGKILL';
      steps.push(`${leaving.name} ${how}`);
      if (how === 'SIGKILL') victims.add(leaving);
      await Promise.all([leaving.leave(how), group.start('app.mjs', 1)]);
    }
    await group.crew.pause();
    await group.untilWorkers({ alive: 4, lost: victims.size, clean: 8 - victims.size });
    await group.untilExact(victims);
    // The steps are for whoever reads of a failure.
    expect({ ...(await group.finish()), steps }).toMatchObject({ faults: [], steps });
  });

  it('keep on the page one that hangs, which goes on exactly when it wakes', async () => {
    for (let count = 1; count <= 3; count += 1) await group.start('app.mjs', 1);
    await group.untilWorkers({ alive: 3, stale: 0 });
    group.record();
    for (const member of group.crew.members) await group.untilCounted(member);
    const hanging = group.crew.present().find((member) => member !== holder()) as Member;
    process.kill(hanging.pid, 'SIGSTOP');
    await group.untilWorkers({ alive: 2, stale: 1, lost: 0, clean: 0 });
    process.kill(hanging.pid, 'SIGCONT');
    await group.untilWorkers({ alive: 3, stale: 0, lost: 0, clean: 0 });
    await group.crew.pause();
    await group.untilExact();
    await expectSteadyPages();
  });

  it('are refused the port of another service', async () => {
    await group.start('app.mjs', 1);
    await group.start('app.mjs', 1, { OTEL_SERVICE_NAME: 'other' });
    expect(group.crew.members.map(({ refusal }) => refusal)).toEqual([undefined, 'ERR_PORT_IN_USE']);
    const page = await group.untilWorkers({ alive: 1 });
    expect(page.targets[0]).toMatchObject({ service_name: 'gateway' });
  });

  it('have a page each with port 0', async () => {
    const any = { OTEL_EXPORTER_PROMETHEUS_PORT: '0' };
    for (let count = 1; count <= 2; count += 1) await group.start('app.mjs', 1, any);
    group.record();
    const { members } = group.crew;
    for (const member of members) {
      await eventually(() => member.tallies[0], { what: 'a record' });
      const page = pageOf(await readText(member.metricsUrl as string));
      expect(page.sum('llm_edge_requests_total', { model: member.name })).toBeGreaterThan(0);
      const others = members.filter((other) => other !== member);
      for (const { name } of others) expect(page.sum('llm_edge_requests_total', { model: name })).toBe(0);
    }
  });
});

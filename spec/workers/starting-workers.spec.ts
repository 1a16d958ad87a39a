import { type Group, type SiblingWorkers, startSiblings } from '../support/sibling-workers.js';

let siblings: SiblingWorkers;
beforeEach(async () => {
  siblings = await startSiblings(1);
});
afterEach(() => siblings.remove());

async function recordsOf(group: Group): Promise<unknown> {
  const { resourceMetrics } = await group.collect({ timeoutMillis: 10_000 });
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return metrics.find(({ descriptor }) => descriptor.name === 'records')?.dataPoints[0]?.value;
}

/** Lets the event loop turn until something holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

describe('a worker that is alone', () => {
  it('keeps its page, and is found again, where somebody has removed its folder', async () => {
    const [alone] = siblings.groups as [Group];
    siblings.clear();
    expect(await recordsOf(alone)).toBe(1);
    await until(() => siblings.files().some((name) => name.includes('/s.')));
    const next = siblings.open();
    await next.join();
    await until(async () => (await recordsOf(next)) === 2);
  });

  it('ends without an error where its folder is gone', () => {
    const [alone] = siblings.groups as [Group];
    siblings.clear();
    expect(() => alone.leaveNow()).not.toThrow();
  });
});

describe('a worker that starts', () => {
  it('loses nothing where its process exits before it has joined', async () => {
    const [other] = siblings.groups as [Group];
    siblings.open().leaveNow();
    expect(await recordsOf(other)).toBe(2);
  });

  it('finds the others where one that was alone has removed the folder meanwhile', async () => {
    const [leaving] = siblings.groups as [Group];
    const starting = siblings.open();
    leaving.leave();
    await starting.join();
    const next = siblings.open();
    await next.join();
    await starting.publishLast(10_000);
    expect(await recordsOf(next)).toBe(2);
  });

  it('waits for nothing where it has left before it has joined', async () => {
    const starting = siblings.open();
    starting.leave();
    await starting.join();
    expect(await recordsOf((siblings.groups as [Group])[0])).toBe(1);
  });
});

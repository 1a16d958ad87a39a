import { type Group, type SiblingWorkers, startSiblings } from '../support/sibling-workers.js';

const WITHIN_MILLIS = 10_000;

let siblings: SiblingWorkers;
afterEach(() => siblings.remove());

async function start<Count extends 1 | 2>(count: Count) {
  siblings = await startSiblings(count);
  return siblings.groups as Count extends 2 ? [Group, Group] : [Group];
}

describe('a worker that ends', () => {
  it('has no successor where it is alone', async () => {
    const [alone] = await start(1);
    expect(await alone.hasSuccessor(WITHIN_MILLIS)).toBe(false);
  });

  it('has one in a worker that goes on', async () => {
    const [ending] = await start(2);
    expect(await ending.hasSuccessor(WITHIN_MILLIS)).toBe(true);
  });

  it('has none in a worker that is ending too, though it still lives', async () => {
    const [first, last] = await start(2);
    expect([await first.hasSuccessor(WITHIN_MILLIS), await last.hasSuccessor(WITHIN_MILLIS)]).toEqual([
      true,
      false,
    ]);
  });

  it('has none in a worker that has left', async () => {
    const [ending, other] = await start(2);
    await other.publishLast(WITHIN_MILLIS);
    other.leave();
    expect(await ending.hasSuccessor(WITHIN_MILLIS)).toBe(false);
  });

  it('publishes what it has recorded where a callback of the program hangs', async () => {
    const [other] = await start(1);
    const ending = siblings.open({ collect: () => new Promise(() => {}) });
    await ending.join();
    await ending.publishLast(1);
    ending.leave();
    const { resourceMetrics } = await other.collect({ timeoutMillis: WITHIN_MILLIS });
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const records = metrics.find(({ descriptor }) => descriptor.name === 'records');
    expect(records?.dataPoints[0]?.value).toBe(2);
  });
});

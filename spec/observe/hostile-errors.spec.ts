import { observeRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';

/** What the classification of any error may cost: it reads far fewer properties of one that an SDK throws. */
const READS_MAX = 2_000;

let monitoring: TestMonitoring;
beforeEach(async () => {
  monitoring = await startTestMonitoring();
});
afterEach(() => monitoring.shutdown());

/** The `error_type` that a request which throws this is counted under. */
async function verdictOn(error: unknown): Promise<unknown> {
  const call = (): never => {
    throw error;
  };
  let thrown: unknown;
  try {
    observeRequest({ provider: 'openai', model: 'gpt-4o' }, call);
  } catch (caught) {
    thrown = caught;
  }
  expect(thrown === error).toBe(true);
  const [series] = await monitoring.series('llm_edge_requests_total');
  return series?.labels['error_type'];
}

/** The same object, each of whose properties counts when it is read, those of the objects within it too. */
function counted<T extends object>(target: T, count: () => void): T {
  return new Proxy(target, {
    get(_target, name, receiver) {
      count();
      const value: unknown = Reflect.get(target, name, receiver);
      return typeof value === 'object' && value !== null ? counted(value, count) : value;
    },
  });
}

/** An error that refers to itself wherever errors refer to others. */
function cyclic(leaf: object): Error {
  const error = new Error('x') as Error & Record<string, unknown>;
  for (const key of ['error', 'body', 'data', 'details', 'response', '$metadata', 'cause', 'lastError']) {
    error[key] = error;
  }
  return Object.assign(error, { errors: [error, error], details: leaf });
}

describe('an error that refers to itself', () => {
  it.each([
    [{ code: 'rate_limit_exceeded' }, 'rate_limited'],
    [{ error: { error: { type: 'overloaded_error' } } }, 'overloaded'],
    [{ message: 'prompt is too long: 2 tokens > 1 maximum' }, 'context_length'],
    [{}, 'unknown'],
  ])('is what one is that does not: %j', async (leaf, expected) => {
    expect(await verdictOn(cyclic(leaf))).toBe(expected);
    await monitoring.shutdown();
    monitoring = await startTestMonitoring();
    expect(await verdictOn(Object.assign(new Error('x'), { details: leaf }))).toBe(expected);
  });

  it('has few of its properties read', async () => {
    let reads = 0;
    const error = counted(cyclic({}), () => {
      reads += 1;
    });
    expect(await verdictOn(error)).toBe('unknown');
    expect(reads).toBeLessThan(READS_MAX);
  });
});

describe('an error without an end', () => {
  it('has few of its properties read, where each makes another error', async () => {
    let reads = 0;
    const make = (): object =>
      new Proxy(new Error('x'), {
        get(_target, name) {
          reads += 1;
          if (typeof name === 'symbol') return undefined;
          return name === 'errors' ? Array.from({ length: 100 }, make) : make();
        },
      });
    await verdictOn(make());
    expect(reads).toBeLessThan(READS_MAX);
  });

  it('is known by what stands at its head', async () => {
    let error: Error = new Error('x');
    for (let depth = 0; depth < 10_000; depth += 1) error = new Error('x', { cause: error });
    expect(await verdictOn(Object.assign(error, { cause: { code: 'ECONNRESET', cause: error.cause } }))).toBe(
      'network',
    );
  });
});

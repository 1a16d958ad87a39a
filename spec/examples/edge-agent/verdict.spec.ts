import { judge } from '../../../examples/edge-agent/verdict.js';

const failure = (status: number | undefined, retryAfter?: string) =>
  Object.assign(new Error('failed'), {
    status,
    headers: new Headers(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  });

describe('judge()', () => {
  it.each([
    ['no answer', failure(undefined), { next: 'move_on', health: 'failed', pauseMs: 0 }],
    ['500', failure(500), { next: 'retry', health: 'failed', pauseMs: 0 }],
    ['503', failure(503), { next: 'move_on', health: 'failed', pauseMs: 0 }],
    ['529', failure(529), { next: 'move_on', health: 'failed', pauseMs: 0 }],
    ['429 with Retry-After', failure(429, '7'), { next: 'move_on', health: 'paused', pauseMs: 7000 }],
    ['429 without', failure(429), { next: 'move_on', health: 'paused', pauseMs: 1000 }],
    ['429 with a date', failure(429, 'Wed, 21 Oct'), { next: 'move_on', health: 'paused', pauseMs: 1000 }],
    ['400', failure(400), { next: 'give_up', health: 'alive', pauseMs: 0 }],
    ['401', failure(401), { next: 'give_up', health: 'alive', pauseMs: 0 }],
  ])('knows what %s means', (_, error, verdict) => {
    expect(judge(error, false)).toEqual(verdict);
  });

  it('blames nobody when the caller went away', () => {
    expect(judge(failure(500), true)).toEqual({ next: 'give_up', health: 'unknown', pauseMs: 0 });
  });
});

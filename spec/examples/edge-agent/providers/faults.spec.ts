import {
  ANTHROPIC,
  type Character,
  calm,
  OPENAI,
  planAnswer,
  withoutFaults,
} from '../../../../examples/edge-agent/providers/faults.js';

const plans = (character: Character, count: number, seed = 1) =>
  Array.from({ length: count }, (_, number) => planAnswer(character, seed, number));

const countOf = (character: Character, fault: string | undefined, count = 20_000) =>
  plans(character, count).filter((plan) => plan.fault === fault).length;

describe('planAnswer()', () => {
  it('plans the same for the same seed and something else for another', () => {
    expect(plans(OPENAI, 300)).toEqual(plans(OPENAI, 300));
    expect(plans(OPENAI, 300)).not.toEqual(plans(OPENAI, 300, 2));
  });

  it('refuses once the window of the rate limit is used up, then begins a new one', () => {
    const { requests } = OPENAI.limits;
    const around = plans(OPENAI, requests + 4).slice(requests - 1);
    expect(around.map(({ requestsRemaining }) => requestsRemaining)).toEqual([
      0,
      0,
      0,
      requests - 1,
      requests - 2,
    ]);
    expect(around.slice(1, 3).map(({ fault }) => fault)).toEqual(['rate_limited', 'rate_limited']);
  });

  it('has episodes in a row', () => {
    const faults = plans(OPENAI, 600).map(({ fault }) => fault);
    expect(faults.slice(60, 66)).toEqual(new Array(6).fill('unreachable'));
    expect(faults.filter((fault) => fault === 'unreachable')).toHaveLength(6);
  });

  it.each([
    ['openai', OPENAI, 'server_error', 0.02],
    ['openai', OPENAI, 'cut_stream', 0.01],
    ['anthropic', ANTHROPIC, 'server_error', 0.005],
  ])('gives %s sporadic faults in about their share', (_, character, fault, share) => {
    expect(countOf(character, fault) / 20_000 / share).toBeGreaterThan(0.75);
    expect(countOf(character, fault) / 20_000 / share).toBeLessThan(1.25);
  });
});

describe('calm()', () => {
  it.each([OPENAI, ANTHROPIC])('lets $name answer as slowly as ever, and never fail', (character) => {
    expect(countOf(calm(character), undefined)).toBe(20_000);
    const slowness = (who: Character) => plans(who, 50).map(({ firstTokenMs }) => firstTokenMs);
    expect(slowness(calm(character))).toEqual(slowness(character));
  });
});

describe('withoutFaults()', () => {
  it('answers everything at once', () => {
    const best = withoutFaults(OPENAI);
    expect(countOf(best, undefined, 2000)).toBe(2000);
    expect(plans(best, 2000).filter(({ firstTokenMs }) => firstTokenMs !== 0)).toEqual([]);
  });
});

import { createRandom, drawGapMs, drawLatencyMs, pick } from '../../../examples/edge-agent/random.js';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);

describe('createRandom()', () => {
  describe('with the same words', () => {
    it('draws the same numbers', () => {
      expect(draw(5, createRandom(1, 'openai', 17))).toEqual(draw(5, createRandom(1, 'openai', 17)));
    });
  });

  describe('with words that differ in one digit', () => {
    it('draws numbers that have nothing in common', () => {
      const firsts = draw(1000, () => 0).map((_, index) => createRandom(1, 'openai', index)());
      const mean = firsts.reduce((sum, value) => sum + value, 0) / firsts.length;
      expect(new Set(firsts).size).toBe(1000);
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
    });
  });

  it('draws from 0 up to 1, evenly', () => {
    const tenths = new Array<number>(10).fill(0);
    for (const value of draw(10_000, createRandom('even'))) {
      const tenth = Math.floor(value * 10);
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
    }
    expect(tenths.filter((count) => count > 900 && count < 1100)).toHaveLength(10);
  });
});

describe('pick()', () => {
  it('takes the first item at 0 and the last just below 1', () => {
    expect([pick(() => 0, ['a', 'b', 'c']), pick(() => 0.999, ['a', 'b', 'c'])]).toEqual(['a', 'c']);
  });
});

describe('drawLatencyMs()', () => {
  it('has half of its values below the median and some at more than twice of it', () => {
    const random = createRandom('latency');
    const values = draw(4000, () => drawLatencyMs(random, 200, 0.5));
    const share = (most: number) => values.filter((value) => value <= most).length / values.length;
    expect(Math.abs(share(200) - 0.5)).toBeLessThan(0.03);
    expect(share(400)).toBeLessThan(0.95);
    expect(Math.min(...values)).toBeGreaterThan(0);
  });
});

describe('drawGapMs()', () => {
  it('leaves as much time as the rate says, on average', () => {
    const random = createRandom('gaps');
    const total = draw(10_000, () => drawGapMs(random, 20)).reduce((sum, gap) => sum + gap, 0);
    expect(Math.abs(total / 10_000 - 50)).toBeLessThan(2);
  });
});

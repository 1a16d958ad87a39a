import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { writePage } from '../../lib/exposition/page.js';

function* generate(slices: readonly string[], seriesCount: number): Generator<string, number> {
  yield* slices;
  return seriesCount;
}

const WRITING = { bytesBefore: 0, now: () => 0, pause: async () => undefined };

describe('writePage()', () => {
  it('joins the slices as UTF-8, whatever their size', async () => {
    const slice = fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 3000 }))
      .map(([text, times]) => text.repeat(times));
    await fc.assert(
      fc.asyncProperty(fc.array(slice), fc.nat(200_000), async (slices, bytesBefore) => {
        const page = await writePage('text/plain', generate(slices, 3), { ...WRITING, bytesBefore });
        expect(page.body.equals(Buffer.from(slices.join('')))).toBe(true);
        expect(page.seriesCount).toBe(3);
      }),
      { numRuns: 50 },
    );
  });

  it('lets the event loop run once a millisecond has passed, not before', async () => {
    let nowMs = 0;
    const turns: number[] = [];
    const written: string[] = [];
    function* slices(): Generator<string, number> {
      for (const [text, tookMs] of [
        ['a', 0.25],
        ['b', 0.5],
        ['c', 0.25],
        ['d', 0.75],
        ['e', 2.25],
        ['f', 0.25],
      ] as const) {
        nowMs += tookMs;
        written.push(text);
        yield text;
      }
      return 0;
    }
    const pause = async (): Promise<void> => {
      turns.push(written.length);
    };
    const page = await writePage('text/plain', slices(), { bytesBefore: 0, now: () => nowMs, pause });
    expect(turns).toEqual([3, 5]);
    expect(page.body.toString()).toBe('abcdef');
  });

  it('compresses once for all', async () => {
    const page = await writePage('text/plain', generate(['x'.repeat(100_000)], 1), WRITING);
    const [first, second] = await Promise.all([page.gzip(), page.gzip()]);
    expect(second).toBe(first);
    expect(first.length).toBeLessThan(1000);
    expect(gunzipSync(first).equals(page.body)).toBe(true);
  });
});

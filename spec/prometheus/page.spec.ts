import { gunzipSync } from 'node:zlib';
import { writePage } from '../../lib/prometheus/page.js';
import type { RenderedText } from '../../lib/prometheus/render-text.js';

const EMPTY: RenderedText = { body: Buffer.alloc(0), seriesCount: 0 };

describe('writePage()', () => {
  it('lets the event loop run once a millisecond has passed, not before', async () => {
    let nowMs = 0;
    const turns: number[] = [];
    let slicesDone = 0;
    function* render(): Generator<undefined, RenderedText> {
      for (const tookMs of [0.25, 0.5, 0.25, 0.75, 2.25, 0.25]) {
        nowMs += tookMs;
        slicesDone++;
        yield;
      }
      return EMPTY;
    }
    const pause = async (): Promise<void> => {
      turns.push(slicesDone);
    };
    await writePage('text/plain', render(), { now: () => nowMs, pause });
    expect(turns).toEqual([3, 5]);
  });

  it('compresses once for all', async () => {
    // biome-ignore lint/correctness/useYield: a page that needs no pause.
    function* render(): Generator<undefined, RenderedText> {
      return { body: Buffer.from('x'.repeat(100_000)), seriesCount: 1 };
    }
    const page = await writePage('text/plain', render(), { now: () => 0, pause: async () => undefined });
    expect(page.seriesCount).toBe(1);
    const [first, second] = await Promise.all([page.gzip(), page.gzip()]);
    expect(second).toBe(first);
    expect(first.length).toBeLessThan(1000);
    expect(gunzipSync(first).equals(page.body)).toBe(true);
  });
});

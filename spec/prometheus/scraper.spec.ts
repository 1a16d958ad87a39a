import { gunzipSync } from 'node:zlib';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { createManualTimer } from '../support/manual-timer.js';
import { createMeterHarness } from '../support/meter-harness.js';
import { createScraper } from '../support/scrape-server.js';

/** A reader whose collections end when they are released. */
function createHeldReader() {
  const harness = createMeterHarness();
  harness.provider.getMeter('spec').createCounter('c').add(1);
  const held: ((result: CollectionResult) => void)[] = [];
  const timeouts: number[] = [];
  return {
    timeouts,
    collect({ timeoutMillis }: { readonly timeoutMillis: number }): Promise<CollectionResult> {
      timeouts.push(timeoutMillis);
      return new Promise((resolve) => held.push(resolve));
    },
    async release(index: number): Promise<void> {
      held[index]?.(await harness.reader.collect());
    },
  };
}

describe('createScraper()', () => {
  it('shares a page between scrapes of one format, and the collection between formats', async () => {
    const reader = createHeldReader();
    const scraper = createScraper({ reader, timeoutMillis: 1000 });
    const first = scraper.page('text');
    expect(scraper.page('text')).toBe(first);
    const other = scraper.page('openmetrics');
    await reader.release(0);
    expect((await first).contentType).toMatch(/^text\/plain/);
    expect((await other).contentType).toMatch(/^application\/openmetrics-text/);
    expect(reader.timeouts).toHaveLength(1);
    void scraper.page('text');
    expect(reader.timeouts).toHaveLength(2);
  });

  it('lets the SDK give up hung callbacks after twice the time', () => {
    const reader = createHeldReader();
    void createScraper({ reader, timeoutMillis: 1000 }).page('text');
    expect(reader.timeouts).toEqual([2000]);
  });

  it('leaves one hung collection behind, and starts no third beside two', async () => {
    const timer = createManualTimer();
    const reader = createHeldReader();
    const scraper = createScraper({ reader, timeoutMillis: 1000, setTimer: timer.setTimer });
    const hung = scraper.page('text');
    timer.advance(999);
    expect(scraper.page('text')).toBe(hung);
    timer.advance(1);
    const second = scraper.page('text');
    expect(reader.timeouts).toHaveLength(2);
    timer.advance(1000);
    await expect(scraper.page('text')).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
    expect(reader.timeouts).toHaveLength(2);
    await reader.release(0);
    await hung;
    const third = scraper.page('text');
    expect(reader.timeouts).toHaveLength(3);
    await Promise.all([reader.release(1), reader.release(2)]);
    expect((await second).seriesCount + (await third).seriesCount).toBe(2);
  });

  it('frees the place of a hung callback when the SDK has given it up', async () => {
    const harness = createMeterHarness();
    let calls = 0;
    harness.provider
      .getMeter('spec')
      .createObservableGauge('g')
      .addCallback(() => (++calls < 3 ? new Promise<void>(() => undefined) : undefined));
    const scraper = createScraper({ ...harness, timeoutMillis: 5 });
    await expect(scraper.page('text')).rejects.toBeInstanceOf(AggregateError);
    await expect(scraper.page('text')).rejects.toBeInstanceOf(AggregateError);
    expect((await scraper.page('text')).seriesCount).toBe(0);
  });

  it('fails with all that the callbacks failed with', async () => {
    const harness = createMeterHarness();
    const meter = harness.provider.getMeter('spec');
    for (const name of ['a', 'b']) {
      meter.createObservableGauge(name).addCallback(() => {
        throw new Error(name);
      });
    }
    const scraper = createScraper({ ...harness, timeoutMillis: 1000 });
    await expect(scraper.page('text')).rejects.toMatchObject({
      errors: [{ message: 'a' }, { message: 'b' }],
      message: '2 metric callbacks failed',
    });
  });

  it('lets the event loop run after each millisecond of rendering, and not before', async () => {
    const harness = createMeterHarness();
    const histogram = harness.provider.getMeter('spec').createHistogram('h');
    for (let index = 0; index < 500; index++) histogram.record(index, { index: `${index}` });
    const turnsWith = async (now: () => number): Promise<number> => {
      const page = createScraper({ ...harness, timeoutMillis: 1000, now }).page('text');
      let turns = 0;
      let isMade = false;
      void page.then(() => {
        isMade = true;
      });
      while (!isMade) {
        await new Promise(setImmediate);
        turns++;
      }
      return turns;
    };
    let nowMs = 0;
    expect(await turnsWith(() => nowMs++)).toBeGreaterThan(6);
    // The turn before rendering, and the one in which the page is seen.
    expect(await turnsWith(() => 0)).toBeLessThanOrEqual(3);
  });

  it('compresses a page once for all scrapes', async () => {
    const harness = createMeterHarness({ large: 'x'.repeat(100_000) });
    const page = await createScraper({ ...harness, timeoutMillis: 1000 }).page('text');
    const [first, second] = await Promise.all([page.gzip(), page.gzip()]);
    expect(second).toBe(first);
    expect(first.length).toBeLessThan(1000);
    expect(gunzipSync(first).equals(page.body)).toBe(true);
  });
});

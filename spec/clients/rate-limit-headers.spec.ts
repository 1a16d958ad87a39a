import fc from 'fast-check';
import { rateLimitsIn, readReset } from '../support/parsers.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12, 0, 0);

const record = (headers: Readonly<Record<string, string>>, status = 200) =>
  rateLimitsIn(headers, status, NOW_MS);

describe('the headers of an answer', () => {
  it('reads the headers of OpenAI', () => {
    expect(
      record({
        'x-ratelimit-limit-requests': '10000',
        'x-ratelimit-remaining-requests': '9999',
        'x-ratelimit-reset-requests': '8.64s',
        'x-ratelimit-limit-tokens': '2000000',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6m0s',
      }),
    ).toEqual([
      ['requests', { limit: 10_000, remaining: 9_999, resetMs: 8_640 }],
      ['tokens', { limit: 2_000_000, remaining: 0, resetMs: 360_000 }],
    ]);
  });

  it('reads the headers of Anthropic', () => {
    expect(
      record({
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '49',
        'anthropic-ratelimit-requests-reset': '2026-11-23T12:00:01Z',
        'anthropic-ratelimit-tokens-limit': '60000',
        'anthropic-ratelimit-tokens-remaining': '59000',
        'anthropic-ratelimit-tokens-reset': '2026-11-23T11:59:59Z',
        'anthropic-ratelimit-input-tokens-limit': '50000',
        'anthropic-ratelimit-input-tokens-remaining': '50000',
      }),
    ).toEqual([
      ['requests', { limit: 50, remaining: 49, resetMs: 1_000 }],
      ['tokens', { limit: 60_000, remaining: 59_000, resetMs: 0 }],
    ]);
  });

  it('reads those of Azure, which tell what is left alone', () => {
    expect(record({ 'x-ratelimit-remaining-requests': '7', 'x-ratelimit-remaining-tokens': '1500' })).toEqual(
      [
        ['requests', { limit: undefined, remaining: 7, resetMs: undefined }],
        ['tokens', { limit: undefined, remaining: 1_500, resetMs: undefined }],
      ],
    );
  });

  it('reads those of Mistral, whose window is a minute', () => {
    expect(
      record({
        'x-ratelimit-limit-req-minute': '360',
        'x-ratelimit-remaining-req-minute': '359',
        'x-ratelimit-limit-tokens-minute': '500000',
        'x-ratelimit-remaining-tokens-minute': '499000',
      }),
    ).toEqual([
      ['requests', { limit: 360, remaining: 359, resetMs: 60_000 }],
      ['tokens', { limit: 500_000, remaining: 499_000, resetMs: 60_000 }],
    ]);
  });

  it('reads those of Together and OpenRouter', () => {
    const together = {
      'x-ratelimit-limit': '600',
      'x-ratelimit-remaining': '599',
      'x-ratelimit-reset': '1',
      'x-tokenlimit-limit': '180000',
      'x-tokenlimit-remaining': '170000',
    };
    expect(record(together)).toEqual([
      ['requests', { limit: 600, remaining: 599, resetMs: 1_000 }],
      ['tokens', { limit: 180_000, remaining: 170_000, resetMs: 1_000 }],
    ]);
    expect(
      record(
        { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${NOW_MS + 5_000}` },
        429,
      ),
    ).toEqual([['requests', { limit: 20, remaining: 0, resetMs: 5_000 }]]);
  });

  describe('with a 429', () => {
    it.each([
      [{ 'retry-after-ms': '1500', 'retry-after': '2' }, 1_500],
      [{ 'retry-after': '2' }, 2_000],
      [{ 'retry-after': 'Mon, 23 Nov 2026 12:00:30 GMT' }, 30_000],
    ])('takes from %j when the limit is over, where nothing else says so', (headers, resetMs) => {
      expect(
        record({ ...(headers as Record<string, string>), 'x-ratelimit-remaining-requests': '0' }, 429),
      ).toEqual([['requests', { limit: undefined, remaining: 0, resetMs }]]);
    });
  });

  it.each([
    [{}, 200],
    [{ 'retry-after': '2' }, 503],
    [{ 'x-ratelimit-remaining-requests': 'many', 'x-ratelimit-limit-requests': '-1' }, 200],
    [{ 'retry-after': 'soon' }, 429],
    [{ 'retry-after': '2' }, 429],
    [{ 'x-ratelimit-limit-requests': '9223372036854775807' }, 200],
  ])('records nothing of %j with status %d', (headers, status) => {
    expect(record(headers as Record<string, string>, status)).toEqual([]);
  });
});

describe('readReset()', () => {
  it.each([
    ['20ms', 20],
    ['1s', 1_000],
    ['7.66s', 7_660],
    ['2m59.56s', 179_560],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['30', 30_000],
    [`${NOW_MS / 1_000 + 9}`, 9_000],
    ['', undefined],
    ['1x', undefined],
    ['s', undefined],
    [null, undefined],
  ])('reads %j', (value, resetMs) => {
    expect(readReset(value, NOW_MS)).toBe(resetMs);
  });

  it('yields a time or nothing, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.hms: TZ-]*$/)), (value) => {
        const resetMs = readReset(value, NOW_MS);
        return resetMs === undefined || (resetMs >= 0 && resetMs < Number.POSITIVE_INFINITY);
      }),
    );
  });
});

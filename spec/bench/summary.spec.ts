import { BARS } from '../../bench/bars.js';
import { toJson, toTable } from '../../bench/report.js';
import { isWithin, summarise } from '../../bench/summary.js';

const MEASUREMENT = {
  name: 'record.counter',
  unit: 'ns',
  samples: { ours: [30, 90, 32], promClient: [300, 300, 160], otel: [1000, 1000, 1000] },
} as const;

describe('summarise()', () => {
  it('takes ratios round by round, so that one disturbed round moves nothing', () => {
    const { medians, ratios } = summarise(MEASUREMENT);
    expect({ medians, ratios }).toEqual({
      medians: { ours: 32, promClient: 300, otel: 1000 },
      ratios: { promClient: 0.2, otel: 0.032 },
    });
  });

  it('holds the value against its bar', () => {
    expect(summarise(MEASUREMENT).verdicts).toEqual([
      { bar: { name: 'record.counter', peer: 'promClient', atMost: 0.2 }, value: 0.2, isMet: true },
    ]);
  });
});

describe('isWithin()', () => {
  it.each([
    [{ name: 'x', atMost: 0.2 }, 0.3, true],
    [{ name: 'x', atMost: 0.2 }, 0.31, false],
    [{ name: 'x', atLeast: 0.9 }, 0.6, true],
    [{ name: 'x', atLeast: 0.9 }, 0.59, false],
    [{ name: 'x', atMost: 0.2 }, Number.NaN, false],
  ])('widens %o by the margin for %d', (bar, value, isKept) => {
    expect(isWithin(bar, value, 1.5)).toBe(isKept);
  });
});

describe('toJson()', () => {
  it('has the documented fields for each case', () => {
    const withoutPeer = { name: 'gateway.p99', unit: 'ms', samples: { ours: [8], off: [4] } } as const;
    expect(JSON.parse(toJson([summarise(MEASUREMENT), summarise(withoutPeer)]))).toEqual({
      'record.counter': {
        ours: 32,
        promClient: 300,
        otel: 1000,
        unit: 'ns',
        vsPromClient: 0.2,
        vsOtel: 0.032,
      },
      'gateway.p99': {
        ours: 8,
        promClient: null,
        otel: null,
        unit: 'ms',
        vsPromClient: null,
        vsOtel: null,
        off: 4,
        vsOff: 2,
      },
    });
  });
});

describe('toTable()', () => {
  it('leaves out the columns of peers that were not measured', () => {
    const [head] = toTable([summarise(MEASUREMENT)]).split('\n');
    expect(head?.split(/\s{2,}/)).toEqual(['case', 'unit', 'ours', 'prom-client', 'plain OTel', 'bars']);
  });
});

describe('BARS', () => {
  it('says one thing in each bar', () => {
    expect(BARS.filter(({ atMost, atLeast }) => (atMost === undefined) === (atLeast === undefined))).toEqual(
      [],
    );
  });
});

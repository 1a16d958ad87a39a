import { BARS } from '../../bench/bars.js';
import { toJson, toMarkdownTable, toTable } from '../../bench/report.js';
import { isWithin, poolRuns, summarise } from '../../bench/summary.js';

const MEASUREMENT = {
  name: 'record.counter',
  unit: 'ns',
  samples: { ours: [30, 90, 32], promClient: [300, 300, 160], otel: [1000, 1000, 1000] },
} as const;

describe('summarise()', () => {
  it('takes ratios round by round, so that one disturbed round moves nothing', () => {
    const { values, ratios } = summarise(MEASUREMENT);
    const estimate = (value: number) => ({ value, interval: undefined });
    expect({ values, ratios }).toEqual({
      values: { ours: estimate(32), promClient: estimate(300), otel: estimate(1000) },
      ratios: { promClient: estimate(0.2), otel: estimate(0.032) },
    });
  });

  it('gives the interval of the paired ratios, not of either side', () => {
    // Each pair has the ratio 0.5, whatever the machine did meanwhile.
    const promClient = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120];
    const ours = promClient.map((value) => value / 2);
    const { values, ratios } = summarise({ ...MEASUREMENT, samples: { ours, promClient } });
    expect(values.promClient?.interval).toEqual([20, 2560]);
    expect(ratios.promClient).toEqual({ value: 0.5, interval: [0.5, 0.5] });
  });

  it('holds the value against its bar', () => {
    expect(summarise(MEASUREMENT).verdicts).toEqual([
      { bar: { name: 'record.counter', peer: 'promClient', atMost: 0.2 }, value: 0.2, isMet: true },
    ]);
  });
});

describe('poolRuns()', () => {
  it('leaves a single run as it is', () => {
    expect(poolRuns([MEASUREMENT])).toBe(MEASUREMENT);
  });

  it('takes one sample of each run: the median of its rounds', () => {
    const other = { ...MEASUREMENT, samples: { ours: [40, 50, 60], promClient: [400, 400, 100], otel: [7] } };
    expect(poolRuns([MEASUREMENT, other])).toEqual({
      ...MEASUREMENT,
      samples: { ours: [32, 50], promClient: [300, 400], otel: [1000, 7] },
    });
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

  it('has the interval of a ratio where there are enough samples', () => {
    const ours = Array.from({ length: 10 }, (_, index) => index + 1);
    const summary = summarise({ name: 'x', unit: 'ns', samples: { ours, otel: ours.map(() => 2) } });
    expect(JSON.parse(toJson([summary])).x).toMatchObject({ vsOtel: 2.75, vsOtelInterval: [1, 4.5] });
  });
});

describe('toTable()', () => {
  it('leaves out the columns of peers that were not measured', () => {
    const [head] = toTable([summarise(MEASUREMENT)]).split('\n');
    expect(head?.split(/\s{2,}/)).toEqual(['case', 'unit', 'ours', 'prom-client', 'plain OTel', 'bars']);
  });
});

describe('the notes under a table', () => {
  it('name unequal work', () => {
    const unequal = 'ours does more.';
    const table = toTable([summarise(MEASUREMENT), summarise({ ...MEASUREMENT, name: 'x', unequal })]);
    expect(table.split('\n').slice(-2)).toEqual(['', '- `x`: ours does more.']);
    expect(toMarkdownTable([summarise({ ...MEASUREMENT, name: 'x', unequal })])).toMatch(
      /\n\nUnequal work:\n\n- `x`: ours does more\.$/,
    );
  });
});

describe('BARS', () => {
  it('says one thing in each bar', () => {
    expect(BARS.filter(({ atMost, atLeast }) => (atMost === undefined) === (atLeast === undefined))).toEqual(
      [],
    );
  });
});

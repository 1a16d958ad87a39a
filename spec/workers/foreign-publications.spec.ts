import fc from 'fast-check';
import {
  mergeAtOnce,
  type Published,
  published,
  readingOf,
  renderPage,
  TOTALS,
} from '../support/worker-group.js';

const WORKER = '{"worker":{"version":"1","startedMs":1,"resource":{}}}';
const COUNTER = '{"metric":"jobs","description":"Jobs.","kind":"counter","bounds":[],"width":1}';
const HISTOGRAM = '{"metric":"time","description":"","kind":"histogram","bounds":[1,2],"width":4}';

function of(lines: readonly string[], values: readonly number[], id = 'foreign'): Published {
  return published(id, { lines, values: Float64Array.from(values) });
}

const SOUND = of([WORKER, COUNTER, '[0,{"a":"b"}]', HISTOGRAM, '[1,{}]'], [3, 1, 0, 0, 0.5], 'sound');
const SOUND_PAGE = [
  'jobs_total{a="b"} 3',
  'time_bucket{le="1"} 1',
  'time_bucket{le="2"} 1',
  'time_bucket{le="+Inf"} 1',
  'time_sum 0.5',
  'time_count 1',
];

/** The page with a worker, living or dead. */
function pagesWith(foreign: Published) {
  return [readingOf([SOUND, foreign]), readingOf([SOUND], [foreign])].map((reading) => {
    const { resourceMetrics, leftOut } = mergeAtOnce(reading);
    const lines = renderPage(resourceMetrics).split('\n');
    const reasons = Object.keys(leftOut).filter((reason) => leftOut[reason as 'kind'] > 0);
    return { lines: lines.filter((line) => /^(jobs|time|_proto)/.test(line)), reasons };
  });
}

const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const labels = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, ''])));

describe('a foreign or damaged publication', () => {
  it.each<[what: string, lines: string[], values: number[]]>([
    ['no JSON', ['{"worker":'], [1]],
    ['deep JSON', [WORKER, deep(30_000)], [1]],
    ['deep JSON as labels', [WORKER, COUNTER, `[0,${deep(30_000)}]`], [1]],
    ['a line that is too long', [WORKER, COUNTER, `[0,{"a":"${'x'.repeat(70_000)}"}]`], [1]],
    ['a million labels', [WORKER, COUNTER, `[0,${labels(1_000_000)}]`], [1]],
    ['too many labels', [WORKER, COUNTER, `[0,${labels(129)}]`], [1]],
    ['labels that are no text', [WORKER, COUNTER, '[0,{"a":1}]'], [1]],
    ['no labels', [WORKER, COUNTER, '[0,null]'], [1]],
    ['a series of no metric', [WORKER, COUNTER, '[1,{}]'], [1]],
    ['a series of a metric with another name', [WORKER, COUNTER, '[-1,{}]', '[0.5,{}]', '[x,{}]'], [1]],
    ['a negative width', [WORKER, COUNTER.replace('"width":1', '"width":-1'), '[0,{}]'], [1]],
    ['more values than the lines describe', [WORKER, COUNTER], [1]],
    ['a counter that is negative', [WORKER, COUNTER, '[0,{}]'], [-1]],
    ['a counter that is infinite', [WORKER, COUNTER, '[0,{}]'], [Number.POSITIVE_INFINITY]],
    ['a counter that is NaN', [WORKER, COUNTER, '[0,{}]'], [Number.NaN]],
    ['a negative count of a bucket', [WORKER, HISTOGRAM, '[0,{}]'], [1, -1, 1, 1]],
    ['an infinite sum', [WORKER, HISTOGRAM, '[0,{}]'], [1, 1, 1, Number.NEGATIVE_INFINITY]],
    ['a histogram without its sum', [WORKER, HISTOGRAM, '[0,{}]'], [1, 1, 1]],
  ])('with %s is left out and counted', (_, lines, values) => {
    for (const { lines: shown, reasons } of pagesWith(of(lines, values))) {
      expect(shown).toEqual(SOUND_PAGE);
      expect(reasons).toEqual(['unreadable']);
    }
  });

  it.each<[what: string, line: string]>([
    ['another width than the kind has', COUNTER.replace('"width":1', '"width":2')],
    ['bounds that do not ascend', HISTOGRAM.replace('[1,2]', '[2,1]')],
    ['bounds that are no numbers', HISTOGRAM.replace('[1,2]', '["1","2"]')],
    ['no bounds', HISTOGRAM.replace('"bounds":[1,2],', '')],
  ])('whose metric has %s is skipped and counted', (_, line) => {
    for (const { lines, reasons } of pagesWith(
      of([WORKER, line, '[0,{}]'], [1, 1, 1, 1].slice(0, /"width":2/.test(line) ? 2 : 4)),
    )) {
      expect(lines).toEqual(SOUND_PAGE);
      expect(reasons).toEqual(['kind']);
    }
  });

  it('keeps what comes before the damage', () => {
    const [shown] = pagesWith(of([WORKER, COUNTER, '[0,{"a":"b"}]', 'x', '[0,{"c":"d"}]'], [4, 5]));
    expect(shown).toEqual({
      lines: ['jobs_total{a="b"} 7', ...SOUND_PAGE.slice(1)],
      reasons: ['unreadable'],
    });
  });

  it('may have names of JavaScript', () => {
    const line = COUNTER.replace('jobs', '__proto__');
    const [shown] = pagesWith(of([WORKER, line, '[0,{"__proto__":"x","constructor":"y"}]'], [4]));
    expect(shown?.lines).toContain('_proto__total{_proto_="x",constructor="y"} 4');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('counts a series that it has twice once', () => {
    const [shown] = pagesWith(of([WORKER, COUNTER, '[0,{"a":"b"}]', COUNTER, '[1,{"a":"b"}]'], [4, 5]));
    expect(shown?.lines[0]).toBe('jobs_total{a="b"} 7');
  });

  it('never throws, whatever its lines and values are', () => {
    const piece = fc.oneof(
      fc.constantFrom(WORKER, COUNTER, HISTOGRAM, '[0,{}]', '[1,{"a":"b"}]', '{"leftOut":"kind"}'),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.double(), { maxLength: 30 }),
        (lines, values) => {
          for (const { lines: shown } of pagesWith(of(lines, values))) {
            expect(shown.length).toBeGreaterThanOrEqual(0);
          }
          const totals = TOTALS.add(TOTALS.empty, of(lines, values));
          expect(TOTALS.decode(TOTALS.encode(totals))).toEqual(totals);
        },
      ),
    );
  });
});

describe('the sums of the dead', () => {
  const bytes = (text: string) => Buffer.from(text);
  const metric = (more: object) =>
    JSON.stringify({
      metrics: [
        {
          name: 'jobs',
          description: '',
          kind: 'counter',
          bounds: [],
          startedMs: 1,
          series: [[{}, [1]]],
          ...more,
        },
      ],
      leftOut: [],
    });

  it('are read as they were written', () => {
    expect(TOTALS.decode(bytes(metric({})))?.metrics.size).toBe(1);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another value', '[]'],
    ['deep JSON', deep(100_000)],
    ['no metrics', '{"leftOut":[]}'],
    ['a metric without a name', metric({ name: 1 })],
    ['an unknown kind', metric({ kind: 'sketch' })],
    ['bounds that do not ascend', metric({ kind: 'histogram', bounds: [2, 1] })],
    ['labels that are no text', metric({ series: [[{ a: 1 }, [1]]] })],
    ['too few values', metric({ series: [[{}, []]] })],
    ['a value that is no number', metric({ series: [[{}, ['1']]] })],
    ['a value beyond the doubles', metric({ series: [[{}, [1]]] }).replace('[1]', '[1e999]')],
    ['a statement without a time', metric({ kind: 'gauge', series: [[{}, [[1]]]] })],
  ])('are not read from %s', (_, text) => {
    expect(TOTALS.decode(bytes(text))).toBeUndefined();
  });

  it('are not read from any other bytes, and never throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (any) => TOTALS.decode(any) === undefined));
  });

  it('stay as they are when something is added to them', () => {
    const before = TOTALS.add(TOTALS.empty, SOUND);
    const text = Buffer.from(TOTALS.encode(before)).toString();
    TOTALS.add(before, SOUND);
    expect(Buffer.from(TOTALS.encode(before)).toString()).toBe(text);
  });
});

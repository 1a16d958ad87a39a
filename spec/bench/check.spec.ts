import { checkCase } from '../../bench/check.js';
import type { Measurement } from '../../bench/measurement.js';

/** The bar of this case is 0.2 of prom-client, 0.3 with the margin. */
const counter = (ratio: number): Measurement => ({
  name: 'record.counter',
  unit: 'ns',
  samples: { ours: [100 * ratio], promClient: [100] },
});

/** Measures what the script says, one entry for each run. */
function scripted(...runs: (readonly Measurement[])[]) {
  const left = [...runs];
  const measureCase = async () => left.shift() ?? [];
  return { measureCase, left };
}

describe('checkCase()', () => {
  it('measures once where every bar is kept with the margin', async () => {
    const { measureCase, left } = scripted([counter(0.29)], [counter(9)]);
    const { summaries, problems } = await checkCase(measureCase);
    expect(problems).toEqual([]);
    expect(summaries.map(({ measurement }) => measurement)).toEqual([counter(0.29)]);
    expect(left).toHaveLength(1);
  });

  it('says what every run broke', async () => {
    const { measureCase } = scripted([counter(0.31)], [counter(0.4)], [counter(0.5)]);
    const { problems } = await checkCase(measureCase);
    expect(problems).toEqual(['record.counter: 0.5, the bar is ≤ 0.2 of prom-client']);
  });

  it('forgives a bar that one of three runs keeps', async () => {
    const { measureCase } = scripted([counter(0.31)], [counter(0.4)], [counter(0.3)]);
    expect((await checkCase(measureCase)).problems).toEqual([]);
  });

  it('takes a bar without a value for a broken one', async () => {
    const empty: Measurement = { name: 'record.counter', unit: 'ns', samples: { ours: [1] } };
    const { measureCase } = scripted([empty], [empty], [empty]);
    expect((await checkCase(measureCase)).problems).toEqual([
      'record.counter: -, the bar is ≤ 0.2 of prom-client',
    ]);
  });

  it.each([
    ['scrape.block', 'ms'],
    ['workers.small.cpu', 'ms/s'],
  ] as const)('does not judge a time, which is the machine’s: %s', async (name, unit) => {
    const slow: Measurement = { name, unit, samples: { ours: [1000] } };
    expect((await checkCase(scripted([slow]).measureCase)).problems).toEqual([]);
  });

  it('judges lost records, with no margin where none may be lost', async () => {
    const lost: Measurement = { name: 'workers.small.lost', unit: 'records', samples: { ours: [1] } };
    const run = [lost];
    expect((await checkCase(scripted(run, run, run).measureCase)).problems).toEqual([
      'workers.small.lost: 1, the bar is ≤ 0',
    ]);
  });

  it('judges heap, which is the same everywhere', async () => {
    const heap: Measurement = { name: 'memory.records', unit: 'KB', samples: { ours: [9000] } };
    const run = [heap];
    expect((await checkCase(scripted(run, run, run).measureCase)).problems).toEqual([
      'memory.records: 9000, the bar is ≤ 1024',
    ]);
  });
});

import fc from 'fast-check';
import { captureLog } from '../support/captured-log.js';
import { createRecorderHarness } from '../support/recorder-harness.js';
import {
  createLabelLimits,
  createSharedFiles,
  createSharedNames,
  type SharedFiles,
  type SharedNames,
  systemError,
} from '../support/shared-files.js';

const LIMIT = 3;
const name = (place: number): string => `model-${place}`;

function admitted(worker: SharedNames, names: readonly string[], limit = LIMIT): readonly string[] {
  return names.filter((one) => worker.admits('model', one, limit));
}

function workersOf(files: SharedFiles, count: number): readonly SharedNames[] {
  return Array.from({ length: count }, () => createSharedNames(files, 1));
}

const NAMES = Array.from({ length: 8 }, (_, place) => name(place));

describe('16 recorders of a group', () => {
  it('name the same models, as many as one process may, of 16 x 80 different ones', async () => {
    const files = createSharedFiles();
    const recorders = Array.from({ length: 16 }, () =>
      createRecorderHarness({ admission: createSharedNames(files, 1) }),
    );
    const record = (worker: number, model: string): void =>
      recorders[worker]?.recorder.recordRequestSuccess('openai', model, 1);
    const models = (worker: number): readonly string[] =>
      Array.from({ length: 80 }, (_, place) => `model-${worker}-${place}`);

    // Each worker sees its own models first, in turns with the others, and then those of the others.
    for (let place = 0; place < 80; place++) {
      for (let worker = 0; worker < 16; worker++) record(worker, models(worker)[place] ?? '');
    }
    for (let worker = 0; worker < 16; worker++) {
      for (let other = 15; other >= 0; other--) for (const model of models(other)) record(worker, model);
    }

    const named = await Promise.all(
      recorders.map(async ({ collect }) => Object.keys((await collect())['llm_edge_requests_total'] ?? {})),
    );
    const first = named[0]?.filter((series) => !series.includes('model=other')).sort();
    expect(new Set(first?.map((series) => /model=([^,]*)/.exec(series)?.[1])).size).toBe(80);
    expect(named.map((series) => series.filter((one) => !one.includes('model=other')).sort())).toEqual(
      recorders.map(() => first),
    );
  });
});

describe('createSharedNames()', () => {
  it('admits the first names of a list, in all workers alike', () => {
    const [first, second] = workersOf(createSharedFiles(), 2) as [SharedNames, SharedNames];
    expect([first.admits('model', 'a', 2), second.admits('model', 'b', 2)]).toEqual([true, true]);
    expect(admitted(first, ['c', 'b', 'a'], 2)).toEqual(['b', 'a']);
    expect(admitted(second, ['c', 'b', 'a'], 2)).toEqual(['b', 'a']);
    expect(first.admits('provider', 'c', 2)).toBe(true);
  });

  it('agrees on every label, whoever sees which value first', () => {
    const value = fc.nat({ max: 5 }).map((place) => `v${place}`);
    const kinds = ['provider', 'model', 'route', 'upstream', 'budget', 'host', 'guest'] as const;
    const step = fc.record({
      worker: fc.nat({ max: 2 }),
      kind: fc.constantFrom(...kinds),
      first: value,
      second: value,
      refreshes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const files = createSharedFiles();
        const events = { onDrop: () => undefined, onOverflow: () => undefined };
        const limits = { providers: 3, models: 4, routes: 2, budgets: 2 };
        const workers = workersOf(files, 3).map((names) => ({
          names,
          labels: createLabelLimits(limits, events, names),
        }));
        const record = (worker: number, { kind, first, second }: (typeof steps)[number]): unknown => {
          const labels = workers[worker]?.labels;
          if (kind === 'guest') return labels?.guest(`guest-${first}`);
          if (kind === 'model' || kind === 'route' || kind === 'upstream') {
            return labels?.[kind](first, second, 'spec')?.labels;
          }
          return labels?.[kind](first, 'spec')?.labels;
        };
        const seen = steps.map((one) => {
          if (one.refreshes) workers[one.worker]?.names.refresh();
          return record(one.worker, one);
        });
        expect(steps.map((one) => record(0, one))).toEqual(seen);
        expect(steps.map((one) => record(1, one))).toEqual(seen);
        expect(steps.map((one) => record(2, one))).toEqual(seen);
      }),
    );
  });

  it('applies the limit of each worker to the same list', () => {
    const [narrow, wide] = workersOf(createSharedFiles(), 2) as [SharedNames, SharedNames];
    expect(admitted(wide, NAMES, 5)).toEqual(NAMES.slice(0, 5));
    expect(admitted(narrow, [...NAMES].reverse(), 2)).toEqual(['model-1', 'model-0']);
  });

  it('looks at no file for a known name, nor for any name once the list is full', () => {
    const files = createSharedFiles();
    const [first, second] = workersOf(files, 2) as [SharedNames, SharedNames];
    admitted(first, NAMES);
    second.refresh();
    const calls = { ...files.calls };
    expect([...admitted(first, NAMES), ...admitted(second, NAMES)]).toEqual([
      ...NAMES.slice(0, LIMIT),
      ...NAMES.slice(0, LIMIT),
    ]);
    expect(files.calls).toEqual(calls);
  });

  it('writes each name as one line, with one append', () => {
    const files = createSharedFiles();
    const worker = createSharedNames(files, 7);
    admitted(worker, ['a\nb', '"', '\u{1F600}']);
    expect(files.calls.append).toBe(3);
    const lines = files.files.get('names.7')?.toString().split('\n').filter(Boolean);
    expect(lines?.map((line) => JSON.parse(line))).toEqual([
      ['model', 'a\nb'],
      ['model', '"'],
      ['model', '\u{1F600}'],
    ]);
  });

  describe('with an epoch that is not known yet', () => {
    it('decides alone, and enters its names when it is', () => {
      const files = createSharedFiles();
      const early = createSharedNames(files, undefined);
      expect(admitted(early, ['a', 'b'])).toEqual(['a', 'b']);
      expect(files.files.size).toBe(0);
      early.rebase(4);
      expect(admitted(createSharedNames(files, 4), ['d', 'e', 'b', 'a'])).toEqual(['d', 'b', 'a']);
    });
  });

  describe('when the group begins anew', () => {
    it('takes only its own names along, and removes the lists before', () => {
      const files = createSharedFiles();
      const [dead, living] = workersOf(files, 2) as [SharedNames, SharedNames];
      admitted(dead, ['a', 'b']);
      expect(admitted(living, ['c', 'd'])).toEqual(['c']);
      living.rebase(2);
      expect([...files.files.keys()]).toEqual(['names.2']);
      expect(admitted(living, ['d', 'e', 'f', 'c'])).toEqual(['d', 'e', 'c']);
    });
  });

  describe('when its file is removed', () => {
    it.each(['seen by its look each second', 'seen with a new name'])('writes it again: %s', (how) => {
      const files = createSharedFiles();
      const [first, second] = workersOf(files, 2) as [SharedNames, SharedNames];
      admitted(first, ['a']);
      admitted(second, ['b']);
      first.refresh();
      files.files.clear();
      if (how.includes('second')) first.refresh();
      else expect(first.admits('model', 'c', LIMIT)).toBe(true);
      expect(admitted(createSharedNames(files, 1), ['c', 'd', 'b', 'a'])).toEqual(['c', 'b', 'a']);
      expect(admitted(second, ['d', 'c', 'b', 'a'])).toEqual(['c', 'b', 'a']);
    });
  });

  describe('when writing fails', () => {
    const told: ReturnType<typeof captureLog>[] = [];
    afterEach(() => {
      for (const log of told.splice(0)) log.release();
    });

    it.each(['ENOSPC', 'EROFS', 'ENOENT'])('decides alone after %s, and says so once', (code) => {
      const log = captureLog();
      told.push(log);
      const files = createSharedFiles();
      const [first, second] = workersOf(files, 2) as [SharedNames, SharedNames];
      admitted(first, ['a']);
      second.refresh();
      files.failure = systemError(code);
      expect(admitted(second, ['b', 'c', 'd', 'a'])).toEqual(['b', 'c', 'a']);
      files.failure = undefined;
      expect(admitted(first, ['d', 'e', 'a'])).toEqual(['d', 'e', 'a']);
      expect(log.lines).toEqual([expect.stringMatching(`^warn: the limits of labels .*${code}`)]);
      second.rebase(2);
      second.refresh();
      expect(admitted(createSharedNames(files, 2), ['x', 'b', 'c', 'a'])).toEqual(['b', 'c', 'a']);
    });
  });

  describe('with foreign bytes in its file', () => {
    it('leaves out what is no entry, however the file is cut', () => {
      const entry = '["model","a"]';
      const foreign = fc.oneof(
        fc.string(),
        fc.json(),
        fc.constantFrom(
          '["model",1]',
          '["nothing","a"]',
          '["model"]',
          '{}',
          'null',
          '[[[[',
          '["model","x',
          '',
        ),
        fc.constant(`["model","${'x'.repeat(3000)}"]`),
        fc.constant(`["model","${'x'.repeat(9000)}"]`),
      );
      fc.assert(
        fc.property(fc.array(foreign, { maxLength: 6 }), fc.array(fc.nat({ max: 400 })), (texts, cuts) => {
          const files = createSharedFiles();
          const worker = createSharedNames(files, 1);
          const bytes = Buffer.from(
            `${texts.map((text) => text.replaceAll('\n', ' ')).join('\n')}\n${entry}\n`,
          );
          let from = 0;
          for (const cut of cuts) {
            files.append('names.1', bytes.subarray(from, from + cut));
            from += cut;
            worker.refresh();
          }
          files.append('names.1', bytes.subarray(from));
          worker.refresh();
          // The garbage takes no place.
          expect(admitted(worker, ['b', 'c', 'd', 'a'])).toEqual(['b', 'c', 'a']);
        }),
      );
    });

    it('reads on after a line without an end', () => {
      const files = createSharedFiles();
      const worker = createSharedNames(files, 1);
      files.append('names.1', Buffer.alloc(100_000, 'x'));
      expect(admitted(worker, NAMES)).toEqual(NAMES.slice(0, LIMIT));
      expect(admitted(createSharedNames(files, 1), NAMES)).toEqual(NAMES.slice(0, LIMIT));
    });

    it('decides alone beside a file that is too large', () => {
      const log = captureLog();
      const files = createSharedFiles();
      files.append('names.1', Buffer.alloc(17 * 1024 * 1024, '\n'));
      const worker = createSharedNames(files, 1);
      expect(admitted(worker, NAMES)).toEqual(NAMES.slice(0, LIMIT));
      worker.refresh();
      expect([files.calls.append, log.lines.length]).toEqual([1, 1]);
      log.release();
    });
  });
});

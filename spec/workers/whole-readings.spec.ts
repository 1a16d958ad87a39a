import { createWholeReadings, type GroupReading } from '../support/workers/whole-readings.js';

const A = 'aaaaaaaaaaaa';
const B = 'bbbbbbbbbbbb';
/** As long as a worker needs to publish again after somebody has cleared its files away. */
const REPUBLISH_MILLIS = 3_000;

let folded: ReadonlySet<string>;
let read: jest.Mock<GroupReading<string>, []>;

beforeEach(() => {
  folded = new Set();
  read = jest.fn();
});

const readingOf = (epoch: number, ...ids: readonly string[]): GroupReading<string> => ({
  living: ids.map((id) => ({
    id,
    sequence: 1,
    atMs: 1,
    isEnded: false,
    lines: [],
    values: new Float64Array(),
  })),
  totals: '',
  deaths: { clean: 0, lost: 0 },
  epoch,
  founder: undefined,
  leftOut: { format: 0, unreadable: 0, too_many: 0 },
});

function open() {
  return createWholeReadings({
    read,
    folded: () => ({ n: 1, ids: folded, epoch: 1, founder: undefined }),
  });
}

const failure = (code: string): Error => Object.assign(new Error(code), { code });
const fail = (code: string): void =>
  void read.mockImplementation(() => {
    throw failure(code);
  });

it('returns the reading before while files are gone that nobody has folded', () => {
  const readings = open();
  const whole = readingOf(1, A, B);
  const part = readingOf(1, A);
  read.mockReturnValueOnce(whole).mockReturnValue(part);
  expect([0, 60_000, 60_000 + REPUBLISH_MILLIS, 60_001 + REPUBLISH_MILLIS].map(readings.read)).toEqual([
    whole,
    whole,
    whole,
    part,
  ]);
});

it('takes each absence by itself', () => {
  const readings = open();
  const whole = readingOf(1, A, B);
  for (const one of [whole, readingOf(1, A), whole, readingOf(1, A)]) read.mockReturnValueOnce(one);
  const shown = [0, 1, 2, 10_000].map(readings.read);
  expect(shown.map(({ living }) => living.length)).toEqual([2, 2, 2, 2]);
});

it.each<[string, readonly string[], number]>([
  ['was folded', [B], 1],
  ['is of an epoch that is over', [], 2],
])('misses no worker that %s', (_what, ids, epoch) => {
  const readings = open();
  read.mockReturnValueOnce(readingOf(1, A, B));
  readings.read(0);
  folded = new Set(ids);
  const next = readingOf(epoch, A);
  read.mockReturnValueOnce(next);
  expect(readings.read(1)).toBe(next);
});

it('returns the reading before where the folder cannot be read, and throws where it stays away', () => {
  const readings = open();
  const whole = readingOf(1, A);
  fail('EMFILE');
  expect(() => readings.read(0)).toThrow('EMFILE');
  read.mockReturnValue(whole);
  readings.read(1);
  fail('EMFILE');
  expect([readings.read(2), readings.read(600_000)]).toEqual([whole, whole]);
  fail('ENOENT');
  expect(readings.read(700_000)).toBe(whole);
  expect(() => readings.read(700_001 + REPUBLISH_MILLIS)).toThrow('ENOENT');
});

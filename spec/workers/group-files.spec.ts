import { sumsOf } from '../support/workers/counts.js';
import { createMemoryStore } from '../support/workers/memory-store.js';
import { openFiles, type Store } from '../support/workers/open-group.js';

const A = 'aaaaaaaaaaaa';
const B = 'bbbbbbbbbbbb';

let files: Map<string, Buffer>;
let store: Store;

beforeEach(() => {
  files = new Map();
  store = createMemoryStore(files);
});

/** A worker whose socket is there. */
function join(id: string, over: Store = store) {
  const listen = (each: string): void => void files.set(`s.${each}`, Buffer.alloc(0));
  listen(id);
  return openFiles(over, id, listen);
}

const values = (...numbers: number[]): Float64Array => Float64Array.from(numbers);
const cut = (name: string, from: number, to?: number): void =>
  void files.set(name, Buffer.from((files.get(name) as Buffer).subarray(from, to)));

describe('publish()', () => {
  it('writes into two files in turn, and the description once', () => {
    const append = jest.spyOn(store, 'append');
    const a = join(A);
    a.publish(['x'], values(1), 10);
    a.publish(['x'], values(2), 20);
    a.publish(['x', 'y'], values(3, 4), 30, true);
    expect([[...files.keys()].sort(), append.mock.calls.map(([, bytes]) => String(bytes))]).toEqual([
      [`d.${A}`, `s.${A}`, `v0.${A}`, `v1.${A}`],
      ['x\n', 'y\n'],
    ]);
    expect(a.read().living).toEqual([
      { id: A, sequence: 3, atMs: 30, isEnded: true, lines: ['x', 'y'], values: values(3, 4) },
    ]);
  });

  it('leaves what was published before where the disk is full, and goes on once it is not', () => {
    const a = join(A);
    a.publish(['x'], values(1), 10);
    a.publish(['x'], values(2), 20);
    jest.spyOn(store, 'write').mockImplementationOnce((name, bytes) => {
      // A disk that fills up takes a part.
      files.set(name, Buffer.from(bytes.subarray(0, 70)));
      throw new Error('ENOSPC');
    });
    expect(() => a.publish(['x'], values(3), 30)).toThrow('ENOSPC');
    const before = sumsOf(join(B).read());
    a.publish(['x'], values(4), 40);
    expect([before, sumsOf(join(B).read())]).toEqual([{ x: 2 }, { x: 4 }]);
  });

  it('writes the description whole after a part of it', () => {
    const a = join(A);
    a.publish(['x'], values(1), 10);
    jest.spyOn(store, 'append').mockImplementationOnce((name) => {
      files.set(name, Buffer.from('x\nhal'));
      throw new Error('ENOSPC');
    });
    expect(() => a.publish(['x', 'half'], values(1, 1), 20)).toThrow('ENOSPC');
    a.publish(['x', 'half', 'z'], values(1, 2, 3), 30);
    expect([String(files.get(`d.${A}`)), sumsOf(join(B).read())]).toEqual([
      'x\nhalf\nz\n',
      { x: 1, half: 2, z: 3 },
    ]);
  });

  it('publishes what is described where a full disk takes no further lines', () => {
    const a = join(A);
    a.publish(['x'], values(1), 10);
    jest.spyOn(store, 'append').mockImplementationOnce(() => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    });
    expect(() => a.publish(['x', 'y'], values(2, 7), 20)).toThrow('no space');
    const full = sumsOf(join(B).read());
    a.publish(['x', 'y'], values(3, 8), 30);
    expect([full['x'], sumsOf(join(B).read())]).toEqual([2, { x: 3, y: 8 }]);
  });

  it('writes the description again that somebody has removed', () => {
    const a = join(A);
    a.publish(['x'], values(1), 10);
    files.delete(`d.${A}`);
    a.publish(['x'], values(2), 20);
    expect([a.id, sumsOf(join(B).read())]).toEqual([A, { x: 2 }]);
  });

  it('goes on from what was folded, if it was folded between its list and its write', () => {
    const a = join(A);
    const b = join(B);
    a.publish(['x'], values(1), 10);
    jest.spyOn(store, 'list').mockImplementationOnce(() => {
      const names = [...files.keys()];
      files.delete(`s.${A}`);
      b.fold([A]);
      return names;
    });
    a.publish(['x'], values(2), 20);
    a.publish(['x'], values(4), 30);
    expect(sumsOf(b.read())).toEqual({ x: 4 });
  });

  it('publishes all of it anew where somebody has removed everything', () => {
    const a = join(A);
    a.publish(['x'], values(5), 10);
    files.clear();
    a.publish(['x'], values(6), 20);
    expect([a.id === A, sumsOf(join(B).read())]).toEqual([false, { x: 6 }]);
  });
});

describe('read()', () => {
  it.each<[string, () => void, object]>([
    ['no bytes', () => cut(`v1.${B}`, 0, 0), { unreadable: 1 }],
    ['half of them', () => cut(`v1.${B}`, 0, 68), { unreadable: 1 }],
    ['a byte that differs', () => files.get(`v1.${B}`)?.fill(9, 66, 67), { unreadable: 1 }],
    [
      'the values of another life',
      () => files.set(`v1.${B}`, files.get(`v1.${A}`) as Buffer),
      { unreadable: 1 },
    ],
    ['another version', () => files.get(`v1.${B}`)?.writeUInt32LE(99, 4), { format: 1 }],
    ['no description', () => files.delete(`d.${B}`), { unreadable: 1 }],
    ['half a description', () => cut(`d.${B}`, 0, 1), { unreadable: 1 }],
    ['another description', () => files.set(`d.${B}`, Buffer.from('z\n')), { unreadable: 1 }],
  ])('leaves a life out that has %s, and counts it', (_name, spoil, reasons) => {
    const a = join(A);
    a.publish(['x'], values(1), 10);
    join(B).publish(['y'], values(2), 10);
    spoil();
    const reading = a.read();
    expect([sumsOf(reading), reading.leftOut]).toEqual([
      { x: 1 },
      { format: 0, unreadable: 0, too_many: 0, ...reasons },
    ]);
  });

  it('shows what it read before of a life that cannot be read now', () => {
    const a = join(A);
    join(B).publish(['y'], values(2), 10);
    a.read();
    cut(`v1.${B}`, 0, 0);
    const { living, leftOut } = a.read();
    expect([living.map(({ values }) => [...values]), leftOut.unreadable]).toEqual([[[2]], 1]);
  });

  it('reads 1024 lives, and counts the others', () => {
    for (let index = 0; index < 1_030; index += 1)
      join(index.toString(16).padStart(12, '0')).publish(['x'], values(1), 10);
    const reading = join(B).read();
    expect([sumsOf(reading), reading.leftOut.too_many]).toEqual([{ x: 1_024 }, 6]);
  });

  it('reads only what is new of a description', () => {
    const a = join(A);
    const b = join(B);
    a.publish(['x'], values(1), 10);
    b.read();
    const readFrom = jest.spyOn(store, 'readFrom');
    b.read();
    a.publish(['x', 'y'], values(1, 1), 10);
    b.read();
    expect(readFrom.mock.calls).toEqual([[`d.${A}`, 2]]);
  });

  it('keeps the sums of the dead where their file is none any more', () => {
    const b = join(B);
    join(A).publish(['x'], values(1), 10);
    b.fold([A]);
    b.read();
    files.set('dead.2', Buffer.from('foreign'));
    const reading = b.read();
    join('cccccccccccc').publish(['x'], values(1), 10);
    const folded = b.fold(['cccccccccccc']);
    expect([sumsOf(reading), reading.leftOut.unreadable, folded, sumsOf(b.read())]).toEqual([
      { x: 1 },
      1,
      true,
      { x: 2 },
    ]);
  });
});

describe('fold()', () => {
  it('writes again what somebody has cleared away', () => {
    const b = join(B);
    join(A).publish(['x'], values(7), 10);
    b.fold([A]);
    const isThere = !b.areDeadGone();
    files.delete('dead.1');
    const kept = sumsOf(b.read());
    expect([isThere, kept, b.areDeadGone(), b.fold([]), sumsOf(join('cccccccccccc').read())]).toEqual([
      true,
      { x: 7 },
      true,
      true,
      { x: 7 },
    ]);
  });

  it('removes a foreign file with a number after which no other can come', () => {
    const b = join(B);
    join(A).publish(['x'], values(7), 10);
    files.set('dead.999999999999999', Buffer.from('foreign'));
    expect([b.fold([A]), b.fold([A]), [...files.keys()].sort()]).toEqual([false, true, ['dead.1', `s.${B}`]]);
  });

  it('tells those who ended from those who were lost, and removes their files and no others', () => {
    files.set('names.0', Buffer.alloc(0)).set(`spent.${A}`, Buffer.alloc(0)).set('foreign', Buffer.alloc(0));
    files.set(`h.${A}`, Buffer.alloc(0)).set('tmp.0123456789ab', Buffer.alloc(0));
    join(A).publish(['x'], values(1), 10, true);
    join('cccccccccccc').publish(['x'], values(2), 10);
    const b = join(B);
    b.beginAnew([], 'the first');
    expect(b.fold([A, 'cccccccccccc', B])).toBe(true);
    const { deaths, totals, living, epoch, founder } = b.read();
    expect({ deaths, totals, living, epoch, founder }).toEqual({
      deaths: { clean: 1, lost: 1 },
      totals: { x: 3 },
      living: [],
      epoch: 1,
      founder: 'the first',
    });
    expect([...files.keys()].sort()).toEqual(
      ['dead.1', 'dead.2', 'foreign', 'names.0', `s.${B}`, `spent.${A}`].sort(),
    );
    expect([b.fold([A]), b.folded().n, b.others()]).toEqual([false, 2, []]);
  });

  it('without anybody dead writes the sums anew, if there are any', () => {
    const b = join(B);
    const before = b.fold([]);
    join(A).publish(['x'], values(1), 10);
    b.fold([A]);
    expect([before, b.fold([]), b.folded().n, sumsOf(b.read())]).toEqual([false, true, 2, { x: 1 }]);
  });

  it('leaves lives and sums of a later version alone', () => {
    const b = join(B);
    join(A).publish(['x'], values(1), 10);
    files.get(`v1.${A}`)?.writeUInt32LE(99, 4);
    expect([b.fold([A]), files.has(`v1.${A}`)]).toEqual([false, true]);
    join('cccccccccccc').publish(['x'], values(1), 10);
    b.fold(['cccccccccccc']);
    files.get('dead.1')?.writeUInt32LE(99, 4);
    const other = join('dddddddddddd');
    expect([other.fold([]), other.read().leftOut.format]).toEqual([false, 2]);
  });
});

describe('beginAnew()', () => {
  it('goes on after sums of a later version whose workers are all gone', () => {
    const a = join(A);
    a.publish(['x'], values(7), 10);
    a.beginAnew([], 'a');
    files.get('dead.1')?.writeUInt32LE(99, 4);
    const b = join(B);
    b.folded();
    expect([b.beginAnew([A], 'b'), sumsOf(b.read()), b.folded().n]).toEqual([true, {}, 2]);
  });

  it('drops the sums and the dead, and fails where somebody has folded meanwhile', () => {
    join(A).publish(['x'], values(7), 10);
    const b = join(B);
    const c = join('cccccccccccc');
    for (const joiner of [b, c]) joiner.folded();
    const begun = [b.beginAnew([A], 'b'), c.beginAnew([A], 'c')];
    const { living, totals, epoch, founder } = c.read();
    expect({ begun, living, totals, epoch, founder, at: c.newestAtMs() }).toEqual({
      begun: [true, false],
      living: [],
      totals: {},
      epoch: 1,
      founder: 'b',
      at: undefined,
    });
  });
});

describe('leave()', () => {
  it('removes the marks, and neither the values nor those of others', () => {
    const a = join(A);
    a.publish(['x'], values(1), 10);
    for (const name of [`h.${A}`, `p.${A}`, `h.${B}`]) files.set(name, Buffer.alloc(0));
    a.leave();
    expect([...files.keys()].sort()).toEqual([`d.${A}`, `h.${B}`, `s.${A}`, `v1.${A}`]);
  });
});

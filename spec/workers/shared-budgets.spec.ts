import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { BudgetEvent, BudgetOptions } from '../../lib/index.js';
import { NOON_MS } from '../support/budgets.js';
import { type CapturedLog, captureLog } from '../support/captured-log.js';
import {
  createBudgets,
  createSharedBudgets,
  createSharedFiles,
  resolveBudgets,
  systemError,
} from '../support/shared-files.js';

const HOUR_MS = 3_600_000;
const TEAM: BudgetOptions = { name: 'team', limitUsd: 10, window: 'hour', thresholds: [0.5, 1] };

let log: CapturedLog;
beforeEach(() => {
  log = captureLog();
});
afterEach(() => {
  log.release();
});

/** Workers of one machine, whose clock and seconds are made by hand. */
function createMachine() {
  const files = createSharedFiles();
  const clock = { at: NOON_MS };
  const events: (readonly [worker: string, threshold: number, spentUsd: number])[] = [];
  let count = 0;

  function start({ epoch = 1, ...options }: Partial<BudgetOptions> & { readonly epoch?: number } = {}) {
    const id = `worker-${count++}`;
    const onThreshold = ({ threshold, spentUsd }: BudgetEvent): void =>
      void events.push([id, threshold, spentUsd]);
    const config = resolveBudgets([{ onThreshold, ...TEAM, ...options }]).config;
    const shared = createSharedBudgets(files, { id, epoch, now: () => clock.at });
    const budgets = createBudgets(config, () => clock.at, shared.ledger);
    return {
      id,
      setEpoch: shared.setEpoch,
      spend: (usd: number) => budgets.charge('openai', 'gpt-4o', usd),
      second: () => shared.refresh(budgets),
      publish: () => shared.publish(budgets),
      end: () => shared.publish(budgets, true),
      spent: () => budgets.read()[0]?.spentUsd,
      isExceeded: () => budgets.isExceeded('team'),
    };
  }

  return {
    files,
    clock,
    start,
    /** What was called since the last look. */
    called: () => events.splice(0),
    fileNames: (kind: string) => [...files.files.keys()].filter((name) => name.startsWith(kind)),
  };
}

function second(...workers: readonly { second(): void }[]): void {
  // Once to publish, and once more to read what the later ones have published.
  for (const worker of [...workers, ...workers]) worker.second();
}

describe('the budgets of a machine', () => {
  it('add up what all workers spend, and call each threshold once', () => {
    const { start, called } = createMachine();
    const [a, b] = [start(), start()];
    a.spend(4);
    b.spend(4);
    expect(called()).toEqual([]);
    second(a, b);
    expect(called()).toEqual([['worker-1', 0.5, 8]]);
    expect([a.isExceeded(), b.isExceeded()]).toEqual([false, false]);
    b.spend(2);
    expect(called()).toEqual([['worker-1', 1, 10]]);
    second(a, b);
    expect([a.isExceeded(), b.isExceeded(), called()]).toEqual([true, true, []]);
  });

  it('show on the page of each worker what that worker spent', () => {
    const { start } = createMachine();
    const [a, b] = [start(), start()];
    a.spend(4);
    b.spend(3);
    second(a, b);
    expect([a.spent(), b.spent()]).toEqual([4, 3]);
  });

  it('lose nothing to rounding: ten times 0.1 reach 1', () => {
    const { start, called } = createMachine();
    const workers = Array.from({ length: 10 }, () => start({ limitUsd: 1, thresholds: [1] }));
    for (const worker of workers) worker.spend(0.1);
    second(...workers);
    expect(called()).toEqual([[expect.any(String), 1, 1]]);
  });

  it('call once if 16 workers pass a threshold in one moment', () => {
    const { start, called } = createMachine();
    const workers = Array.from({ length: 16 }, () => start());
    for (const worker of workers) worker.spend(10);
    expect(called()).toEqual([
      ['worker-0', 0.5, 10],
      ['worker-0', 1, 10],
    ]);
    second(...workers);
    expect(called()).toEqual([]);
  });

  it('call in order if a callback spends', () => {
    const { start, called } = createMachine();
    const passed: number[] = [];
    const a = start({
      onThreshold: ({ threshold }) => {
        passed.push(threshold);
        a.spend(5);
      },
    });
    const b = start();
    a.spend(5);
    second(a, b);
    expect([passed, a.spent(), called()]).toEqual([[0.5, 1], 15, []]);
  });

  it('keep the money of a worker that was killed until the window ends', () => {
    const { start, called, clock } = createMachine();
    const killed = start();
    killed.spend(9);
    second(killed);
    expect(called()).toEqual([['worker-0', 0.5, 9]]);

    const next = start();
    next.spend(1);
    expect(next.isExceeded()).toBe(false);
    second(next);
    // Of the same window, the first threshold was called already.
    expect([next.isExceeded(), called()]).toEqual([true, [['worker-1', 1, 10]]]);
    clock.at += HOUR_MS;
    second(next);
    next.spend(5);
    expect([next.isExceeded(), called()]).toEqual([false, [['worker-1', 0.5, 5]]]);
  });

  it('keep the money of a worker that has shut down, and read its file once', () => {
    const { start, files } = createMachine();
    const [ended, other] = [start(), start()];
    ended.spend(7);
    ended.end();
    second(other);
    const { read } = files.calls;
    other.spend(3);
    second(other);
    expect([files.calls.read, other.isExceeded()]).toEqual([read, true]);
  });

  it('remove files and claims an hour after their windows have ended', () => {
    const { start, clock, fileNames } = createMachine();
    const [killed, other] = [start(), start()];
    killed.spend(10);
    second(killed, other);
    expect([fileNames('spent'), fileNames('claim').length]).toEqual([['spent.worker-0'], 2]);
    clock.at += 2 * HOUR_MS - 1;
    second(other);
    expect([fileNames('spent').length, fileNames('claim').length]).toEqual([1, 2]);
    clock.at += 1;
    second(other);
    expect([fileNames('spent'), fileNames('claim')]).toEqual([[], []]);
  });

  it('go on with what all spent in the window to which the clock is set back', () => {
    const { start, called, clock } = createMachine();
    const [a, b] = [start(), start()];
    a.spend(5);
    b.spend(5);
    second(a, b);
    expect(called()).toEqual([
      ['worker-0', 0.5, 5],
      ['worker-1', 1, 10],
    ]);
    clock.at += HOUR_MS;
    a.spend(2);
    second(a, b);
    expect([a.isExceeded(), b.isExceeded()]).toEqual([false, false]);
    clock.at -= HOUR_MS;
    second(a, b);
    expect([a.isExceeded(), b.isExceeded(), called()]).toEqual([true, true, []]);
  });

  it('add up only what belongs to the same window', () => {
    const { start } = createMachine();
    const [hour, day] = [start(), start({ window: 'day' })];
    hour.spend(9);
    day.spend(9);
    second(hour, day);
    expect([hour.isExceeded(), day.isExceeded()]).toEqual([false, false]);
  });

  it('apply the limit of each worker to the same money', () => {
    const { start } = createMachine();
    const [low, high] = [start({ limitUsd: 5 }), start({ limitUsd: 100 })];
    high.spend(6);
    second(low, high);
    expect([low.isExceeded(), high.isExceeded()]).toEqual([true, false]);
  });

  it('write only what has changed', () => {
    const { start, files } = createMachine();
    const [a, b] = [start(), start()];
    second(a, b);
    expect(files.calls.write).toBe(0);
    a.spend(1);
    second(a, b);
    second(a, b);
    expect(files.calls.write).toBe(1);
  });

  it('write again what a cleaner of temporary files removed', () => {
    const { start, files } = createMachine();
    const [a, b] = [start(), start()];
    a.spend(9);
    second(a, b);
    files.files.clear();
    b.second();
    b.spend(1);
    expect(b.isExceeded()).toBe(true);
    second(a);
    const late = start();
    late.second();
    late.spend(1);
    expect(late.isExceeded()).toBe(true);
  });

  it('are known to a worker that joins, before its first second', () => {
    const { start } = createMachine();
    const a = start();
    a.spend(10);
    a.publish();
    const joining = start();
    joining.setEpoch(1);
    expect(joining.isExceeded()).toBe(true);
  });

  it('remove the files of an earlier epoch when a worker begins anew', () => {
    const { start, fileNames } = createMachine();
    const dead = start();
    dead.spend(1);
    dead.end();
    start().setEpoch(2);
    expect(fileNames('spent')).toEqual([]);
  });

  it('leave no claims behind that a worker without company has made', () => {
    const { start, clock, fileNames, called } = createMachine();
    const alone = start();
    for (let hour = 0; hour < 5; hour++) {
      alone.spend(10);
      clock.at += HOUR_MS;
    }
    expect([called().length, fileNames('claim').length]).toEqual([10, 4]);
  });

  it('begin anew with the group', () => {
    const { start, called, fileNames } = createMachine();
    const dead = start();
    dead.spend(10);
    second(dead);
    expect(called()).toHaveLength(2);
    const [first, second_] = [start(), start({ epoch: 2 })];
    first.spend(1);
    second(first, second_);
    expect([first.isExceeded(), second_.isExceeded()]).toEqual([true, false]);
    first.setEpoch(2);
    second(first, second_);
    expect([first.isExceeded(), second_.isExceeded()]).toEqual([false, false]);
    expect(fileNames('spent')).toEqual(['spent.worker-1']);
    second_.spend(4);
    expect(called()).toEqual([['worker-2', 0.5, 5]]);
  });

  describe('with files that cannot be read', () => {
    it('hold the last reading', () => {
      const { start, files } = createMachine();
      const [a, b] = [start(), start()];
      a.spend(9);
      second(a, b);
      const whole = Buffer.from(files.files.get('spent.worker-0') ?? '');
      for (const length of [0, 10, 40, whole.indexOf(0) - 1]) {
        files.files.set('spent.worker-0', whole.subarray(0, length));
        b.second();
      }
      files.files.set('spent.worker-0', Buffer.alloc(70_000, 'x'));
      b.second();
      b.spend(1);
      expect(b.isExceeded()).toBe(true);
    });

    it('take no foreign bytes for money, and never throw', () => {
      const { start, files } = createMachine();
      const [a, b] = [start(), start()];
      a.spend(4);
      second(a, b);
      const whole = files.files.get('spent.worker-0') ?? Buffer.alloc(0);
      const flip = fc.tuple(fc.nat({ max: whole.indexOf(0) - 1 }), fc.integer({ min: 1, max: 255 }));
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array(), flip), (change) => {
          const bytes = Buffer.from(whole);
          const [at, mask] = change;
          if (!(change instanceof Uint8Array)) bytes[at ?? 0] = (bytes[at ?? 0] ?? 0) ^ (mask ?? 1);
          const foreign = change instanceof Uint8Array ? Buffer.from(change) : bytes;
          const reader = start();
          files.files.set('spent.worker-0', foreign);
          reader.second();
          reader.spend(6);
          expect(reader.isExceeded()).toBe(false);
          files.files.delete(`spent.${reader.id}`);
        }),
      );
    });

    it.each([
      ['a format of later', 'llm-edge-spent-2 2 0000000000000000\n[]'],
      ['no JSON', '{'],
      ['no list', '{}'],
      ['no rows', '[1,false]'],
      ['a row that is none', '[1,false,[7]]'],
      ['a negative amount', '[1,false,[["team",0,1,-5]]]'],
      ['an amount beyond all budgets', '[1,false,[["team",0,1,1e300]]]'],
      ['a window without an end', '[1,false,[["team",0,null,5]]]'],
      ['a name that is none', '[1,false,[[{},0,1,5]]]'],
    ])('leave out %s', (_what, text) => {
      const { start, files, called } = createMachine();
      const worker = start();
      files.files.set('spent.foreign', framed(text));
      second(worker);
      worker.spend(4);
      expect([worker.isExceeded(), called(), log.lines]).toEqual([false, [], []]);
    });

    it('read at most 1,024, and say that there are more', () => {
      const { start, files } = createMachine();
      for (let count = 0; count < 1_030; count++) {
        const killed = start({ thresholds: [] });
        killed.spend(1);
        killed.publish();
      }
      const reader = start({ limitUsd: 1_024, thresholds: [1] });
      reader.second();
      expect(reader.isExceeded()).toBe(true);
      expect(files.calls.read).toBe(1_024);
      expect(log.lines).toEqual([expect.stringMatching('^warn: there are more than 1024 files')]);
    });
  });

  describe('with many workers that have shut down', () => {
    function endMany(machine: ReturnType<typeof createMachine>, count: number): void {
      for (let ended = 0; ended < count; ended++) {
        const worker = machine.start({ thresholds: [] });
        worker.spend(0.1);
        worker.end();
      }
    }

    it('keep their money in one file, whoever gathers it', () => {
      const machine = createMachine();
      const { start, fileNames, clock, files } = machine;
      endMany(machine, 40);
      const [a, b] = [start({ limitUsd: 4 }), start({ limitUsd: 4 })];
      second(a, b);
      expect([a.isExceeded(), b.isExceeded()]).toEqual([true, true]);
      expect([fileNames('spent'), fileNames('ended')]).toEqual([[], ['ended.1']]);
      endMany(machine, 2_000);
      for (let count = 0; count < 3; count++) second(a, b);
      const late = start({ limitUsd: 204 });
      late.second();
      expect([late.isExceeded(), start({ limitUsd: 204.1 }).isExceeded()]).toEqual([true, false]);
      expect(log.lines.length).toBeLessThanOrEqual(2);
      clock.at += HOUR_MS;
      late.spend(1);
      late.second();
      expect(late.isExceeded()).toBe(false);
      expect(files.files.has('ended.1')).toBe(true);
      late.setEpoch(2);
      late.second();
      expect(fileNames('ended')).toEqual([]);
    });

    it('count a worker once whose file is there as well, or whose line is there twice', () => {
      const machine = createMachine();
      const { start, files } = machine;
      endMany(machine, 40);
      const whole = new Map(files.files);
      const gatherer = start({ limitUsd: 4.1 });
      second(gatherer);
      expect(machine.fileNames('spent')).toEqual([]);
      for (const [name, bytes] of whole) files.files.set(name, bytes);
      // One that has not seen the lines gathers them again.
      const line = files.files.get('ended.1') ?? Buffer.alloc(0);
      files.append('ended.1', line);
      const [exact, more] = [start({ limitUsd: 4 }), start({ limitUsd: 4.1 })];
      exact.second();
      more.second();
      gatherer.second();
      expect([exact.isExceeded(), more.isExceeded(), gatherer.isExceeded()]).toEqual([true, false, false]);
    });

    it('go on after the file was removed, and leave out foreign lines', () => {
      const machine = createMachine();
      const { start, files } = machine;
      endMany(machine, 40);
      const worker = start({ limitUsd: 8 });
      second(worker);
      files.files.delete('ended.1');
      worker.second();
      files.append('ended.1', Buffer.from('[\n{}\n["x"]\n["y",[[1,2]]]\n[1,[]]\n'));
      endMany(machine, 40);
      second(worker);
      expect(machine.fileNames('spent')).toEqual([]);
      expect([worker.isExceeded(), log.lines]).toEqual([true, []]);
    });

    it('leave their files where no line can be written', () => {
      const machine = createMachine();
      const { start, files, fileNames } = machine;
      endMany(machine, 40);
      files.failure = systemError('ENOSPC');
      const worker = start({ limitUsd: 4, thresholds: [] });
      second(worker);
      files.failure = undefined;
      second(worker);
      expect([worker.isExceeded(), fileNames('spent').length, log.lines.length]).toEqual([true, 40, 1]);
    });
  });

  describe('when the disk fails', () => {
    it.each(['ENOSPC', 'EROFS', 'ENOENT'])('count and call for themselves after %s', (code) => {
      const { start, files, called } = createMachine();
      const [a, b] = [start(), start()];
      files.failure = systemError(code);
      a.spend(6);
      b.spend(6);
      second(a, b);
      // Twice is better than never.
      expect(called()).toEqual([
        ['worker-0', 0.5, 6],
        ['worker-1', 0.5, 6],
      ]);
      expect(log.lines.filter((line) => line.includes('other workers do not know'))).toHaveLength(2);
      expect(log.lines.filter((line) => line.includes('called in several workers'))).toHaveLength(2);
      files.failure = undefined;
      second(a, b);
      expect([a.isExceeded(), b.isExceeded()]).toEqual([true, true]);
      expect(called()).toHaveLength(1);
    });
  });
});

function framed(text: string): Buffer {
  if (text.startsWith('llm-edge')) return Buffer.from(text);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return Buffer.from(`llm-edge-spent-1 ${text.length} ${digest}\n${text}`);
}

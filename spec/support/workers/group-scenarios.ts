import type { GroupScenario, Worker } from './group-model.js';

function publish(worker: Worker, times: number): void {
  for (let left = times; left > 0; left -= 1) worker.publish();
}

function read(worker: Worker, times: number): void {
  for (let left = times; left > 0; left -= 1) worker.read();
}

function joinAnew(worker: Worker): void {
  worker.beginAnew('A');
  worker.publish();
  worker.read();
}

/** What three processes may do to each other, by a name that goes on from "of". */
export const SCENARIOS: Readonly<Record<string, GroupScenario>> = {
  'a worker that is killed at any time, one that folds it, and one that reads': {
    tears: true,
    workers: {
      A: { isKillable: true, program: (worker) => publish(worker, 2) },
      B: {
        program(worker) {
          worker.fold('A');
          worker.read();
        },
      },
      C: { program: (worker) => worker.read() },
    },
  },
  'a reader of two files that are written in turn': {
    tears: true,
    workers: {
      A: { program: (worker) => publish(worker, 4) },
      B: { program: (worker) => read(worker, 2) },
    },
  },
  'two workers that fold a third at once, and read': {
    dead: { A: 2 },
    workers: {
      B: { program: publishAndFold },
      C: {
        program(worker) {
          worker.fold('A');
          worker.read();
        },
      },
    },
  },
  'two workers that fold a third at once, before a reader': {
    dead: { A: 2 },
    workers: {
      B: { program: (worker) => worker.fold('A') },
      C: { program: (worker) => worker.fold('A') },
      D: { program: (worker) => worker.read() },
    },
  },
  'a worker that is killed while it folds another': {
    dead: { A: 3 },
    workers: {
      B: {
        isKillable: true,
        program(worker) {
          worker.publish();
          worker.fold('A');
          worker.publish();
        },
      },
      C: {
        program(worker) {
          worker.publish();
          worker.foldIfDead('A');
          worker.fold('B');
          worker.foldIfDead('A');
          worker.read();
        },
      },
    },
  },
  'a fold that takes so long that its generation is gone': {
    dead: { A: 1, B: 2 },
    workers: {
      C: { program: (worker) => worker.fold('A', 'B') },
      D: {
        program(worker) {
          worker.fold('A');
          worker.renew(2);
        },
      },
    },
  },
  'a read during which more generations come than ids are kept for': {
    dead: { A: 2 },
    workers: {
      B: { program: (worker) => worker.read() },
      C: {
        program(worker) {
          worker.fold('A');
          worker.renew(3);
        },
      },
    },
  },
  'a worker that loses its socket, is folded, and goes on as another life': {
    workers: {
      A: { program: (worker) => publish(worker, 3) },
      B: {
        program(worker) {
          worker.removeSocket('A');
          worker.fold('A');
        },
      },
      C: { program: (worker) => worker.read() },
    },
  },
  'a worker that loses the socket of one life after the other': {
    workers: {
      A: {
        program(worker) {
          worker.publish();
          worker.removeSocket('A');
          worker.publish();
          worker.removeSocket('A');
          worker.publish();
        },
      },
      B: {
        program(worker) {
          worker.foldIfDead('A');
          worker.foldIfDead('A');
          worker.read();
        },
      },
    },
  },
  'two joiners that begin anew at once': {
    dead: { A: 2 },
    forgotten: ['A'],
    workers: {
      B: { program: joinAnew },
      C: {
        program(worker) {
          worker.beginAnew('A');
          worker.publish();
        },
      },
    },
  },
  'a joiner that begins anew while another worker folds': {
    dead: { A: 2 },
    forgotten: ['A'],
    workers: {
      B: { program: joinAnew },
      C: {
        program(worker) {
          worker.foldIfDead('A');
          worker.publish();
        },
      },
    },
  },
};

function publishAndFold(worker: Worker): void {
  worker.publish();
  worker.fold('A');
}

/** The bounds on what the workers of one scrape port read of each other. */
export const WORKER_LIMITS = {
  workers: {
    value: 1_024,
    unit: 'items',
    from: 'other workers',
    of: 'the workers of one scrape port that are read',
    beyond: 'left out, counted as `too_many`',
  },
  workerFileBytes: {
    value: 16 * 1024 * 1024,
    unit: 'bytes',
    from: 'other workers',
    of: 'a file of one worker',
    beyond: 'not read, counted as `unreadable`',
  },
  deadFileBytes: {
    value: 64 * 1024 * 1024,
    unit: 'bytes',
    from: 'other workers',
    of: 'the file with the sums of the workers that have ended',
    beyond: 'not read, counted as `unreadable`',
  },
  workerSeries: {
    value: 200_000,
    unit: 'items',
    from: 'other workers',
    of: 'the series of one worker, and of all workers of one scrape port together',
    beyond: 'left out, counted as `too_many`',
  },
  workerLine: {
    value: 65_536,
    unit: 'characters',
    from: 'other workers',
    of: 'the description of one series or metric that a worker publishes',
    beyond: 'left out by the worker, counted as `too_many`; from a file, all later series as `unreadable`',
  },
  workerLabels: {
    value: 128,
    unit: 'items',
    from: 'other workers',
    of: 'the labels of a series that a worker publishes',
    beyond: 'the series is left out, counted as `too_many` or `unreadable`',
  },
} as const;

/** The bounds on what the workers of one scrape port read of each other. */
export const WORKER_LIMITS = {
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

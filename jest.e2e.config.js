import unit from './jest.config.js';

export default {
  ...unit,
  roots: ['<rootDir>/spec/e2e'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 240_000,
  // Each file starts programs of its own; one after the other keeps the machine, and the timings, calm.
  maxWorkers: 1,
};

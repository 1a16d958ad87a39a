const swc = {
  jsc: {
    // Nest takes the decorators that TypeScript had before those of the standard.
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true },
    target: 'es2022',
  },
  module: { type: 'commonjs' },
};

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/spec/e2e/'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^llm-edge-monitoring$': '<rootDir>/lib/index.ts',
    '^llm-edge-monitoring/(.*)$': '<rootDir>/lib/$1.ts',
  },
  restoreMocks: true,
  // Specs that start processes are slow on a busy machine, and only a hang should end them.
  testTimeout: 60_000,
  // A new process for each file. Jest drops the context of each finished file, and in a process that has dropped some,
  // V8 may never again call back for a collected object, which specs of dropped answers wait for.
  workerIdleMemoryLimit: '1KB',
};

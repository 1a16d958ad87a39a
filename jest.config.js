const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
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
};

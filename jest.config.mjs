export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/{src,test,hack}/**/*.test.ts'],
  // Packets need a network of their own: hack/packets.sh.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/packets/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  maxWorkers: 2,
  // Machines are shared: a test that waits for a real part gets the time that it needs.
  testTimeout: 60_000,
  workerIdleMemoryLimit: '700MB',
};

import { fileURLToPath } from 'node:url';

// Whatever process the tests start finds the modules as an earlier one has left them, without types.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('node_modules/.cache/node', import.meta.url),
);

export default {
  testEnvironment: '<rootDir>/hack/plain-globals.mjs',
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
  // Two cores have time for three: a third of the end to end tests' time is waiting.
  maxWorkers: 3,
  testSequencer: '<rootDir>/hack/longest-first.mjs',
  // Machines are shared: a test that waits for a real part gets the time that it needs.
  testTimeout: 60_000,
  workerIdleMemoryLimit: '700MB',
};

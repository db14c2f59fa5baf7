import base from './jest.config.mjs';

/** The packet tests: one file after another, since each has the whole network of its process. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/packets/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};

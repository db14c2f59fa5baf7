/** Prints the closing line of a test run from jest's JSON reports; fails when nothing ran. */
import { readFileSync } from 'node:fs';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const reports = process.argv
  .slice(2)
  .map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report);
const sum = (count: (report: Report) => number) =>
  reports.reduce((total, report) => total + count(report), 0);
const passed = sum(({ numPassedTests }) => numPassedTests);
// A suite that could not be loaded, and a test that was skipped, count as failed.
const failed = sum(
  ({ numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests }) =>
    numFailedTests + numRuntimeErrorTestSuites + numPendingTests + numTodoTests,
);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && reports.length > 0 && passed > 0 ? 0 : 1;

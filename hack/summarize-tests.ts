/** Prints the closing line of a test run from jest's JSON report; fails when nothing ran. */
import { readFileSync } from 'node:fs';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Report;
const { numPassedTests: passed, numRuntimeErrorTestSuites: broken } = report;
// A suite that could not be loaded, and a test that was skipped, count as failed.
const failed = report.numFailedTests + broken + report.numPendingTests + report.numTodoTests;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

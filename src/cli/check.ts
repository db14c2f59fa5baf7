import { Checker } from '../core/check/check.ts';
import { readAssertions } from './check-file.ts';
import { type CheckFormat, formatReport, type Result } from './check-report.ts';
import { type GatherOptions, gather } from './gather.ts';
import type { ExitCode, Host } from './host.ts';
import { UsageError } from './manifests.ts';

export interface CheckOptions extends GatherOptions {
  /** The tests files, folders of them, or `-`. */
  readonly tests: readonly string[];
  readonly output: CheckFormat;
}

/**
 * Holds assertions about who may talk to whom against policies. 0: all hold; 1: some fail; 2: a
 * tests file cannot be read, an assertion is about somebody who is not known, or something in the
 * input cannot be read, so that an answer may be wrong.
 */
export async function check(
  options: CheckOptions,
  host: Host,
  standardInput: () => string,
): Promise<ExitCode> {
  const { tests, paths, namespace, output } = options;
  if (tests.includes('-') && paths?.includes('-')) {
    throw new UsageError('stdin cannot be both the manifests and the assertions');
  }
  const { assertions, problems } = readAssertions(tests, standardInput);
  for (const { place, message } of problems) host.say(`${place}: error: ${message}`);
  if (problems.length > 0) return 2;
  if (assertions.length === 0) {
    const where = tests.map((path) => (path === '-' ? 'stdin' : path)).join(', ');
    throw new UsageError(`there is no assertion in ${where}; list some under allow or deny`);
  }
  const { inventory, policies, locate, isBroken } = await gather(options, host, standardInput);
  const checker = new Checker(inventory, policies, namespace);
  const results = assertions.map((assertion, index): Result => {
    host.progress(`${index} of ${assertions.length} assertions`);
    return { assertion, outcome: checker.check(assertion) };
  });
  host.print(formatReport(results, output, locate, host.paint));
  if (isBroken || results.some(({ outcome }) => 'error' in outcome)) return 2;
  return results.every(({ outcome }) => 'ok' in outcome && outcome.ok) ? 0 : 1;
}

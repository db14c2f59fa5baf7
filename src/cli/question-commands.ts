import { type Command, Option } from 'commander';
import type { CheckFormat } from './check-report.ts';
import { type AccessFlags, addAccessOptions } from './commands.ts';
import type { ExitCode } from './host.ts';

/** Flags of every command that judges connections. */
interface JudgeFlags extends AccessFlags {
  /** Undefined: the cluster. */
  readonly filename?: string[];
  readonly namespace: string;
  readonly withIntent?: boolean;
}

export interface CanReachFlags extends JudgeFlags {
  readonly output: 'text' | 'json';
  readonly queries?: string;
}

export function addCanReach(
  program: Command,
  perform: (parties: readonly string[], flags: CanReachFlags) => Promise<ExitCode>,
): void {
  const command = program
    .command('can-reach')
    .description('say whether NetworkPolicies, anyone’s, allow a connection, and why')
    .argument('[from]', 'namespace/kind/name of a workload, pod or svc, or an address')
    .argument('[to]', 'the same, with :PORT[/PROTOCOL]; without a port: every port');
  addJudgeOptions(command)
    .option('--queries <file>', 'answer the questions of a JSON file, or of - for stdin')
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
A workload is the pods of its template, a Service as TO one of its pods on the port that its port leads
to, a Service as FROM all of its pods. Only policies decide: whether anything listens is not asked.
Exit code: 0 yes, 1 no, 2 wrong usage, an unknown party, or an input that cannot be read whole.

Examples:
  appconn can-reach -f k8s/ shop/deployment/web shop/svc/cart:80
  appconn can-reach -f k8s/ shop/pod/web-0 203.0.113.7:443
  appconn can-reach shop/deployment/web payment/svc/api:grpc        in the current cluster
  appconn can-reach -f k8s/ --with-intent shop/deployment/web shop/svc/cart:80
  appconn can-reach -f k8s/ --queries questions.json -o json`,
    )
    .action(async (from: string | undefined, to: string | undefined, flags: CanReachFlags) => {
      const parties = [from, to].filter((party) => party !== undefined);
      process.exitCode = await perform(parties, flags);
    });
}

export interface CheckFlags extends JudgeFlags {
  readonly output: CheckFormat;
}

export function addCheck(
  program: Command,
  perform: (tests: readonly string[], flags: CheckFlags) => Promise<ExitCode>,
): void {
  const command = program
    .command('check')
    .description('hold assertions about who may talk to whom against NetworkPolicies, anyone’s')
    .argument('<tests...>', 'YAML files of assertions, folders of them, or - for stdin');
  addJudgeOptions(command)
    .addOption(
      new Option('-o, --output <format>').choices(['text', 'tap', 'junit', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
An assertion lists who (from), whom (to) and perhaps ports, under allow or deny. Parties are those of
can-reach, patterns such as "*/*/*" or shop/deployment/web-*, or outside.
Exit code: 0 all hold, 1 some fail, 2 wrong usage, an unknown party, or an input that cannot be read whole.

Examples:
  appconn check network-tests.yaml -f k8s/
  appconn check network-tests.yaml -f k8s/ --with-intent -o junit > report.xml
  appconn check network-tests.yaml                                 in the current cluster`,
    )
    .action(async (tests: string[], flags: CheckFlags) => {
      process.exitCode = await perform(tests, flags);
    });
}

const filenames = 'a file, a folder, or - for stdin; may be repeated; without it the cluster';

/** Once for each path: a list would swallow the names that come after it. */
function addTo(path: string, before: readonly string[] = []): string[] {
  return [...before, path];
}

function addJudgeOptions(command: Command): Command {
  return addAccessOptions(
    command
      .option('-f, --filename <path>', filenames, addTo)
      .option('-n, --namespace <name>', 'namespace of objects and names that have none', 'default')
      .option('--with-intent', 'add the policies that the declarations would render'),
  );
}

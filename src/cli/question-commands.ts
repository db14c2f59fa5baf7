import { type Command, Option } from 'commander';
import type { Config } from '../settings.ts';
import type { CheckFormat } from './check-report.ts';
import { type AccessFlags, addAccessOptions } from './commands.ts';
import type { GatherOptions } from './gather.ts';
import type { ExitCode, Host } from './host.ts';

/** What the commands need of the process. */
export interface Shell {
  createHost(): Host;
  readSettings(path: string | undefined, flags: object): Promise<Config>;
  readStandardInput(): string;
}

/** Flags of every command that judges connections. */
interface JudgeFlags extends AccessFlags {
  /** Undefined: the cluster. */
  readonly filename?: string[];
  readonly namespace: string;
  readonly withIntent?: boolean;
}

interface CanReachFlags extends JudgeFlags {
  readonly output: 'text' | 'json';
  readonly queries?: string;
}

/** The commands that judge connections. Each is loaded when it is asked for. */
export function addQuestions(program: Command, shell: Shell): void {
  addCanReach(program, async (parties, flags) => {
    const { canReach } = await import('./can-reach.ts');
    const { queries, output } = flags;
    const options = { ...(await gatherOptions(flags, shell)), parties, queries, output };
    return canReach(options, shell.createHost(), shell.readStandardInput);
  });
  addReach(program, async (flags) => {
    const { reach } = await import('./reach.ts');
    const { from = [], to = [], exposed = false, output } = flags;
    const options = { ...(await gatherOptions(flags, shell)), from, to, exposed, output };
    return reach(options, shell.createHost(), shell.readStandardInput);
  });
  addDiff(program, async (paths, flags) => {
    const { diff } = await import('./diff.ts');
    const { git, live = false, policiesOnly = false, output } = flags;
    const { namespace, config } = await gatherOptions(flags, shell);
    const options = { paths, git, live, policiesOnly, output, namespace, config };
    return diff(options, shell.createHost(), shell.readStandardInput);
  });
  addCheck(program, async (tests, flags) => {
    const { check } = await import('./check.ts');
    const options = { ...(await gatherOptions(flags, shell)), tests, output: flags.output };
    return check(options, shell.createHost(), shell.readStandardInput);
  });
  addExplain(program, async (workload, flags) => {
    const { explain } = await import('./explain.ts');
    const options = { ...(await gatherOptions(flags, shell)), workload, output: flags.output };
    return explain(options, shell.createHost(), shell.readStandardInput);
  });
}

async function gatherOptions(
  { filename: paths, config: path, namespace, withIntent = false, ...access }: JudgeFlags,
  { readSettings }: Shell,
): Promise<GatherOptions> {
  const { kubeconfig, context } = access;
  const config = await readSettings(path, { kubeconfig, context });
  return { paths, namespace, withIntent, config };
}

function addCanReach(
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

interface ReachFlags extends JudgeFlags {
  readonly output: 'table' | 'wide' | 'json' | 'csv' | 'dot' | 'mermaid';
  readonly from?: string[];
  readonly to?: string[];
  readonly exposed?: boolean;
}

function addReach(program: Command, perform: (flags: ReachFlags) => Promise<ExitCode>): void {
  const command = program
    .command('reach')
    .description('print who may open connections to whom, as NetworkPolicies, anyone’s, allow it');
  const forms = ['table', 'wide', 'json', 'csv', 'dot', 'mermaid'];
  addJudgeOptions(command)
    .option(
      '--from <party>',
      'only from this one, a pattern such as "shop/*/*", or "outside"; may be repeated',
      addTo,
    )
    .option('--to <party>', 'only to this one, a pattern, or "outside"; may be repeated', addTo)
    .option('--exposed', 'only what addresses outside and pods of any namespace may reach')
    .addOption(new Option('-o, --output <format>').choices(forms).default('table'))
    .addHelpText(
      'after',
      `
Pods and workloads that others here make are told by those. Outside is told in blocks that the rules of
a workload cannot tell apart. "any pod" has no labels, in a namespace without labels.
Exit code: 0, or 2 for wrong usage, an unknown party, or an input that cannot be read whole.

Examples:
  appconn reach -f k8s/
  appconn reach -f k8s/ --to shop/deployment/cart -o wide
  appconn reach --exposed                                   in the current cluster
  appconn reach -f k8s/ -o mermaid > connections.mmd`,
    )
    .action(async (flags: ReachFlags) => {
      process.exitCode = await perform(flags);
    });
}

interface ExplainFlags extends Omit<JudgeFlags, 'withIntent'> {
  readonly output: 'text' | 'json';
}

function addExplain(
  program: Command,
  perform: (workload: string, flags: ExplainFlags) => Promise<ExitCode>,
): void {
  const command = program
    .command('explain')
    .description('explain the connections of one workload: isolation, edges, what is missing')
    .argument('<workload>', 'namespace/kind/name of a workload');
  addAccessOptions(command)
    .option('-f, --filename <path>', filenames, addTo)
    .option('-n, --namespace <name>', 'namespace of objects and names that have none', 'default')
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Over files, the policies that the operator would keep count as written; in a cluster, those that are
live. A Service that the template's environment, arguments or ConfigMaps name is told where no entry
covers it.
Exit code: 0 every edge is allowed, 1 one is not, 2 wrong usage, an unknown workload, or an input that
cannot be read whole.

Examples:
  appconn explain -f k8s/ shop/deployment/web
  appconn explain shop/deployment/web                       in the current cluster`,
    )
    .action(async (workload: string, flags: ExplainFlags) => {
      process.exitCode = await perform(workload, flags);
    });
}

interface DiffFlags extends Omit<JudgeFlags, 'filename' | 'withIntent'> {
  readonly git?: string;
  readonly live?: boolean;
  readonly policiesOnly?: boolean;
  readonly output: 'text' | 'json' | 'markdown';
}

function addDiff(
  program: Command,
  perform: (paths: readonly string[], flags: DiffFlags) => Promise<ExitCode>,
): void {
  const command = program
    .command('diff')
    .description('print which policies, and which connections, differ between two sides')
    .argument('[paths...]', 'OLD and NEW, files or folders');
  const forms = ['text', 'json', 'markdown'];
  addAccessOptions(command)
    .option('--git <A..B>', 'two git revisions; the paths say where in them, else everywhere')
    .option('--live', 'the cluster, and the cluster with the paths applied')
    .option('--policies-only', 'leave out what the declarations would render')
    .option('-n, --namespace <name>', 'namespace of objects that have none', 'default')
    .addOption(new Option('-o, --output <format>').choices(forms).default('text'))
    .addHelpText(
      'after',
      `
Compares the NetworkPolicies, those that the declarations would render included, and judges who may
open connections to whom on both sides, by the names of pods and workloads.
Exit code: 0 the same, 1 different, 2 wrong usage, or an input that cannot be read whole.

Examples:
  appconn diff old/ new/
  appconn diff --git main..HEAD k8s/ -o markdown          a comment for a pull request
  appconn diff --live k8s/                                what applying would open and close`,
    )
    .action(async (paths: readonly string[], flags: DiffFlags) => {
      process.exitCode = await perform(paths, flags);
    });
}

interface CheckFlags extends JudgeFlags {
  readonly output: CheckFormat;
}

function addCheck(
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

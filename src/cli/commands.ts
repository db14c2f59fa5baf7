import { type Command, Option } from 'commander';
import type { ExitCode } from './host.ts';

/** The settings that say which cluster is meant, as `run` takes them. */
export interface AccessFlags {
  readonly config?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface UninstallFlags extends AccessFlags {
  readonly yes?: boolean;
}

export interface ReleaseFlags extends AccessFlags {
  readonly namespace?: string;
  readonly cluster?: boolean;
  readonly for: string;
  readonly operatorNamespace?: string;
}

type Perform<Flags> = (flags: Flags) => Promise<ExitCode>;

/** Flags of `run` that print instead of write. */
export function addPlanOptions(run: Command): Command {
  return run
    .option('--plan', 'print what would be written and which connections change; write nothing')
    .addOption(new Option('-o, --output <format>', 'with --plan').choices(['text', 'json']))
    .addHelpText(
      'after',
      `
Exit code of --plan: 0 nothing would change, 1 something would, 2 wrong usage, or not everything can
be read.

Examples:
  appconn run --plan                      what the operator would do to the current cluster
  appconn run --plan -o json | jq '.connections.lost.listed[]'`,
    );
}

export function addUninstall(program: Command, perform: Perform<UninstallFlags>): void {
  const command = program
    .command('uninstall')
    .description('remove every NetworkPolicy that the operator wrote, in safe order');
  addAccessOptions(command)
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
Shows what would be removed and what that opens, and asks. Refuses while an operator runs. Policies of
others, the CRD, RBAC rules and users' objects stay.
Exit code: 0 all gone, 1 something stayed or the answer was not yes, 2 wrong usage, an operator runs, or
not everything can be read.

Examples:
  kubectl -n appconnectivity-system scale deployment appconnectivity --replicas=0
  appconn uninstall
  appconn uninstall --yes                 without a terminal`,
    )
    .action(toAction(perform));
}

export function addRelease(program: Command, perform: Perform<ReleaseFlags>): void {
  const command = program
    .command('release')
    .description('let the operator delete and narrow many policies at once, for some time');
  addAccessOptions(command)
    .option('-n, --namespace <name>', 'for this namespace')
    .option('--cluster', 'for all namespaces')
    .option('--for <duration>', 'how long: 1m to 24h', '10m')
    .option('--operator-namespace <name>', 'with --cluster: where the operator is installed')
    .addHelpText(
      'after',
      `
Writes the annotation appconnectivity.dev/allow-deletions-until on the Namespace (with --cluster: on the
operator's own) and says how to take it back.
Exit code: 0 written, 2 wrong usage, or it cannot be written.

Examples:
  appconn release -n shop
  appconn release --cluster --for 1h`,
    )
    .action(toAction(perform));
}

/** The flags that say which cluster is meant. */
export function addAccessOptions(command: Command): Command {
  return command
    .option('--config <file>', 'settings of the operator as YAML')
    .option('--kubeconfig <file>', 'kubeconfig to use instead of $KUBECONFIG or the pod’s own')
    .option('--context <name>', 'context of the kubeconfig');
}

function toAction<Flags>(perform: Perform<Flags>): (flags: Flags) => Promise<void> {
  return async (flags) => {
    process.exitCode = await perform(flags);
  };
}

#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Command, CommanderError, Option } from 'commander';
import type { Logger } from 'pino';
import {
  type AccessFlags,
  addPlanOptions,
  addRelease,
  addUninstall,
  type ReleaseFlags,
  type UninstallFlags,
} from './cli/commands.ts';
import type { Host } from './cli/host.ts';
import { addQuestions } from './cli/question-commands.ts';
import { decodeText } from './cli/sources.ts';
import { readAllOfStandardInput } from './cli/standard-input.ts';
import { processStreams } from './cli/terminal.ts';
import { UsageError } from './cli/usage.ts';
import { errorText } from './error-text.ts';
import type { Clock } from './operator/clock.ts';
import type { Config } from './settings.ts';

/** Exit code for wrong usage and wrong settings, as `--help` says. */
const wrongUsage = 2;
/** Milliseconds; Kubernetes kills after 30 s. */
const stopWithin = 25_000;
const version = readVersion();

function createProgram(): Command {
  const program = new Command('appconn')
    .description('Say who your app talks to; get exactly the matching NetworkPolicies.')
    .version(version)
    .exitOverride();
  program
    .command('render')
    .description('print the NetworkPolicies that the operator would keep for these manifests')
    .requiredOption('-f, --filename <path...>', 'files, folders, or - for stdin')
    .option('-n, --namespace <name>', 'namespace of objects that have none', 'default')
    .addOption(
      new Option('-o, --output <format>', 'output format')
        .choices(['yaml', 'json'])
        .default('yaml'),
    )
    .option('--config <file>', 'the settings of the operator, so that both see the same cluster')
    .option('--cluster-domain <domain>', 'DNS domain of Services (APPCONN_CLUSTER_DOMAIN)')
    .option('--cluster-ranges <cidr,cidr>', 'pod, Service and node ranges (APPCONN_CLUSTER_RANGES)')
    .addHelpText(
      'after',
      `
Findings go to stderr as file:line:column: severity: sentence.
Exit code: 0 fine (perhaps with warnings), 1 something written is invalid, 2 wrong usage.

Examples:
  appconn render -f k8s/
  kubectl get deploy,sts,ds,svc,ns,appconn -A -o yaml | appconn render -f -`,
    )
    .action(runRender);
  const run = program
    .command('run')
    .description('run the operator against a cluster')
    .option('--config <file>', 'settings as YAML; flags and variables win over it')
    .option('--kubeconfig <file>', 'kubeconfig to use instead of $KUBECONFIG or the pod’s own')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--cluster-domain <domain>', 'DNS domain of Services (APPCONN_CLUSTER_DOMAIN)')
    .option('--cluster-ranges <cidr,cidr>', 'pod, Service and node ranges (APPCONN_CLUSTER_RANGES)')
    .option('--mode <mode>', 'enforce, or audit: tell what would be, write nothing (APPCONN_MODE)')
    .option('--paused [boolean]', 'watch and report, write no policy (APPCONN_PAUSED)')
    .option('--health-port <port>', 'port of /healthz, /readyz, /metrics (APPCONN_HEALTH_PORT)')
    .option('--log-level <level>', 'debug, info, warn, error, silent (APPCONN_LOG_LEVEL)')
    .option('--concurrency <n>', 'reconciles at once (APPCONN_CONCURRENCY)')
    .option('--rate <n>', 'reconciles begun per second, at most (APPCONN_RATE)')
    .option('--namespace <name>', 'the operator’s own namespace (POD_NAMESPACE)')
    .option('--election <boolean>', 'false: there is no other replica (APPCONN_ELECTION)')
    .option('--lease-duration <s>', 'a dead leader is followed after this (APPCONN_LEASE_DURATION)')
    .option('--renew-deadline <s>', 'a leader that cannot renew stops (APPCONN_RENEW_DEADLINE)')
    .option('--retry-period <s>', 'between two attempts, at most (APPCONN_RETRY_PERIOD)')
    .action(runOrPlan);
  addPlanOptions(run);
  addQuestions(program, { createHost, readSettings, readStandardInput });
  addUninstall(program, runUninstall);
  addRelease(program, runRelease);
  return program;
}

interface RenderFlags {
  readonly filename: string[];
  readonly namespace: string;
  readonly output: 'yaml' | 'json';
  readonly config?: string;
}

async function runRender(asked: RenderFlags): Promise<void> {
  const { render } = await import('./cli/render.ts');
  const { settingsOf } = await import('./settings.ts');
  const { filename: paths, namespace, output, config, ...flags } = asked;
  const settings = settingsOf(await readSettings(config, flags));
  const options = { paths, namespace, output, settings };
  const rendered = render(options, readStandardInput);
  for (const message of rendered.messages) process.stderr.write(`${message}\n`);
  process.stdout.write(rendered.output);
  process.exitCode = rendered.exitCode;
}

interface RunFlags extends AccessFlags {
  readonly plan?: boolean;
  readonly output?: 'text' | 'json';
}

async function runOrPlan({ plan: planned, output, ...flags }: RunFlags): Promise<void> {
  if (planned !== true) {
    if (output !== undefined) throw new UsageError('-o goes with --plan; logs have one format');
    return runOperator(flags);
  }
  const { config: path, ...rest } = flags;
  const { plan } = await import('./cli/plan.ts');
  const options = { config: await readSettings(path, rest), output: output ?? 'text' };
  process.exitCode = await plan(options, createHost());
}

async function runUninstall({ config: path, yes, ...flags }: UninstallFlags) {
  const { uninstall } = await import('./cli/uninstall.ts');
  const config = await readSettings(path, flags);
  const options = { config, ...(yes !== undefined && { yes }) };
  return uninstall(options, createHost());
}

async function runRelease({ config: path, kubeconfig, context, ...options }: ReleaseFlags) {
  const { release } = await import('./cli/release.ts');
  const config = await readSettings(path, { kubeconfig, context });
  return release({ ...options, config }, createHost());
}

function readStandardInput(): string {
  try {
    return decodeText(readAllOfStandardInput());
  } catch (error) {
    throw new UsageError(`cannot read stdin (${errorText(error)}); pipe the manifests in`);
  }
}

function createHost(): Host {
  return {
    environment: process.env,
    clock: createClock(),
    wallClock: () => Date.now(),
    version,
    ...processStreams(),
  };
}

async function runOperator({ config: path, ...flags }: AccessFlags): Promise<void> {
  const config = await readSettings(path, flags);
  const log = await createLog(config);
  // Loaded here, since the cluster client alone takes longer to load than `render` to run.
  const { run } = await import('./cli/run.ts');
  const running = await run({
    config,
    environment: process.env,
    clock: createClock(),
    wallClock: () => Date.now(),
    random: () => Math.random(),
    log,
    version,
    instance: hostname(),
    identity: `${hostname()}_${randomUUID()}`,
  });
  stopOnSignals(running.stop, log);
}

function stopOnSignals(stop: () => Promise<void>, log: Logger): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    // The second signal does not wait.
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    // It also keeps the process alive, which idle connections do not, until all is given back.
    setTimeout(() => {
      log.error({}, 'the operator has not stopped in time; the process ends');
      process.exit(1);
    }, stopWithin);
    void stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('unhandledRejection', (error) => {
    log.fatal({ error: String(error) }, 'a bug: an error that nobody handled; the process ends');
    process.exit(1);
  });
}

/** What reads them takes longer to load than `--help` to print. */
async function readSettings(path: string | undefined, flags: object): Promise<Config> {
  const file = path === undefined ? {} : await readConfigFile(path);
  const { readConfig } = await import('./settings.ts');
  return readConfig({ file, environment: process.env, flags: { ...flags } });
}

async function readConfigFile(path: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new UsageError(`cannot read the settings in ${path}: ${errorText(error)}`);
  }
}

async function createLog({ logLevel }: Config): Promise<Logger> {
  const { pino } = await import('pino');
  const pretty = process.stdout.isTTY === true;
  const transport = { target: 'pino-pretty', options: { ignore: 'pid,hostname' } };
  return pino({ level: logLevel, base: null, ...(pretty && { transport }) });
}

/** Milliseconds that never step back. */
function createClock(): Clock {
  return {
    now: () => performance.now(),
    setTimer: (milliseconds, fire) => {
      const timer = setTimeout(fire, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version: written } = JSON.parse(text) as { version: string };
  return written;
}

/** The cluster client does not load on an older one. */
function checkNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return;
  throw new UsageError(`Node 22.19 or newer is needed; this is ${process.versions.node}`);
}

/** Whoever reads the answer may have seen enough of it, as `head` does. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(wrongUsage);
  throw error;
});

try {
  checkNode();
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : wrongUsage;
  else {
    for (const line of errorText(error).split('\n')) process.stderr.write(`error: ${line}\n`);
    // 1 would be the answer "no" of some commands.
    process.exitCode = wrongUsage;
  }
}

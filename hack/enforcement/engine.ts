import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { run } from '../control-plane/run.ts';
import type { Component, Supervisor } from '../control-plane/supervise.ts';
import { waitFor } from '../control-plane/wait.ts';
import { nodeName, podBlocks, vethOf } from './addresses.ts';
import { type EnforcementBinaries, findFelixDefinitions } from './binaries.ts';

/** What enforces policies on packets; `none` is the control that shows that something has to. */
export type EngineName = (typeof engineNames)[number];

export const engineNames = ['kube-network-policies', 'calico-felix', 'none'] as const;

/** Where an engine runs. */
export interface EngineHome {
  readonly supervisor: Supervisor;
  readonly binaries: EnforcementBinaries;
  readonly plane: ControlPlane;
}

/** Whether an engine makes the node's routes to pods itself. */
export function makesRoutes(engine: EngineName): boolean {
  return engine === 'calico-felix';
}

/** Makes in the network and the cluster what an engine needs to be there, once. */
export async function prepareEngine(engine: EngineName, home: EngineHome): Promise<void> {
  if (engine === 'kube-network-policies') await divertNewConnections();
  if (engine === 'calico-felix') await defineFelix(home);
}

/** Starts an engine and resolves when it says that it is ready. Throws with its last lines if not. */
export async function startEngine(
  engine: EngineName,
  home: EngineHome,
): Promise<Component | undefined> {
  if (engine === 'kube-network-policies') return startKubeNetworkPolicies(home);
  return engine === 'calico-felix' ? startFelix(home) : undefined;
}

const mostLines = 60;

/** The rules about some pods, of an engine that writes rules; of others the last lines of the log. */
export async function explainEngine(
  engine: EngineName,
  enforcer: Component | undefined,
  pods: readonly string[],
): Promise<string> {
  if (engine !== 'calico-felix') {
    const log = (await enforcer?.readLog()) ?? '';
    return log.trim().split('\n').slice(-mostLines).join('\n');
  }
  const chains = pods.map((pod) => vethOf(...(pod.split('/') as [string, string])));
  const rules = await must('iptables-save', ['-t', 'filter']);
  const about = rules.split('\n').filter((line) => chains.some((chain) => line.includes(chain)));
  return about.slice(0, mostLines).join('\n');
}

const queue = 100;
const metricsPort = 29_080;

/**
 * Its own rules need a queue of nftables that not every kernel has, so that the same packets are handed
 * to it by iptables: those of new connections that come from pods or go to them.
 */
async function divertNewConnections(): Promise<void> {
  for (const [command, block] of [
    ['iptables', podBlocks.ipv4],
    ['ip6tables', podBlocks.ipv6],
  ] as const) {
    const mangle = (...rule: string[]) => must(command, ['-t', 'mangle', '-A', ...rule]);
    const queued = ['-j', 'NFQUEUE', '--queue-num', `${queue}`];
    const known = ['-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED', '-j', 'ACCEPT'];
    await mangle('FORWARD', ...known);
    // Neighbours have to be found before anything can be judged.
    if (command === 'ip6tables') await mangle('FORWARD', '-p', 'ipv6-icmp', '-j', 'ACCEPT');
    for (const side of ['-s', '-d']) await mangle('FORWARD', side, block, ...queued);
  }
}

async function startKubeNetworkPolicies({ supervisor, binaries, plane }: EngineHome) {
  const engine = supervisor.start('kube-network-policies', binaries['kube-network-policies'], [
    ...[`--kubeconfig=${plane.kubeconfig}`, `--hostname-override=${nodeName}`],
    ...['--disable-nri', '--strict-mode=false', '--fail-open=false'],
    ...['--netfilter-bug-1766-fix=false', `--metrics-bind-address=127.0.0.1:${metricsPort}`],
  ]);
  await whenAnswering(engine, `http://127.0.0.1:${metricsPort}/metrics`);
  return engine;
}

const healthPort = 29_099;

async function defineFelix({ plane }: EngineHome): Promise<void> {
  const kubectl = (args: string[], input?: string) =>
    must(plane.kubectl, args, {
      env: { ...process.env, ...plane.environment },
      ...(input && { input }),
    });
  await kubectl(['apply', '--server-side', '-f', await findFelixDefinitions()]);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
  await kubectl(
    ['create', '-f', '-'],
    await readFile(join(import.meta.dirname, 'felix', 'cluster.json'), 'utf8'),
  );
}

async function startFelix({ supervisor, binaries, plane }: EngineHome): Promise<Component> {
  const settings = {
    ...{ DATASTORETYPE: 'kubernetes', FELIXHOSTNAME: nodeName, IPTABLESBACKEND: 'legacy' },
    ...{ LOGFILEPATH: 'none', LOGSEVERITYFILE: 'none', LOGSEVERITYSYS: 'none' },
    ...{ LOGSEVERITYSCREEN: 'WARNING', USAGEREPORTINGENABLED: 'false', XDPENABLED: 'false' },
    ...{ BPFENABLED: 'false', IPV6SUPPORT: 'true', IPINIPENABLED: 'false', VXLANENABLED: 'false' },
    ...{ DEFAULTENDPOINTTOHOSTACTION: 'ACCEPT', HEALTHENABLED: 'true', HEALTHHOST: '127.0.0.1' },
    ...{ HEALTHPORT: `${healthPort}`, MTUIFACEPATTERN: '^out0$' },
  };
  const engine = supervisor.start('calico-felix', 'env', [
    ...['-i', `PATH=${process.env.PATH ?? ''}`, `KUBECONFIG=${plane.kubeconfig}`],
    ...Object.entries(settings).map(([name, value]) => `FELIX_${name}=${value}`),
    ...[binaries['calico-felix'], '-c', '/nonexistent'],
  ]);
  await whenAnswering(engine, `http://127.0.0.1:${healthPort}/readiness`);
  return engine;
}

const proxyPort = 20_256;

/** Starts the proxy that gives Services their addresses. */
export async function startKubeProxy({
  supervisor,
  binaries,
  plane,
}: EngineHome): Promise<Component> {
  const proxy = supervisor.start('kube-proxy', binaries['kube-proxy'], [
    ...[`--kubeconfig=${plane.kubeconfig}`, `--hostname-override=${nodeName}`],
    ...['--proxy-mode=iptables', `--cluster-cidr=${podBlocks.ipv4},${podBlocks.ipv6}`],
    ...['--conntrack-max-per-core=0', '--conntrack-tcp-timeout-established=0'],
    ...['--conntrack-tcp-timeout-close-wait=0', '--iptables-min-sync-period=0s'],
    ...[`--healthz-bind-address=127.0.0.1:${proxyPort}`, '--metrics-bind-address=127.0.0.1:20249'],
  ]);
  await whenAnswering(proxy, `http://127.0.0.1:${proxyPort}/healthz`);
  return proxy;
}

async function whenAnswering(component: Component, url: string): Promise<void> {
  await waitFor(component, url, async () => {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok === true || undefined;
  });
}

/** Runs a command that has to succeed; else throws what it says. */
export async function must(
  command: string,
  args: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

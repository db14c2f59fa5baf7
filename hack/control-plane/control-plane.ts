import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { type Access, request } from './api-request.ts';
import {
  type ApiServerPlan,
  type RunningApiServer,
  startApiServer,
  startApiServerOn,
} from './api-server.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import {
  controllerManagerFlags,
  DEFAULT_CONTROLLERS,
  etcdFlags,
  type Files,
  listFiles,
} from './flags.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { type ServiceAccountName, writeServiceAccountKubeconfig } from './service-account.ts';
import { type Supervisor, startSupervisor } from './supervise.ts';
import { waitFor } from './wait.ts';

export type ControlPlaneOptions = Readonly<{
  /** Whether Deployments get ReplicaSets and so on; true unless said otherwise. */
  controllerManager?: boolean;
  /** The controllers that run, `DEFAULT_CONTROLLERS` unless said otherwise. */
  controllers?: readonly string[];
  /** Whether every request is written to `auditLog`, at level Metadata. */
  audit?: boolean;
  /** More flags for the API server; they win over ours. */
  apiServerFlags?: readonly string[];
  /** Where the binaries are, if that is known already. */
  binaries?: Binaries;
}>;

export type ControlPlane = Readonly<{
  /** A kubeconfig file for an administrator. It verifies the server's certificate. */
  kubeconfig: string;
  /** `https://127.0.0.1:<port>`; the port stays the same when the API server is started again. */
  server: string;
  /** The certificate authority, PEM. */
  ca: string;
  adminToken: string;
  /** The path of a kubectl of the API server's minor version. */
  kubectl: string;
  /** What to set for kubectl: our kubeconfig, and a cache that goes when the control plane does. */
  environment: Readonly<{ KUBECONFIG: string; KUBECACHEDIR: string }>;
  /** One JSON text a line; undefined without the option `audit`. */
  auditLog: string | undefined;
  /** Holds the components' logs, `<component>.log`, and everything else; goes at the end. */
  folder: string;
  /** From the binaries being at hand to everything being ready. */
  startedInMilliseconds: number;
  /** The path of a new kubeconfig, good for a day. Throws if there is no such ServiceAccount. */
  serviceAccountKubeconfig: (account: ServiceAccountName) => Promise<string>;
  /** Ends the API server: at once and with every connection, or with SIGTERM gracefully. */
  stopApiServer: (signal?: 'SIGKILL' | 'SIGTERM') => Promise<void>;
  /** Starts it again on the same port, with the same data; resolves when it is ready. */
  startApiServer: () => Promise<void>;
  /** Makes the API server hang: connections stay open and nothing is answered. */
  pauseApiServer: () => void;
  resumeApiServer: () => void;
  /** Ends all processes and removes the folder; resolves when both are gone. May be called twice. */
  stop: () => Promise<void>;
}>;

/**
 * Starts etcd, an API server and a controller manager of our own and resolves when they are ready.
 * They are gone when this process is, even by a kill -9. Any number may run side by side. Throws,
 * with nothing left behind, if a binary is missing or a component does not get ready.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = options.binaries ?? (await findBinaries());
  const began = performance.now();
  const supervisor = await startSupervisor();
  try {
    const parts = await bringUp(supervisor, binaries, options);
    return { ...parts, startedInMilliseconds: Math.round(performance.now() - began) };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

async function bringUp(
  supervisor: Supervisor,
  binaries: Binaries,
  options: ControlPlaneOptions,
): Promise<Omit<ControlPlane, 'startedInMilliseconds'>> {
  const files = listFiles(supervisor.folder);
  const adminToken = randomBytes(24).toString('hex');
  await writeInputs(files, adminToken);
  await startEtcd(supervisor, binaries, files);
  const audit = options.audit ?? false;
  const plan: ApiServerPlan = {
    supervisor,
    binary: binaries['kube-apiserver'].path,
    files,
    token: adminToken,
    audit,
    flags: options.apiServerFlags ?? [],
  };
  const running = await startApiServer(plan);
  const { access } = running;
  await writeKubeconfig(files.kubeconfig, 'admin', access);
  if (options.controllerManager ?? true) {
    const controllers = options.controllers ?? DEFAULT_CONTROLLERS;
    await startControllerManager(supervisor, binaries, files, access, controllers);
  }
  return {
    kubeconfig: files.kubeconfig,
    server: access.server,
    ca: access.ca,
    adminToken,
    kubectl: binaries.kubectl.path,
    environment: { KUBECONFIG: files.kubeconfig, KUBECACHEDIR: join(files.folder, 'kubectl') },
    auditLog: audit ? files.auditLog : undefined,
    folder: files.folder,
    serviceAccountKubeconfig: (account) =>
      writeServiceAccountKubeconfig(access, files.folder, account),
    ...controlApiServer(running, plan),
    stop: supervisor.stop,
  };
}

type ApiServerControls = Pick<
  ControlPlane,
  'stopApiServer' | 'startApiServer' | 'pauseApiServer' | 'resumeApiServer'
>;

function controlApiServer(first: RunningApiServer, plan: ApiServerPlan): ApiServerControls {
  let running = first;
  return {
    stopApiServer: async (signal = 'SIGKILL') => {
      running.component.signal(signal);
      await running.component.ended;
    },
    startApiServer: async () => {
      running = await startApiServerOn(first.port, plan);
    },
    pauseApiServer: () => running.component.signal('SIGSTOP'),
    resumeApiServer: () => running.component.signal('SIGCONT'),
  };
}

/** The key signs ServiceAccounts' tokens. */
async function writeInputs(files: Files, adminToken: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'sec1', format: 'pem' });
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata' }],
  };
  const owner = { mode: 0o600 };
  await writeFile(files.serviceAccountKey, key, owner);
  await writeFile(files.tokens, `${adminToken},admin,admin,system:masters\n`, owner);
  await writeFile(files.auditPolicy, JSON.stringify(policy), owner);
}

/** An API server that finds no etcd tries again a second later; waiting here is faster. */
async function startEtcd(supervisor: Supervisor, binaries: Binaries, files: Files): Promise<void> {
  const etcd = supervisor.start('etcd', binaries.etcd.path, etcdFlags(files));
  await waitFor(etcd, 'its socket', async () => (await connects(files.etcdSocket)) || undefined);
}

/**
 * Whether it works shows in what it makes: the ServiceAccount of the namespace `default`. If other
 * controllers than that one are asked for, nothing is waited for.
 */
async function startControllerManager(
  supervisor: Supervisor,
  binaries: Binaries,
  files: Files,
  access: Access,
  controllers: readonly string[],
): Promise<void> {
  const manager = supervisor.start(
    'kube-controller-manager',
    binaries['kube-controller-manager'].path,
    controllerManagerFlags(files, controllers),
  );
  if (!controllers.includes('serviceaccount')) return;
  const path = '/api/v1/namespaces/default/serviceaccounts/default';
  await waitFor(manager, 'the first ServiceAccount', async () => {
    const answer = await request(access, 'GET', path).catch(() => undefined);
    return answer?.status === 200 || undefined;
  });
}

function connects(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket);
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false));
    connection.once('connect', () => connection.destroy());
  });
}

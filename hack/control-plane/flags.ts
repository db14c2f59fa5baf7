import { join } from 'node:path';

export const DEFAULT_CONTROLLERS: readonly string[] = [
  'deployment',
  'replicaset',
  'statefulset',
  'daemonset',
  'job',
  'cronjob',
  'endpointslice',
  'namespace',
  'garbagecollector',
  'serviceaccount',
];

/** The files of one control plane, all in its temporary folder. */
export type Files = Readonly<{
  folder: string;
  etcdSocket: string;
  certificate: string;
  serviceAccountKey: string;
  tokens: string;
  auditPolicy: string;
  auditLog: string;
  kubeconfig: string;
}>;

export function listFiles(folder: string): Files {
  return {
    folder,
    etcdSocket: join(folder, 'etcd.sock'),
    // The API server makes it, with its certificate authority as the last block.
    certificate: join(folder, 'certificates', 'apiserver.crt'),
    serviceAccountKey: join(folder, 'service-account.key'),
    tokens: join(folder, 'tokens.csv'),
    auditPolicy: join(folder, 'audit-policy.json'),
    auditLog: join(folder, 'audit.log'),
    kubeconfig: join(folder, 'kubeconfig'),
  };
}

/**
 * etcd listens for the API server on a socket in our private folder: no port to race for, and
 * nobody else can write into it. No peer will come, so the kernel chooses that port.
 */
export function etcdFlags(files: Files): string[] {
  return [
    '--name=development',
    `--data-dir=${join(files.folder, 'etcd')}`,
    `--listen-client-urls=unix://${files.etcdSocket}`,
    '--advertise-client-urls=http://127.0.0.1:0',
    '--listen-peer-urls=http://127.0.0.1:0',
    '--initial-advertise-peer-urls=http://127.0.0.1:0',
    '--initial-cluster=development=http://127.0.0.1:0',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

/**
 * The address that `default/kubernetes` shows in its EndpointSlice is one of those set aside for
 * documentation: the real one is a loopback address, which the API refuses there. `extra` comes last and
 * so wins over ours.
 */
export function apiServerFlags(
  files: Files,
  port: number,
  audit: boolean,
  extra: readonly string[],
): string[] {
  return [
    `--etcd-servers=unix://${files.etcdSocket}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--advertise-address=192.0.2.1',
    `--cert-dir=${join(files.folder, 'certificates')}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${files.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--disable-admission-plugins=ServiceAccount',
    ...(audit
      ? [`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${files.auditLog}`]
      : []),
    ...extra,
  ];
}

export function controllerManagerFlags(files: Files, controllers: readonly string[]): string[] {
  return [
    `--kubeconfig=${files.kubeconfig}`,
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    '--leader-elect=false',
    '--secure-port=0',
    `--controllers=${controllers.join(',')}`,
  ];
}

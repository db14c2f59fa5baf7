import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { run } from '../../../hack/control-plane/run.ts';
import type { NetworkPolicy } from '../../../src/core/model/policy.ts';
import { type Cluster, repository } from './cluster.ts';
import { identities, written } from './policies.ts';
import { eventually } from './wait.ts';

/** Everything that the operator reads where nobody has installed other CRDs, as `kubectl get` names it. */
const read = [
  ...['deployments', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs', 'services', 'namespaces'],
  ...['appconn', 'nodes', 'servicecidrs', 'ingresses', 'ingressclasses', 'endpointslices'],
  ...['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
];

/** What an operator has beyond that of the other tests. */
export interface Reading {
  /** Kinds that are served, too, as `kubectl get` names them. */
  readonly more: readonly string[];
  /** What its configuration file says. */
  readonly file: object;
}

const usual: Reading = { more: [], file: {} };

export interface Rendered {
  readonly policies: readonly NetworkPolicy[];
  readonly exitCode: number;
  readonly messages: string;
}

/** Pipes what kubectl says of the whole cluster into `appconn render`, as a person would. */
export async function renderCluster(
  cluster: Cluster,
  { more, file }: Reading = usual,
): Promise<Rendered> {
  const kinds = [...read, ...more].join(',');
  const input = await cluster.kubectl(['get', kinds, '-A', '-o', 'yaml']);
  const settings = join(cluster.plane.folder, 'settings.json');
  await writeFile(settings, JSON.stringify(file));
  const command = ['src/main.ts', 'render', '--config', settings, '-f', '-', '-o', 'json'];
  const { code, stdout, stderr } = await run(process.execPath, command, { cwd: repository, input });
  if (stdout === '') throw new Error(`appconn render ended with ${code}: ${stderr}`);
  return {
    policies: JSON.parse(stdout) as readonly NetworkPolicy[],
    exitCode: code,
    messages: stderr,
  };
}

/** Waits until the live policies are the rendered ones, to the last field; gives what they are for. */
export function whenLiveIsRendered(cluster: Cluster, reading?: Reading): Promise<string[]> {
  return eventually(async () => {
    const { policies } = await renderCluster(cluster, reading);
    const live = await cluster.policies();
    expect(live.map((policy) => textOf(written(policy)))).toEqual(policies.map(textOf));
    return identities(policies);
  }, 30);
}

/** As JSON with fields by name, since their order means nothing; lists as they are. */
export function textOf(policy: NetworkPolicy): string {
  return JSON.stringify(policy, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

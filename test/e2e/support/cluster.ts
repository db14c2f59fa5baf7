import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from '../../../hack/control-plane/control-plane.ts';
import { type Outcome, run } from '../../../hack/control-plane/run.ts';
import { kubernetesKinds, rollouts } from '../../../src/core/model/kinds.ts';
import { managedBy, managedByLabel } from '../../../src/core/model/names.ts';
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts';
import { isNotFound } from '../../../src/kube/errors.ts';
import { loadAccess } from '../../../src/kube/kubeconfig.ts';
import { outsideResources } from '../../../src/kube/outside-resources.ts';
import { objectPath, type Resource, resources } from '../../../src/kube/resources.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import { resourceOf } from '../../../src/operator/watched-kinds.ts';
import type { Manifest } from './objects.ts';
import { type LivePolicy, readPolicies } from './policies.ts';
import { eventually } from './wait.ts';

export const MINUTE = 60_000;
/** Who the shipped manifests say that the operator is. */
export const operatorAccount = { namespace: 'appconnectivity-system', name: 'appconnectivity' };

export const repository = fileURLToPath(new URL('../../../', import.meta.url));
const more: readonly Resource[] = [
  ...Object.values(outsideResources),
  ...[...kubernetesKinds, rollouts].map(resourceOf),
  { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
];
const byKind = new Map([...Object.values(resources), ...more].map((each) => [each.kind, each]));

/** A control plane of our own, and what an administrator does there. */
export class Cluster {
  readonly plane: ControlPlane;
  /** As the administrator. */
  readonly client: KubeClient;
  /** Ends our connections, and leaves the control plane. */
  readonly close: () => Promise<void>;

  static async start(options: ControlPlaneOptions = {}): Promise<Cluster> {
    return new Cluster(await startControlPlane(options));
  }

  /** One that is there already, which `close` leaves there. */
  static over(plane: ControlPlane): Cluster {
    return new Cluster(plane);
  }

  private constructor(plane: ControlPlane) {
    this.plane = plane;
    const access = loadAccess({ kubeconfig: plane.kubeconfig, environment: {} });
    const now = () => performance.now();
    const transport = createTransport(access, { now, version: 'e2e', connections: 16 });
    this.client = createKubeClient(transport, { now });
    this.close = () => transport.close();
  }

  async stop(): Promise<void> {
    await this.close();
    await this.plane.stop();
  }

  /** Runs kubectl; fails the test with what kubectl says unless it succeeds. */
  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.tryKubectl(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  tryKubectl(args: readonly string[], input?: string): Promise<Outcome> {
    return run(this.plane.kubectl, args, {
      cwd: repository,
      env: { ...process.env, ...this.plane.environment },
      ...(input !== undefined && { input }),
    });
  }

  /** Installs everything of config/default, the Deployment too: without a node it runs nowhere. */
  async install(): Promise<void> {
    await this.kubectl(['apply', '--server-side', '--kustomize', 'config/default']);
    await this.whenServed();
  }

  /** Waits until AppConnectivity resources are served. */
  async whenServed(): Promise<void> {
    await eventually(() => this.client.list(resources.appConnectivities));
  }

  /** A kubeconfig of the operator's own service account: it may do what the shipped rules say. */
  operatorKubeconfig(): Promise<string> {
    return this.plane.serviceAccountKubeconfig(operatorAccount);
  }

  /** Server-side apply, one after another, as a person with kubectl: what is left out goes. */
  async apply(...manifests: readonly Manifest[]): Promise<void> {
    for (const manifest of manifests) {
      const options = { fieldManager: 'person', force: true };
      await this.client.apply(pathOf(manifest), manifest, options);
    }
  }

  /** A JSON merge patch, as `kubectl patch --type=merge` sends it. */
  async patch(manifest: Manifest, patch: unknown): Promise<void> {
    await this.client.request('PATCH', pathOf(manifest), {
      body: patch,
      contentType: 'application/merge-patch+json',
      query: { fieldManager: 'person' },
    });
  }

  async remove(manifest: Manifest, propagationPolicy?: 'Orphan'): Promise<void> {
    await this.client.request('DELETE', pathOf(manifest), {
      ...(propagationPolicy !== undefined && { query: { propagationPolicy } }),
    });
  }

  async get(manifest: Manifest): Promise<Record<string, unknown> | undefined> {
    try {
      return (await this.client.get(pathOf(manifest))) as Record<string, unknown>;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** The policies that the operator keeps, of one namespace or of all, by name. */
  async policies(namespace?: string): Promise<LivePolicy[]> {
    return readPolicies(this.client, {
      labelSelector: `${managedByLabel}=${managedBy}`,
      ...(namespace !== undefined && { namespace }),
    });
  }

  /** What the operator has written since a mark in the audit log, as `verb resource namespace/name`. */
  async writesSince(mark: number): Promise<string[]> {
    return (await this.auditedSince(mark)).map(({ write }) => write);
  }

  /** The same, with who of several replicas it was: each has a token, and so a credential, of its own. */
  async auditedSince(mark: number): Promise<Audited[]> {
    const { namespace, name } = operatorAccount;
    const user = `system:serviceaccount:${namespace}:${name}`;
    const lines = (await this.#readAudit()).slice(mark);
    return lines
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter((event) => event.user.username === user && !readVerbs.has(event.verb))
      .map(({ verb, objectRef: at, user: { extra }, requestReceivedTimestamp }) => ({
        at: Date.parse(requestReceivedTimestamp),
        write: `${verb} ${at?.resource} ${at?.namespace}/${at?.name}`,
        credential: extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '',
      }));
  }

  /** A mark at the end of the audit log. */
  async auditMark(): Promise<number> {
    return (await this.#readAudit()).length;
  }

  async #readAudit(): Promise<string[]> {
    const text = await readFile(this.plane.auditLog ?? '', 'utf8');
    // What follows the last line break is still being written.
    return text.split('\n').slice(0, -1);
  }
}

const readVerbs = new Set(['get', 'list', 'watch']);

export interface Audited {
  /** When the API server got it (milliseconds since the epoch). */
  readonly at: number;
  readonly write: string;
  /** `JTI=…` of the token. */
  readonly credential: string;
}

interface AuditEvent {
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly user: {
    readonly username: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly objectRef?: { resource: string; namespace?: string; name?: string };
}

function pathOf({ kind, metadata }: Manifest): string {
  const resource = byKind.get(kind);
  if (resource === undefined) throw new Error(`the tests know no resource of kind ${kind}`);
  return objectPath(resource, metadata);
}

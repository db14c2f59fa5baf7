import { resources } from '../../../src/kube/resources.ts';
import type { Cluster } from './cluster.ts';

/** Which object an Event is about; cluster-scoped ones have no namespace. */
export interface Regarded {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

interface RawEvent {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

/** What the Events about an object say, each as `Reason: sentence`, sorted. */
export async function eventsAbout(cluster: Cluster, about: Regarded): Promise<string[]> {
  const { kind, name, namespace = 'default' } = about;
  const all = await eventsIn(cluster, namespace);
  return all
    .filter(({ regarding }) => regarding.kind === kind && regarding.name === name)
    .map(({ reason, note }) => `${reason}: ${note}`)
    .sort();
}

/** The notes of all Events about an object that have this reason, by `namespace/name`. */
export async function notesOf(cluster: Cluster, path: string, about: string): Promise<string[]> {
  const [namespace = '', name = ''] = path.split('/');
  const all = await eventsIn(cluster, namespace);
  return all
    .filter(({ regarding, reason }) => regarding.name === name && reason === about)
    .map(({ note }) => note);
}

async function eventsIn(cluster: Cluster, namespace: string): Promise<RawEvent[]> {
  const { items } = await cluster.client.list(resources.events, { namespace });
  return items as unknown as RawEvent[];
}

import { fieldManager } from '../../../src/core/model/names.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { Cluster } from './cluster.ts';

/** Which object an Event is about; cluster-scoped ones have no namespace. */
export interface Regarded {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

interface RawEvent {
  readonly reportingController?: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

/** What our Events about an object say, each as `Reason: sentence`, sorted. */
export async function eventsAbout(cluster: Cluster, about: Regarded): Promise<string[]> {
  const { kind, name, namespace = 'default' } = about;
  const all = await eventsIn(cluster, namespace);
  return all
    .filter(({ regarding }) => regarding.kind === kind && regarding.name === name)
    .map(({ reason, note }) => `${reason}: ${note}`)
    .sort();
}

/** The notes of our Events about an object that have this reason, by `namespace/name`. */
export async function notesOf(cluster: Cluster, path: string, about: string): Promise<string[]> {
  const [namespace = '', name = ''] = path.split('/');
  const all = await eventsIn(cluster, namespace);
  return all
    .filter(({ regarding, reason }) => regarding.name === name && reason === about)
    .map(({ note }) => note);
}

/** The API server tells Events of its own, such as when it repairs what it has of a Service's address. */
async function eventsIn(cluster: Cluster, namespace: string): Promise<RawEvent[]> {
  const { items } = await cluster.client.list(resources.events, { namespace });
  const all = items as unknown as RawEvent[];
  return all.filter(({ reportingController }) => reportingController === fieldManager);
}

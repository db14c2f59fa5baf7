import { expect } from '@jest/globals';
import type { Cluster } from './cluster.ts';
import { eventsAbout, type Regarded } from './events.ts';
import { type Manifest, namespace } from './objects.ts';
import { byIdentity, identities, type LivePolicy } from './policies.ts';
import { eventually } from './wait.ts';

/** A namespace with these labels. */
export function labelled(name: string, labels: Readonly<Record<string, string>>): Manifest {
  return { ...namespace(name), metadata: { name, labels } };
}

/** Waits until the namespace has policies of ours for exactly these, such as `Deployment/web`. */
export function whenPoliciesFor(
  cluster: Cluster,
  name: string,
  ...wanted: readonly string[]
): Promise<Map<string, LivePolicy>> {
  return eventually(async () => {
    const policies = await cluster.policies(name);
    expect(identities(policies)).toEqual([...wanted].sort());
    return byIdentity(policies);
  }, 30);
}

/** The directions of a namespace's live default-deny. */
export async function denied(cluster: Cluster, name: string): Promise<readonly string[]> {
  const deny = byIdentity(await cluster.policies(name)).get(`Namespace/${name}`);
  return deny?.spec.policyTypes ?? [];
}

/** Waits until the live default-deny of a namespace has these directions; none: until there is none. */
export function whenDenied(
  cluster: Cluster,
  name: string,
  ...directions: readonly string[]
): Promise<void> {
  return eventually(async () => expect(await denied(cluster, name)).toEqual(directions), 30);
}

/** Waits for an Event about an object that has this in it. */
export function whenSaid(cluster: Cluster, about: Regarded, text: string): Promise<void> {
  return eventually(async () => {
    const said = await eventsAbout(cluster, about);
    expect(said).toContainEqual(expect.stringContaining(text));
  });
}

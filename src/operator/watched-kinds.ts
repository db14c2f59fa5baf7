import type { KindOfWorkload } from '../core/model/kinds.ts';
import { apiServerSlices } from '../core/record/control-plane.ts';
import { outsideResources } from '../kube/outside-resources.ts';
import { type Resource, resources } from '../kube/resources.ts';
import type { Reading } from './watch/source.ts';

/** A kind that the world is made of, and which part of it is read, by which versions. */
export interface WatchedKind extends Reading {
  readonly resource: Resource;
}

const { tlsRoutes, tcpRoutes, referenceGrants, endpointSlices, ...others } = outsideResources;
const { namespace, label, value } = apiServerSlices;

/**
 * Kinds that tell who has to reach whom. Those of the Gateway API are served by the versions of its
 * releases: TLSRoute is v1 since 1.5 and was v1alpha3 and v1alpha2, ReferenceGrant was v1beta1 before.
 */
export const outsideKinds: readonly WatchedKind[] = [
  ...Object.values(others).map((resource) => ({ resource })),
  { resource: tlsRoutes, olderVersions: ['v1alpha3', 'v1alpha2'] },
  { resource: tcpRoutes, olderVersions: ['v1alpha2'] },
  { resource: referenceGrants, olderVersions: ['v1beta1'] },
  { resource: endpointSlices, scope: { namespace, labelSelector: `${label}=${value}` } },
];

/** Every kind that the world is made of, where these are the kinds of workload. */
export function watchedKinds(kinds: readonly KindOfWorkload[]): readonly WatchedKind[] {
  return [
    ...[resources.namespaces, ...kinds.map(resourceOf)].map((resource) => ({ resource })),
    ...[resources.services, resources.appConnectivities].map((resource) => ({ resource })),
    ...[resources.networkPolicies, resources.nodes].map((resource) => ({ resource })),
    { resource: resources.serviceCidrs },
    ...outsideKinds,
  ];
}

/** Where the API server has a kind of workload. */
export function resourceOf({ group, version, plural, kind }: KindOfWorkload): Resource {
  return { group, version, plural, kind, namespaced: true };
}

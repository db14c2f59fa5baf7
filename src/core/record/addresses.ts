import { quote } from '../intent/explain.ts';
import { compareText } from '../model/labels.ts';
import { canonicalAddress, isTooWide } from '../model/range.ts';
import type { NodeFacts, RangeRecord, Refused } from '../model/records.ts';
import { explained } from './parsing.ts';
import { nodeObject, serviceCidrObject } from './schemas.ts';

const controlPlaneLabel = 'node-role.kubernetes.io/control-plane';
/** Google Kubernetes Engine names the pool of every node of its own. */
const gkeLabel = 'cloud.google.com/gke-nodepool';

/** A Node: the ranges of its pods, and what tells who it is. */
export function readNode(raw: unknown): RangeRecord {
  const { metadata, spec, status } = nodeObject.parse(raw, explained);
  const ranges = spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []);
  const labels = metadata.labels ?? {};
  const internal = (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP');
  const node: NodeFacts = {
    addresses: canonicalAddresses(internal.map(({ address }) => address ?? '')),
    controlPlane: Object.hasOwn(labels, controlPlaneLabel),
    gke: Object.hasOwn(labels, gkeLabel),
  };
  const source = `Node/${metadata.name}`;
  return { kind: 'ClusterRange', source, ...rangesOf(['spec', 'podCIDRs'], ranges), node };
}

export function readServiceCidr(raw: unknown): RangeRecord {
  const { metadata, spec } = serviceCidrObject.parse(raw, explained);
  return {
    kind: 'ClusterRange',
    source: `ServiceCIDR/${metadata.name}`,
    ...rangesOf(['spec', 'cidrs'], spec?.cidrs ?? []),
  };
}

/** Those that may be a cluster's: a Node says of itself what its kubelet was told. */
function rangesOf(
  path: Refused['path'],
  told: readonly string[],
): Pick<RangeRecord, 'ranges' | 'refused'> {
  const ranges = told.filter((range) => !isTooWide(range));
  const index = told.findIndex(isTooWide);
  if (index < 0) return { ranges };
  const problem = `${quote(told[index])} is larger than the ranges of any cluster; it counts for nothing`;
  return { ranges, refused: { path: [...path, index], problem } };
}

/** Addresses in canonical form, sorted and without repeats. What is none is left out: it can be nobody's. */
export function canonicalAddresses(texts: readonly string[]): string[] {
  const found = texts.flatMap((text) => canonicalAddress(text) ?? []);
  return [...new Set(found)].sort(compareText);
}

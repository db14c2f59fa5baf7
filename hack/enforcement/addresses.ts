import { createHash } from 'node:crypto';

/** The one node. */
export const nodeName = 'node';
/** Where pods have their addresses. */
export const podBlocks = { ipv4: '10.99.0.0/16', ipv6: 'fd00:99::/64' } as const;
/** Where Services have theirs. */
export const serviceBlocks = '10.96.0.0/16,fd00:96::/112';

/** Where the API server says that it is: it cannot listen there, but who is outside can for it. */
export const apiServerAddress = '203.0.113.200';

/**
 * The network outside of the cluster: a documentation block of each family, in two halves. Whoever is
 * at .7 may be meant as another node.
 */
export const outside = {
  pod: 'outside',
  veth: 'out0',
  gateways: ['203.0.113.1/24', '2001:db8:1::1/64'],
  addresses: [
    ...['203.0.113.7/24', '203.0.113.10/24', `${apiServerAddress}/24`],
    ...['2001:db8:1::10/64', '2001:db8:1:0:8000::10/64'],
  ],
} as const;

/** An address without the length of its prefix. */
export function bare(text: string): string {
  return text.replace(/\/.*/, '');
}

/** The addresses of the pod of this number, from 1. */
export function addressesOfPod(number: number): readonly [ipv4: string, ipv6: string] {
  const place = number + 10;
  return [`10.99.${place >> 8}.${place & 255}`, `fd00:99::${place.toString(16)}`];
}

/** The name of the node's end of a pod's link, as Calico expects it. */
export function vethOf(namespace: string, pod: string): string {
  const hash = createHash('sha1').update(`${namespace}.${pod}`).digest('hex');
  return `cali${hash.slice(0, 11)}`;
}

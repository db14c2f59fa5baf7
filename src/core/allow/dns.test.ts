import { describe, expect, test } from '@jest/globals';
import { namespace, service, servicePort, workload } from '../../../test/support/builders.ts';
import { worldFrom } from '../../../test/support/outside.ts';
import { node } from '../../../test/support/outside-builders.ts';
import type { WorldRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { allowDns } from './dns.ts';

/** Whom a world lets everyone who talks reach for names, as text, and what is wrong with that. */
function dnsOf(...records: readonly WorldRecord[]): [string[], string | undefined] {
  const { targets, problem } = allowDns(worldFrom(defaultSettings, ...records));
  const texts = targets.map(({ peer, namespace: home, ports }) => {
    const shown =
      ports === 'all' ? 'all' : ports.map(({ protocol, port }) => `${port}/${protocol}`);
    return `${peer.ipBlock?.cidr ?? home} ${String(shown)}`;
  });
  return [texts, problem];
}

const gke = node('a', ['192.0.2.1'], { gke: true });
const kubeDns = [
  namespace('kube-system'),
  workload('kube-system/coredns', { labels: { 'k8s-app': 'kube-dns' } }),
  service('kube-system/kube-dns', [servicePort(53, 53, { protocol: 'UDP' })], {
    ...{ selector: { 'k8s-app': 'kube-dns' }, clusterIPs: ['10.0.0.10'] },
  }),
];

describe('Names can be resolved', () => {
  test('on OpenShift, by the pods behind its own Service on their port', () => {
    const ports = [
      servicePort(53, 'dns', { protocol: 'UDP' }),
      servicePort(53, 'dns-tcp', { protocol: 'TCP' }),
    ];
    const records = [
      namespace('openshift-dns'),
      workload('openshift-dns/dns-default', { kind: 'DaemonSet' }),
      service('openshift-dns/dns-default', ports, { clusterIPs: ['172.30.0.10'] }),
      service('openshift-dns/other', ports),
    ];
    expect(dnsOf(...records)).toEqual([
      ['openshift-dns dns/UDP,dns-tcp/TCP', '172.30.0.10/32 53/UDP,53/TCP'],
      undefined,
    ]);
  });

  test('over UDP and TCP only, whatever else its Service has on that port', () => {
    const ports = [
      servicePort(53, 53, { protocol: 'SCTP' }),
      servicePort(53, 53, { protocol: 'UDP' }),
    ];
    const selector = { 'k8s-app': 'kube-dns' };
    const front = service('kube-system/kube-dns', ports, { selector, clusterIPs: ['10.0.0.10'] });
    expect(dnsOf(...kubeDns, front)[0]).toEqual(['kube-system 53/UDP', '10.0.0.10/32 53/UDP']);
  });

  test('on GKE, by the address on every node, with its Service and without', () => {
    const address = '169.254.169.254/32 53/TCP,53/UDP';
    expect(dnsOf(gke)).toEqual([[address], undefined]);
    expect(dnsOf(gke, ...kubeDns)).toEqual([
      ['kube-system 53/UDP', '10.0.0.10/32 53/UDP', address],
      undefined,
    ]);
    expect(dnsOf(node('a', ['192.0.2.1']), ...kubeDns)[0]).not.toContain(address);
  });

  test('through the usual pods, with a notice, where nothing of it is found', () => {
    expect(dnsOf()).toEqual([['kube-system 53/TCP,53/UDP'], 'DNSServiceNotFound']);
  });

  test('by nobody is told, unless something answers on every node', () => {
    const [space, , front] = kubeDns;
    const records = [space, front].flatMap((each) => each ?? []);
    const lone = { ...records[1], selector: undefined } as WorldRecord;
    expect(dnsOf(namespace('kube-system'), lone)[1]).toBe('DNSNotCovered');
    expect(dnsOf(namespace('kube-system'), lone, gke)[1]).toBeUndefined();
  });
});

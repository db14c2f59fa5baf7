import { describe, expect, test } from '@jest/globals';
import { ask, strayPod } from '../../../test/support/ask.ts';
import {
  namespace,
  resource,
  service,
  servicePort,
  tcp,
  workload,
} from '../../../test/support/builders.ts';
import { defaultSettings } from '../model/settings.ts';

const nodes = {
  ranges: [{ kind: 'ClusterRange', source: 'Node/one', ranges: ['10.244.0.0/16'] } as const],
};

describe('addresses (hard case 20)', () => {
  const talking = (talksTo: string) => ({ workloads: [workload('shop/a', { talksTo })], ...nodes });

  test('20: a block that overlaps the cluster gives no rule', () => {
    const { can, isolated } = ask(talking('10.0.0.0/8, 203.0.113.0/24'));
    expect(can('shop/a', '10.9.9.9', 80)).toBe(false);
    expect(can('shop/a', '203.0.113.9', 80)).toBe(true);
    expect(can('shop/a', '203.0.114.9', 80)).toBe(false);
    expect(isolated('shop/a', 'Egress')).toBe(true);
    expect(ask(talking('10.244.3.0/24')).can('shop/a', '10.244.3.1', 80)).toBe(false);
    expect(ask(talking('0.0.0.0/0')).can('shop/a', '8.8.8.8', 80)).toBe(false);
  });

  test('20: a block whose except leaves out the cluster ranges is outside', () => {
    const except = (blocks: string[]) => ({
      ...nodes,
      workloads: [workload('shop/a')],
      resources: [
        resource('shop/a', {
          workload: { kind: 'Deployment', name: 'a' },
          talksTo: [{ cidr: { block: '10.0.0.0/8', except: blocks } }],
        }),
      ],
    });
    const whole = ask(except(['10.244.0.0/16']));
    expect(whole.can('shop/a', '10.243.255.255', 80)).toBe(true);
    expect(whole.can('shop/a', '10.244.0.0', 80)).toBe(false);
    expect(ask(except(['10.244.0.0/17', '10.244.128.0/17'])).can('shop/a', '10.0.0.1', 80)).toBe(
      true,
    );
    expect(ask(except(['10.244.0.0/17'])).can('shop/a', '10.0.0.1', 80)).toBe(false);
  });

  test('20: @internet is without private, link-local and cluster ranges', () => {
    const settings = { ...defaultSettings, clusterRanges: ['198.51.100.0/24'] };
    const { can } = ask({
      workloads: [workload('shop/a', { talksTo: '@internet:443' })],
      settings,
    });
    expect(can('shop/a', '8.8.8.8', 443)).toBe(true);
    expect(can('shop/a', '2001:db8::1', 443)).toBe(true);
    expect(can('shop/a', '8.8.8.8', 80)).toBe(false);
    expect(can('shop/a', '64:ff9b::808:808', 443)).toBe(true);
    const throughNat64 = ['64:ff9b::a01:101', '64:ff9b::c633:6409'];
    const plain = ['10.1.1.1', '169.254.169.254', '198.51.100.9', 'fd00::1', '::1'];
    for (const inside of [...plain, ...throughNat64]) {
      expect(can('shop/a', inside, 443)).toBe(false);
    }
  });

  test('20: addresses of pods are no matter of blocks', () => {
    const workloads = [workload('shop/a', { talksTo: '203.0.113.0/24, @internet' })];
    const { can } = ask({ workloads });
    expect(can('shop/a', strayPod('shop', {}), 80)).toBe(false);
  });

  test('text that is not in canonical form is Invalid, and absent', () => {
    for (const text of ['203.0.113.7/24', '010.0.0.0/8', '[::ffff:203.0.113.7]']) {
      expect(ask(talking(text)).isolated('shop/a', 'Egress')).toBe(false);
    }
  });
});

describe('DNS (hard case 15)', () => {
  const coredns = workload('kube-system/coredns', {
    labels: { 'k8s-app': 'kube-dns' },
    ports: [tcp(5353, 'dns', 'UDP'), tcp(5353, 'dns-tcp'), 9153],
  });
  const kubeDns = service(
    'kube-system/kube-dns',
    [
      servicePort(53, 'dns', { name: 'dns', protocol: 'UDP' }),
      servicePort(53, 'dns-tcp', { name: 'dns-tcp' }),
      servicePort(9153, 9153),
    ],
    { selector: { 'k8s-app': 'kube-dns' }, clusterIPs: ['10.96.0.10'] },
  );
  const resolver = strayPod('kube-system', { 'k8s-app': 'kube-dns' });
  const a = workload('shop/a', { talksTo: '203.0.113.7' });

  test('whoever declares egress reaches the pods and the ClusterIP of the DNS Service', () => {
    const { can } = ask({ workloads: [coredns, a], services: [kubeDns] });
    expect(can('shop/a', 'kube-system/coredns', 5353, 'UDP')).toBe(true);
    expect(can('shop/a', 'kube-system/coredns', 53, 'UDP')).toBe(false);
    expect(can('shop/a', 'kube-system/coredns', 9153)).toBe(false);
    expect(can('shop/a', '10.96.0.10', 53, 'UDP')).toBe(true);
    expect(can('shop/a', '10.96.0.10', 9153)).toBe(false);
    expect(can('shop/a', '169.254.20.10', 53, 'UDP')).toBe(false);
  });

  test('without a DNS Service it is the pods k8s-app: kube-dns, whatever the input holds', () => {
    const { can } = ask({ workloads: [a] });
    expect(can('shop/a', resolver, 53, 'UDP')).toBe(true);
    expect(can('shop/a', resolver, 53, 'SCTP')).toBe(false);
  });

  test('a silent workload gets DNS with a derived or a namespace rule, and not without', () => {
    const denied = (talksTo?: string) => [namespace('shop', { deny: 'egress', talksTo })];
    const quiet = workload('shop/quiet');
    const api = workload('shop/api', { acceptsFrom: 'quiet' });
    const dns = (parts: Parameters<typeof ask>[0]) => ask(parts).can('shop/quiet', resolver, 53);
    expect(dns({ workloads: [quiet], namespaces: denied() })).toBe(false);
    expect(dns({ workloads: [quiet, api], namespaces: denied() })).toBe(true);
    expect(dns({ workloads: [quiet], namespaces: denied('@internet') })).toBe(true);
    expect(dns({ workloads: [quiet], namespaces: denied('nobody-here') })).toBe(false);
  });

  test('dns: deny, of whichever source, wins; none wins over all', () => {
    const with_ = (parts: Parameters<typeof ask>[0]) => ask(parts).can('shop/a', resolver, 53);
    expect(with_({ workloads: [workload('shop/a', { talksTo: 'x', dns: 'deny' })] })).toBe(false);
    expect(with_({ workloads: [a], namespaces: [namespace('shop', { dns: 'deny' })] })).toBe(false);
    const about = {
      workload: { kind: 'Deployment', name: 'a' },
      talksTo: [{ entity: 'Internet' }],
    };
    const resources = (dns: string) => [resource('shop/a', { ...about, dns })];
    expect(with_({ workloads: [a], resources: resources('Deny') })).toBe(false);
    expect(with_({ workloads: [a], resources: resources('Allow') })).toBe(true);
    expect(with_({ workloads: [workload('shop/a', { talksTo: 'none', dns: 'allow' })] })).toBe(
      false,
    );
  });

  test('a node-local cache is reached where there is one', () => {
    const cache = workload('kube-system/node-local-dns', { kind: 'DaemonSet', hostNetwork: true });
    const { can } = ask({ workloads: [a, cache] });
    expect(can('shop/a', '169.254.20.10', 53, 'UDP')).toBe(true);
  });
});

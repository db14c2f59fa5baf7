import { describe, expect, test } from '@jest/globals';
import { ask, strayPod } from '../../../test/support/ask.ts';
import { namespace, service, servicePort, tcp, workload } from '../../../test/support/builders.ts';
import { addresses, apiServer, node } from '../../../test/support/outside-builders.ts';
import { defaultSettings, type PartySettings } from '../model/settings.ts';

const nobody = defaultSettings.parties;

function knowing(parties: Partial<PartySettings>) {
  return { ...defaultSettings, parties: { ...nobody, ...parties } };
}

const controller = strayPod('edge', { app: 'nginx' });
const ingress = [{ namespace: 'edge', selector: { matchLabels: { app: 'nginx' } } }];

describe('parties', () => {
  test('@ingress admits the configured pods, on the port of the writer alone', () => {
    const { can } = ask({
      namespaces: [namespace('edge')],
      workloads: [workload('shop/web', { acceptsFrom: '@ingress:8080' })],
      settings: knowing({ ingress }),
    });
    expect(can(controller, 'shop/web', 8080)).toBe(true);
    expect(can(controller, 'shop/web', 8081)).toBe(false);
    expect(can(strayPod('edge', { app: 'other' }), 'shop/web', 8080)).toBe(false);
    expect(can(strayPod('shop', { app: 'nginx' }), 'shop/web', 8080)).toBe(false);
  });

  test('a party whose namespace does not exist is nobody', () => {
    const { can } = ask({
      workloads: [workload('shop/web', { acceptsFrom: '@ingress' })],
      settings: knowing({ ingress }),
    });
    expect(can(controller, 'shop/web', 8080)).toBe(false);
  });

  test('a party names nobody: a silent workload whose pods it means stays closed', () => {
    const { can } = ask({
      namespaces: [namespace('shop', { deny: 'true' })],
      workloads: [workload('shop/api', { talksTo: '@ingress' }), workload('shop/nginx')],
      settings: knowing({ ingress: [{ ...ingress[0], namespace: 'shop' } as never] }),
    });
    expect(can(strayPod('shop', { app: 'api' }), strayPod('edge', {}), 80)).toBe(false);
    expect(can('shop/api', 'shop/nginx', 80)).toBe(false);
  });

  test('@kube-apiserver is dialled at its endpoints, with those in grace, and calls from elsewhere', () => {
    const { can } = ask({
      workloads: [
        workload('shop/op', { talksTo: '@kube-apiserver', acceptsFrom: '@kube-apiserver:9443' }),
        workload('kube-system/agent', { labels: { 'k8s-app': 'konnectivity-agent' } }),
      ],
      ranges: [node('one', ['10.0.0.5']), node('two', ['10.0.0.6'], { controlPlane: true })],
      outside: [apiServer(['192.0.2.1']), addresses('@kube-apiserver', ['192.0.2.2'])],
      settings: knowing({ apiServerSources: ['198.51.100.0/28'] }),
    });
    for (const target of ['192.0.2.1', '192.0.2.2']) {
      expect(can('shop/op', target, 6443)).toBe(true);
      expect(can('shop/op', target, 443)).toBe(false);
      expect(can(target, 'shop/op', 9443)).toBe(false);
    }
    for (const source of ['198.51.100.3', '10.0.0.6', 'kube-system/agent']) {
      expect(can(source, 'shop/op', 9443)).toBe(true);
    }
    expect(can('10.0.0.5', 'shop/op', 9443)).toBe(false);
  });

  test('@kube-apiserver is dialled at the ClusterIPs in front of its endpoints as well, if there are any', () => {
    const front = service('default/kubernetes', [servicePort(443, 6443)], {
      clusterIPs: ['10.96.0.1', 'fd00::1'],
    });
    const workloads = [workload('shop/op', { talksTo: '@kube-apiserver' })];
    const outside = [apiServer(['192.0.2.1'])];
    const { can } = ask({ workloads, services: [front], outside });
    for (const target of front.clusterIPs) {
      expect(can('shop/op', target, 443)).toBe(true);
      expect(can('shop/op', target, 6443)).toBe(false);
    }
    expect(can('shop/op', '192.0.2.1', 443)).toBe(false);
    const alone = ask({ workloads, services: [front] });
    expect(alone.can('shop/op', '10.96.0.1', 443)).toBe(false);
  });

  test('@kube-apiserver on a port of its Service is dialled there at the ClusterIPs, and translated at the endpoints', () => {
    const front = service('default/kubernetes', [servicePort(443, 6443)], {
      clusterIPs: ['10.96.0.1'],
    });
    const reached = (talksTo: string, services = [front]) => {
      const workloads = [workload('shop/op', { talksTo })];
      const { can } = ask({ workloads, services, outside: [apiServer(['192.0.2.1'])] });
      return ['10.96.0.1', '192.0.2.1'].flatMap((address) =>
        [443, 6443, 8443]
          .filter((port) => can('shop/op', address, port))
          .map((port) => `${address}:${port}`),
      );
    };
    const translated = ['10.96.0.1:443', '192.0.2.1:6443'];
    expect(reached('@kube-apiserver:443')).toEqual(translated);
    expect(reached('@kube-apiserver:440-450/tcp')).toEqual(translated);
    expect(reached('@kube-apiserver:6443')).toEqual(translated);
    expect(reached('@kube-apiserver:6000-7000')).toEqual(translated);
    expect(reached('@kube-apiserver:8443')).toEqual(['10.96.0.1:8443', '192.0.2.1:8443']);
    expect(reached('@kube-apiserver:443/udp')).toEqual([]);
    expect(reached('@kube-apiserver:443', [])).toEqual(['192.0.2.1:443']);
  });

  test('@nodes are the InternalIPs of all Nodes and the configured sources', () => {
    const { can } = ask({
      workloads: [workload('shop/probe', { talksTo: '@nodes:10250', acceptsFrom: '@nodes' })],
      ranges: [node('one', ['10.0.0.5'])],
      settings: knowing({ nodeSources: ['10.9.0.0/24'] }),
    });
    expect(can('shop/probe', '10.0.0.5', 10250)).toBe(true);
    expect(can('shop/probe', '10.0.0.5', 10251)).toBe(false);
    expect(can('10.9.0.7', 'shop/probe', 8080)).toBe(true);
    expect(can('10.9.1.7', 'shop/probe', 8080)).toBe(false);
  });

  test('@dns with a port means that port of its pods and addresses, over UDP and TCP', () => {
    const { can } = ask({
      workloads: [workload('shop/app', { talksTo: '@dns:9153', dns: 'deny', acceptsFrom: '@dns' })],
    });
    const pod = strayPod('kube-system', { 'k8s-app': 'kube-dns' });
    expect(can('shop/app', pod, 9153, 'UDP')).toBe(true);
    expect(can('shop/app', pod, 9153)).toBe(true);
    expect(can('shop/app', pod, 53)).toBe(false);
    expect(can(pod, 'shop/app', 80)).toBe(true);
  });
});

describe('@dns on a port that is written', () => {
  const labels = { 'k8s-app': 'kube-dns' };
  const front = service(
    'kube-system/kube-dns',
    [
      servicePort(53, 5353, { name: 'dns', protocol: 'UDP' }),
      servicePort(53, 'tcp', { name: 'dns-tcp' }),
    ],
    { selector: labels, clusterIPs: ['10.96.0.10'] },
  );
  const reached = (talksTo: string) => {
    const { can } = ask({
      workloads: [
        workload('shop/app', { talksTo, dns: 'deny' }),
        workload('kube-system/coredns', {
          ...{ labels, ports: [tcp(5353, 'tcp'), tcp(9153, 'metrics')] },
        }),
        workload('kube-system/node-local-dns', { kind: 'DaemonSet', hostNetwork: true }),
      ],
      services: [front],
    });
    return ['kube-system/coredns', '10.96.0.10', '169.254.20.10'].map((target) =>
      [53, 853, 5353, 9153].flatMap((port) =>
        (['UDP', 'TCP'] as const)
          .filter((protocol) => can('shop/app', target, port, protocol))
          .map((protocol) => `${port}/${protocol}`),
      ),
    );
  };

  test('is that of its Services: kept at their ClusterIPs and on nodes, translated at their pods', () => {
    const both = ['53/UDP', '53/TCP'];
    expect(reached('@dns:53')).toEqual([['5353/UDP', '5353/TCP'], both, both]);
    expect(reached('@dns:53/udp')).toEqual([['5353/UDP'], ['53/UDP'], ['53/UDP']]);
    expect(reached('@dns:dns-tcp')).toEqual([['5353/TCP'], ['53/TCP'], ['53/TCP']]);
  });

  test('is else that of the pods, by number or name, and else as written', () => {
    const own = ['5353/UDP', '5353/TCP'];
    expect(reached('@dns:5353')).toEqual([own, ['53/UDP', '53/TCP'], own]);
    expect(reached('@dns:metrics')).toEqual([['9153/TCP'], [], []]);
    expect(reached('@dns:ghost')).toEqual([[], [], []]);
    const literal = ['853/UDP', '853/TCP'];
    expect(reached('@dns:853')).toEqual([literal, literal, literal]);
  });
});

describe('DNS profiles', () => {
  test('on Google Kubernetes Engine names are asked at the link-local address, not at pods', () => {
    const { can } = ask({
      workloads: [workload('shop/app', { talksTo: '203.0.113.7' })],
      ranges: [node('one', ['10.0.0.5'], { gke: true })],
    });
    expect(can('shop/app', '169.254.169.254', 53, 'UDP')).toBe(true);
    expect(can('shop/app', strayPod('kube-system', { 'k8s-app': 'kube-dns' }), 53)).toBe(false);
  });

  test('on OpenShift they are asked at the pods of dns-default, on its targetPorts', () => {
    const labels = { dns: 'default' };
    const { can } = ask({
      workloads: [
        workload('shop/app', { talksTo: '203.0.113.7' }),
        workload('openshift-dns/dns-default', { kind: 'DaemonSet', labels }),
      ],
      services: [
        service('openshift-dns/dns-default', [servicePort(53, 5353, { protocol: 'UDP' })], {
          ...{ selector: labels, clusterIPs: ['172.30.0.10'] },
        }),
      ],
    });
    expect(can('shop/app', 'openshift-dns/dns-default', 5353, 'UDP')).toBe(true);
    expect(can('shop/app', '172.30.0.10', 53, 'UDP')).toBe(true);
    expect(can('shop/app', strayPod('kube-system', { 'k8s-app': 'kube-dns' }), 53)).toBe(false);
  });
});

describe('hosts', () => {
  test('a host is its known addresses, without those that are internal or of the cluster', () => {
    const { can } = ask({
      workloads: [workload('shop/pay', { talksTo: 'host/api.example.com:443' })],
      outside: [
        addresses('api.example.com', ['203.0.113.7', '10.1.2.3', '0.0.0.0', '198.51.100.9']),
      ],
      settings: { ...defaultSettings, clusterRanges: ['198.51.100.0/24'] },
    });
    expect(can('shop/pay', '203.0.113.7', 443)).toBe(true);
    for (const other of ['203.0.113.8', '10.1.2.3', '0.0.0.0', '198.51.100.9']) {
      expect(can('shop/pay', other, 443)).toBe(false);
    }
  });
});

import { describe, expect, test } from '@jest/globals';
import { namespace, resource, service, servicePort, workload, worldOf } from './builders.ts';
import { addressesToProbe, podsToProbe, portsToProbe } from './probes.ts';

describe('probes', () => {
  test('addresses stand at both edges of every block and except, and just outside', () => {
    const world = worldOf({
      workloads: [workload('shop/a', { talksTo: '203.0.113.0/24:80, [2001:db8::1]:443' })],
      resources: [
        resource('shop/a', {
          selector: { matchLabels: { app: 'a' } },
          talksTo: [{ cidr: { block: '198.51.100.0/24', except: ['198.51.100.8/29'] } }],
        }),
      ],
    });
    const addresses = addressesToProbe(world);
    const v4 = ['203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0'];
    const inner = ['198.51.100.7', '198.51.100.8', '198.51.100.15', '198.51.100.16'];
    const v6 = ['2001:db8:0:0:0:0:0:0', '2001:db8:0:0:0:0:0:1', '2001:db8:0:0:0:0:0:2'];
    expect(addresses).toEqual(expect.arrayContaining([...v4, ...inner, ...v6, '198.51.100.255']));
  });

  test('ports are all numbers of the world and their neighbours', () => {
    const world = worldOf({
      namespaces: [namespace('shop', { talksTo: 'b:7000-7010/udp' })],
      workloads: [workload('shop/a', { ports: [8080], acceptsFrom: 'b:1, [2001:db8::1]:443' })],
      services: [service('shop/a', [servicePort(80, 'http')])],
      resources: [
        resource('shop/a', {
          selector: { matchLabels: { app: 'a' } },
          talksTo: [{ entity: 'Cluster', ports: [{ port: 65535 }] }],
        }),
      ],
    });
    expect(portsToProbe(world)).toEqual([
      ...[1, 2, 52, 53, 54, 79, 80, 81, 442, 443, 444],
      ...[6999, 7000, 7001, 7009, 7010, 7011, 8079, 8080, 8081, 65534, 65535],
    ]);
  });

  test('pods come with their owner first, then with labels more and fewer', () => {
    const one = workload('shop/a', { labels: { app: 'a', tier: 'front' } });
    const node = workload('shop/node', { hostNetwork: true });
    const pods = podsToProbe(worldOf({ workloads: [one, node] }));
    expect(pods[0]).toEqual({ namespace: 'shop', labels: one.labels, ports: [], owner: one });
    const labels = pods.map((pod) => pod.labels);
    expect(labels).toContainEqual({ app: 'a', tier: 'front', role: 'primary' });
    expect(labels).toContainEqual({ tier: 'front' });
    expect(labels).not.toContainEqual(node.labels);
  });
});

import { describe, expect, test } from '@jest/globals';
import { ask } from '../../../test/support/ask.ts';
import {
  namespace,
  resource,
  service,
  servicePort,
  tcp,
  type WorkloadParts,
  workload,
} from '../../../test/support/builders.ts';
import type { ServicePort } from '../model/records.ts';

/** The ports of `x` that somebody reaches who says `talks-to: <text>`, as `8080/TCP`. */
function reached(text: string, parts: WorkloadParts, ports?: readonly ServicePort[]): string[] {
  const { can } = ask({
    workloads: [workload('shop/x', parts), workload('shop/a', { talksTo: text })],
    services: ports === undefined ? [] : [service('shop/x', ports)],
  });
  const numbers = [53, 80, 1000, 8000, 8001, 8080, 9001, 9090];
  return (['TCP', 'UDP', 'SCTP'] as const).flatMap((protocol) =>
    numbers
      .filter((port) => can('shop/a', 'shop/x', port, protocol))
      .map((port) => `${port}/${protocol}`),
  );
}

describe('ports (hard case 19)', () => {
  test('19d: what only a workload on the host’s network declares is no port of the others behind a Service', () => {
    const labels = { part: 'all' };
    const said = (talksTo: string) =>
      ask({
        namespaces: [namespace('shop', { deny: 'true', talksTo }), namespace('kube-system')],
        workloads: [
          workload('shop/a'),
          workload('shop/x', { labels }),
          workload('shop/node', { labels, hostNetwork: true, ports: [tcp(9100, 'metrics')] }),
          workload('kube-system/dns', { labels: { 'k8s-app': 'kube-dns' } }),
        ],
        services: [service('shop/all', [servicePort(80, 8080)], { selector: labels })],
      });
    // Whose word has no entry asks nobody for names.
    expect(said('all:80').can('shop/a', 'kube-system/dns', 53, 'UDP')).toBe(true);
    expect(said('all:metrics').can('shop/a', 'kube-system/dns', 53, 'UDP')).toBe(false);
  });

  test('19a: a range on a Service means every Service port in it, translated', () => {
    const ports = [servicePort(8001, 9001), servicePort(80, 8080)];
    expect(reached('x:8000-8100', {}, ports)).toEqual(['9001/TCP']);
    expect(reached('x:100-200', {}, ports)).toEqual([]);
  });

  test("19b: no protocol means the Service port's own; TCP only where nothing is declared", () => {
    const ports = [servicePort(53, 53, { protocol: 'UDP' })];
    expect(reached('x:53', {}, ports)).toEqual(['53/UDP']);
    expect(reached('x:53/tcp', {}, ports)).toEqual([]);
    expect(reached('x:53', {})).toEqual(['53/TCP']);
    expect(reached('x:53', { ports: [tcp(53, undefined, 'UDP')] })).toEqual(['53/UDP']);
    expect(reached('x:53/sctp', { ports: [tcp(53, undefined, 'UDP')] })).toEqual(['53/SCTP']);
  });

  test('19c: a name is a Service port, then a targetPort, then a containerPort', () => {
    const parts = { ports: [tcp(8080, 'http'), tcp(9090, 'metrics')] };
    const web = [servicePort(80, 'http', { name: 'metrics' })];
    expect(reached('x:metrics', parts, web)).toEqual(['8080/TCP']);
    expect(reached('x:http', parts, web)).toEqual(['8080/TCP']);
    expect(reached('x:metrics', parts, [servicePort(80, 'http')])).toEqual(['9090/TCP']);
    expect(reached('x:sql', parts, web)).toEqual([]);
    expect(reached('x:metrics', parts)).toEqual(['9090/TCP']);
    expect(reached('x:sql', parts)).toEqual([]);
  });

  test("19d: a Service port wins over another's equal targetPort", () => {
    const ports = [servicePort(80, 8080), servicePort(8080, 9090)];
    expect(reached('x:8080', {}, ports)).toEqual(['9090/TCP']);
    expect(reached('x:80', {}, ports)).toEqual(['8080/TCP']);
    expect(reached('x:9090', {}, ports)).toEqual(['9090/TCP']);
    expect(reached('x:1000', {}, ports)).toEqual([]);
  });

  test('19e: a named targetPort is resolved on each destination pod, by protocol', () => {
    const parts = { ports: [tcp(8080, 'http'), tcp(9001, 'http', 'UDP')] };
    expect(reached('x:80', parts, [servicePort(80, 'http')])).toEqual(['8080/TCP']);
    expect(reached('x:8080', parts, [servicePort(80, 'http')])).toEqual(['8080/TCP']);
    expect(reached('x:9001', parts, [servicePort(80, 'http')])).toEqual([]);
    expect(reached('x:80', {}, [servicePort(80, 'http')])).toEqual([]);
  });

  test('19f: endPort with a name, and except outside its block, are Invalid', () => {
    const { isolated } = ask({
      workloads: [workload('shop/a')],
      resources: [
        resource('shop/a', {
          workload: { kind: 'Deployment', name: 'a' },
          talksTo: [{ entity: 'Namespace', ports: [{ port: 'http', endPort: 90 }] }],
          acceptsFrom: [{ cidr: { block: '203.0.113.0/24', except: ['198.51.100.0/25'] } }],
        }),
      ],
    });
    expect(isolated('shop/a', 'Egress')).toBe(false);
    expect(isolated('shop/a', 'Ingress')).toBe(false);
  });

  test('no port means every port that the target declares; none declared: all', () => {
    const parts = { ports: [8080, tcp(53, 'dns', 'UDP')] };
    expect(reached('x', parts)).toEqual(['8080/TCP', '53/UDP']);
    expect(reached('x', parts, [servicePort(80, 8080)])).toEqual(['8080/TCP']);
    expect(reached('x', parts, [])).toEqual(['8080/TCP', '53/UDP']);
    expect(reached('x', {})).toHaveLength(24);
    expect(reached('@namespace', parts)).toHaveLength(24);
  });

  test('a range at a workload has the protocols that are declared inside it', () => {
    const parts = { ports: [tcp(8001, undefined, 'UDP')] };
    expect(reached('x:8000-8080', parts)).toEqual(['8000/UDP', '8001/UDP', '8080/UDP']);
    expect(reached('x:8080-9090', parts)).toEqual(['8080/TCP', '9001/TCP', '9090/TCP']);
  });

  test('accepts-from of a selector resource sums up the ports of the workloads it matches', () => {
    const tier = { tier: 'web' };
    const { can } = ask({
      workloads: [
        workload('shop/x', { labels: { app: 'x', ...tier }, ports: [tcp(8080, 'http')] }),
        workload('shop/y', { labels: { app: 'y', ...tier }, ports: [tcp(80, 'http', 'UDP')] }),
        workload('shop/a'),
      ],
      resources: [
        resource('shop/tier', {
          selector: { matchLabels: tier },
          acceptsFrom: [
            {
              workload: { kind: 'Deployment', name: 'a' },
              ports: [{ port: 'http' }, { port: 80 }],
            },
          ],
        }),
      ],
    });
    expect(can('shop/a', 'shop/x', 8080)).toBe(true);
    expect(can('shop/a', 'shop/y', 80, 'UDP')).toBe(true);
    expect(can('shop/a', 'shop/y', 80)).toBe(true);
    expect(can('shop/a', 'shop/y', 8080)).toBe(false);
  });
});

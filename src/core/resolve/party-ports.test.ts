import { describe, expect, test } from '@jest/globals';
import { namespace, service, servicePort, tcp, workload } from '../../../test/support/builders.ts';
import { statesOf } from '../../../test/support/outside.ts';
import { apiServer, node } from '../../../test/support/outside-builders.ts';
import { compileAll } from '../compile/compile.ts';
import type { WorldRecord } from '../model/records.ts';
import { messageOf, severityOf } from '../status/messages.ts';
import type { World } from '../world/world.ts';
import { coreDns, egressOf, worldSaying } from './fixtures/given.ts';

/** The rules and the edges of an app that dials these. */
function dialling(talksTo: string, ...records: readonly WorldRecord[]) {
  const world = worldSaying({ talksTo }, records);
  return { rules: egressOf(world), states: statesOf(world) };
}

/** What is said of the entries besides. */
function noticesOf(world: World): string[] {
  return compileAll(world)
    .flatMap(({ findings }) => findings)
    .filter(({ code }) => severityOf(code) === 'notice')
    .map(messageOf);
}

describe('talks-to @kube-apiserver with a port', () => {
  const slice = apiServer(['192.0.2.1', '2001:db8::1']);
  const front = service('default/kubernetes', [servicePort(443, 6443, { name: 'https' })], {
    clusterIPs: ['10.96.0.1'],
  });
  const translated = ['10.96.0.1/32 443/TCP', '192.0.2.1/32 6443/TCP', '2001:db8::1/128 6443/TCP'];

  test.each(['443', '443/tcp', '400-500'])(
    '%s, of the Service in front, is translated to that of its endpoints, and kept at the ClusterIP',
    (port) => {
      const { rules, states } = dialling(`@kube-apiserver:${port}`, slice, front);
      expect(rules).toEqual(translated);
      expect(states).toEqual([`@kube-apiserver:${port}: Allowed`]);
    },
  );

  test('that only the endpoints have is taken, and the notice says what is dialled', () => {
    const world = worldSaying({ talksTo: '@kube-apiserver:6443' }, [slice, front]);
    expect(egressOf(world)).toEqual(translated);
    expect(statesOf(world)).toEqual(['@kube-apiserver:6443: Allowed']);
    expect(noticesOf(world)).toEqual([
      '"@kube-apiserver:6443": 6443 is the port behind the Service; clients of the Service dial 443',
    ]);
  });

  test('that both have is the one of the Service, where that leads elsewhere', () => {
    const other = apiServer(
      ['192.0.2.1'],
      [443, 6443].map((port) => ({ port, protocol: 'TCP' as const })),
    );
    expect(dialling('@kube-apiserver:443', other, front).rules).toEqual([
      ...['10.96.0.1/32 443/TCP', '192.0.2.1/32 6443/TCP'],
    ]);
  });

  test('that neither has is written as it is, and the edge waits and says which there are', () => {
    const { rules, states } = dialling('@kube-apiserver:8443', slice, front);
    expect(rules).toEqual([
      ...['10.96.0.1/32 8443/TCP', '192.0.2.1/32 8443/TCP', '2001:db8::1/128 8443/TCP'],
    ]);
    expect(states).toEqual([
      '@kube-apiserver:8443: Pending/PortNotFound: "@kube-apiserver:8443": port 8443 is not one of its ports (https=443/tcp); declare it there, or write another',
    ]);
    expect(dialling('@kube-apiserver:443/udp', slice, front).states.join()).toContain(
      'PortNotFound',
    );
  });

  test('is compared with the endpoints alone where no Service is known', () => {
    expect(dialling('@kube-apiserver:6443', slice)).toEqual({
      rules: ['192.0.2.1/32 6443/TCP', '2001:db8::1/128 6443/TCP'],
      states: ['@kube-apiserver:6443: Allowed'],
    });
    const { rules, states } = dialling('@kube-apiserver:443', slice);
    expect(rules).toEqual(['192.0.2.1/32 443/TCP', '2001:db8::1/128 443/TCP']);
    expect(states.join()).toContain('port 443 is not one of its ports (6443/tcp)');
  });

  test('follows the endpoints where the Service tells another targetPort than they have', () => {
    const moved = apiServer(['192.0.2.1'], [{ port: 8443, protocol: 'TCP' }]);
    expect(dialling('@kube-apiserver:443', moved, front).rules).toEqual([
      ...['10.96.0.1/32 443/TCP', '192.0.2.1/32 8443/TCP'],
    ]);
  });

  test('in accepts-from is one’s own, and is not translated', () => {
    const own = worldSaying({ acceptsFrom: '@kube-apiserver:8080' }, [
      ...[slice, front, node('a', ['192.0.2.9'], { controlPlane: true })],
    ]);
    expect(statesOf(own)).toEqual(['@kube-apiserver:8080: Allowed']);
  });
});

describe('talks-to @dns with a port', () => {
  test.each(['53', '53/udp', '50-60'])(
    '%s, of its Service, is translated to that of its pods, and kept at the ClusterIP',
    (port) => {
      const { rules, states } = dialling(`@dns:${port}`, ...coreDns);
      expect(rules).toEqual(['10.0.0.10/32 53/UDP', 'kube-dns.kube-system 5353/UDP']);
      expect(states).toEqual([expect.stringContaining(`@dns:${port}: Open: `)]);
    },
  );

  test('that only the pods have is taken, and the notice says what is dialled', () => {
    const world = worldSaying({ talksTo: '@dns:5353' }, coreDns);
    expect(egressOf(world)).toEqual(['10.0.0.10/32 53/UDP', 'kube-dns.kube-system 5353/UDP']);
    expect(noticesOf(world).join()).toContain('clients of the Service dial 53');
  });

  test('by the name of a port of its Service is the pods’ own name, where the Service has one', () => {
    const labels = { dns: 'default' };
    const openShift = [
      ...[namespace('kube-system'), namespace('openshift-dns')],
      workload('openshift-dns/dns-default', {
        ...{ kind: 'DaemonSet', labels, ports: [tcp(5353, 'dns', 'UDP'), tcp(5353, 'dns-tcp')] },
      }),
      service(
        'openshift-dns/dns-default',
        [
          servicePort(53, 'dns', { name: 'dns', protocol: 'UDP' }),
          servicePort(53, 'dns-tcp', { name: 'dns-tcp' }),
        ],
        { selector: labels, clusterIPs: ['172.30.0.10'] },
      ),
    ] as const;
    const both = ['172.30.0.10/32 53/TCP 53/UDP', 'default.openshift-dns dns-tcp/TCP dns/UDP'];
    expect(dialling('@dns:53', ...openShift).rules).toEqual(both);
    expect(dialling('@dns:dns', ...openShift).rules).toEqual([
      ...['172.30.0.10/32 53/UDP', 'default.openshift-dns dns/UDP'],
    ]);
    expect(dialling('@dns:ghost', ...openShift)).toEqual({
      rules: [],
      states: [expect.stringContaining('@dns:ghost: Pending/PortNotFound')],
    });
  });

  test('that no Service has is written as it is, over UDP and TCP, and the edge waits', () => {
    const { rules, states } = dialling('@dns:853', ...coreDns);
    expect(rules).toEqual([
      ...['10.0.0.10/32 853/TCP 853/UDP', 'kube-dns.kube-system 853/TCP 853/UDP'],
    ]);
    expect(states).toEqual([expect.stringContaining('Pending/PortNotFound')]);
    expect(dialling('@dns:853/tcp', ...coreDns).rules).toEqual([
      ...['10.0.0.10/32 853/TCP', 'kube-dns.kube-system 853/TCP'],
    ]);
  });

  test('is as written where DNS answers on every node, and where no Service is known', () => {
    const cache = workload('kube-system/node-local-dns', { kind: 'DaemonSet', hostNetwork: true });
    expect(dialling('@dns:53', ...coreDns, cache).rules).toContain(
      '169.254.20.10/32 53/TCP 53/UDP',
    );
    expect(dialling('@dns:53', node('a', ['192.0.2.1'], { gke: true })).rules).toEqual([
      '169.254.169.254/32 53/TCP 53/UDP',
    ]);
    expect(dialling('@dns:53/udp').rules).toEqual(['kube-dns.kube-system 53/UDP']);
  });
});

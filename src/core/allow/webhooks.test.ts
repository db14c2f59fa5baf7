import { describe, expect, test } from '@jest/globals';
import { service, servicePort, workload } from '../../../test/support/builders.ts';
import { knowing, letsIn, shop, statesOf, worldFrom } from '../../../test/support/outside.ts';
import { node, webhook } from '../../../test/support/outside-builders.ts';
import type { WorldRecord } from '../model/records.ts';

const hook = [
  service('shop/web', [servicePort(443, 8080), servicePort(80, 8081)]),
  webhook('policy', ['shop/web:443']),
];
const atControlPlane = node('cp', ['192.0.2.1'], { controlPlane: true });
const agent = workload('kube-system/agent', { labels: { 'k8s-app': 'konnectivity-agent' } });

const worldWith = (records: readonly WorldRecord[], apiServerSources: readonly string[] = []) =>
  worldFrom(knowing({ apiServerSources }), ...shop, ...hook, ...records);

describe('A webhook lets the API server in to the pods that serve it', () => {
  test('from the addresses of control plane nodes, on the port that is called and no other', () => {
    const world = worldWith([atControlPlane, node('worker', ['192.0.2.9'])]);
    const from = { address: '192.0.2.1' };
    expect(letsIn(world, from, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, from, 'shop/web', 8081)).toBe(false);
    expect(letsIn(world, { address: '192.0.2.9' }, 'shop/web', 8080)).toBe(false);
  });

  test('from konnectivity’s agents and configured blocks, of both families', () => {
    const world = worldWith([agent], ['198.51.100.0/24', '2001:db8::/64']);
    const pod = { namespace: 'kube-system', labels: { 'k8s-app': 'konnectivity-agent' } };
    expect(letsIn(world, pod, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, { ...pod, namespace: 'shop' }, 'shop/web', 8080)).toBe(false);
    const labels = { app: 'konnectivity-agent' };
    const ofAks = worldWith([workload('kube-system/agent', { labels })]);
    expect(letsIn(ofAks, { ...pod, labels }, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, { address: '198.51.100.7' }, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, { address: '2001:db8::7' }, 'shop/web', 8080)).toBe(true);
  });

  test('not where it is switched off, denied by none, or the pods are not its own', () => {
    const off = { 'appconnectivity.dev/auto': 'deny' };
    const from = { address: '192.0.2.1' };
    const isOpen = (record: WorldRecord) =>
      letsIn(worldWith([atControlPlane, record]), from, 'shop/web', 8080);
    expect(isOpen(workload('shop/other'))).toBe(true);
    expect(isOpen({ ...workload('shop/web'), texts: off })).toBe(false);
    expect(isOpen(workload('shop/web', { acceptsFrom: 'none' }))).toBe(false);
    expect(isOpen(webhook('policy', ['shop/other:443']))).toBe(false);
  });

  test('is unenforced where nobody knows where the API server calls from, never open to all', () => {
    const world = worldWith([]);
    expect(letsIn(world, { address: '203.0.113.1' }, 'shop/web', 8080)).toBe(false);
    expect(statesOf(world)).toEqual([
      "ValidatingWebhookConfiguration policy: Unenforced/SourceUnknown: ValidatingWebhookConfiguration policy calls Service shop/web, but where requests of the API server come from is not known, so they are not allowed: set parties.apiServerSources in the operator's settings to the addresses that it sends from",
    ]);
  });

  test('says where Cilium runs that a rule for node addresses has no effect, and what has', () => {
    const cilium = workload('kube-system/cilium', { kind: 'DaemonSet', hostNetwork: true });
    const world = worldWith([atControlPlane, cilium]);
    expect(letsIn(world, { address: '192.0.2.1' }, 'shop/web', 8080)).toBe(true);
    expect(statesOf(world).join()).toMatch(
      /Unenforced\/EngineCannot: .*CiliumNetworkPolicy with fromEntities: kube-apiserver$/,
    );
    expect(statesOf(worldWith([agent, cilium])).join()).toContain('policy: Open');
  });
});

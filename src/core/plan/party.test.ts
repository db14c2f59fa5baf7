import { describe, expect, test } from '@jest/globals';
import { namespace, service, servicePort, workload } from '../../../test/support/builders.ts';
import { knowing, shop, worldFrom } from '../../../test/support/outside.ts';
import { gateway, node, webhook } from '../../../test/support/outside-builders.ts';
import { applied } from '../../../test/support/writes.ts';
import { compile } from '../compile/compile.ts';
import { type Key, keyOf } from '../model/identity.ts';
import type { WorldRecord } from '../model/records.ts';
import type { Settings } from '../model/settings.ts';
import { messageOf } from '../status/messages.ts';
import type { World } from '../world/world.ts';
import { planKey } from './plan.ts';

/** What is held of a key's writes, as sentences. */
function heldOf(world: World, key: Key): string[] {
  const { findings } = planKey(world, key, compile(world, key).policies);
  return findings.filter(({ code }) => code === 'WouldBreakParty').map(messageOf);
}

/** All that is held in a world in which nothing of ours is live. */
function held(records: readonly WorldRecord[], settings: Settings = knowing()): string[] {
  const world = worldFrom(settings, ...records);
  return [...world.keys()].flatMap((key) => heldOf(world, key));
}

const confirm = { 'appconnectivity.dev/confirm': 'would-break-party' };

describe('Isolating the ingress controller', () => {
  const front = service('ingress-nginx/nginx', [servicePort(443, 8443)]);
  const nginx = (acceptsFrom: string) => workload('ingress-nginx/nginx', { acceptsFrom });

  test('so that nobody from outside gets to the port of its Service is held, and says what to do', () => {
    expect(held([...shop, front, nginx('web.shop')])).toEqual([
      'not written: it would cut everyone outside from an ingress controller (8443/tcp); accept @internet there, or annotate Deployment nginx or Namespace ingress-nginx with appconnectivity.dev/confirm: would-break-party',
    ]);
    expect(held([...shop, front, nginx('none')])).toHaveLength(1);
  });

  test('is written where some address, or anyone, still gets there', () => {
    for (const some of ['@internet:8443', '203.0.113.0/24', '@cluster']) {
      expect(held([...shop, front, nginx(some)])).toEqual([]);
    }
    expect(held([...shop, front, nginx('203.0.113.0/24:8080')])).toHaveLength(1);
  });

  test('is written once the workload or its namespace says that it is meant', () => {
    const said = { ...nginx('none'), texts: { ...nginx('none').texts, ...confirm } };
    expect(held([...shop, front, said])).toEqual([]);
    const place = { ...namespace('ingress-nginx'), texts: confirm };
    expect(held([...shop, front, nginx('none'), place])).toEqual([]);
  });

  test('is written where nobody from outside got there before it either', () => {
    const world = worldFrom(knowing(), ...shop, front, nginx('web.shop'));
    const key = keyOf(nginx('').ref);
    for (const policy of compile(world, key).policies) world.put(applied(policy));
    world.put(nginx('ns/shop'));
    expect(planKey(world, key, compile(world, key).policies).changes).toHaveLength(1);
    expect(heldOf(world, key)).toEqual([]);
  });

  test('is held by a default-deny of its namespace as well, and that of the pods of a Gateway', () => {
    const silent = workload('ingress-nginx/nginx');
    const denied = namespace('ingress-nginx', { deny: 'ingress' });
    expect(held([...shop, front, denied, silent])).toHaveLength(2);
    expect(held([...shop, front, denied, nginx('@internet')])).toEqual([]);
    const labels = { 'gateway.networking.k8s.io/gateway-name': 'public' };
    const pods = workload('infra/envoy', { labels, acceptsFrom: 'none' });
    const lb = service('infra/envoy', [servicePort(80, 8080)], { selector: labels });
    expect(held([namespace('infra'), pods, lb, gateway('infra/public')])).toHaveLength(1);
    expect(held([namespace('infra'), pods, lb])).toEqual([]);
  });

  test('is nothing to hold where no Service leads there, or the pods are nobody’s way in', () => {
    expect(held([...shop, nginx('none')])).toEqual([]);
    expect(held([...shop, front, nginx('none')], knowing({ ingress: [] }))).toEqual([]);
    const namesake = workload('shop/nginx', { acceptsFrom: 'none' });
    expect(held([...shop, service('shop/nginx', [servicePort(443, 8443)]), namesake])).toEqual([]);
  });
});

describe('Isolating the pods behind an admission webhook', () => {
  const hook = [service('shop/web', [servicePort(443, 8080)]), webhook('policy', ['shop/web:443'])];

  test('is held where the API server’s requests would not get there any more', () => {
    const sentences = new Set(held([...shop, ...hook]));
    expect([...sentences]).toEqual([
      'not written: it would cut the API server from the webhook of ValidatingWebhookConfiguration policy (8080/tcp); accept @kube-apiserver there, or annotate Deployment web or Namespace shop with appconnectivity.dev/confirm: would-break-party',
    ]);
  });

  test('is written where they get there by themselves, or by an address that is listed', () => {
    expect(held([...shop, ...hook, node('cp', ['192.0.2.1'], { controlPlane: true })])).toEqual([]);
    const listed = workload('shop/web', { acceptsFrom: '198.51.100.0/28' });
    expect(held([...shop, ...hook, listed])).toEqual([]);
  });

  test('is held where they would get there, but are denied', () => {
    const texts = { 'appconnectivity.dev/auto': 'deny' };
    const controlPlane = node('cp', ['192.0.2.1'], { controlPlane: true });
    const denied = { ...workload('shop/web'), texts };
    expect(held([...shop, ...hook, controlPlane, denied])).toHaveLength(2);
    const onHost = workload('shop/web', { hostNetwork: true });
    expect(held([...shop, ...hook, onHost])).toEqual([]);
  });
});

describe('Isolating OpenShift’s DNS', () => {
  test('is held as that of any cluster is', () => {
    const dns = [
      namespace('openshift-dns'),
      service('openshift-dns/dns-default', [servicePort(53, 5353, { protocol: 'UDP' })]),
    ];
    const pods = (acceptsFrom: string) =>
      workload('openshift-dns/dns-default', { kind: 'DaemonSet', acceptsFrom });
    expect(held([...dns, pods('@namespace')])[0]).toContain('from the cluster DNS (5353/udp)');
    expect(held([...dns, pods('@cluster')])).toEqual([]);
    expect(held([...dns, pods('203.0.113.0/24')])).toHaveLength(1);
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  namespace,
  service,
  servicePort,
  type WorkloadParts,
  workload,
} from '../../../test/support/builders.ts';
import { worldFrom } from '../../../test/support/outside.ts';
import { node } from '../../../test/support/outside-builders.ts';
import { runsOf } from '../../../test/support/runs.ts';
import type { OwnDns, WorkloadRecord, WorldRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { judge } from '../reach/judge.ts';
import { policySet } from '../reach/policy-set.ts';
import { messageOf } from '../status/messages.ts';
import { compileAll } from './compile.ts';

const cluster: readonly WorldRecord[] = [
  namespace('shop'),
  namespace('kube-system'),
  workload('kube-system/coredns', { labels: { 'k8s-app': 'kube-dns' } }),
  service('kube-system/kube-dns', [servicePort(53, 53, { protocol: 'UDP' })], {
    ...{ selector: { 'k8s-app': 'kube-dns' }, clusterIPs: ['10.96.0.10'] },
  }),
  workload('shop/resolver'),
  service('shop/resolver', [servicePort(53, 5353, { protocol: 'UDP' })]),
  workload('shop/cart', { ports: [80] }),
];

const listed = (...servers: string[]): OwnDns => ({ servers });
const ofNode: OwnDns = {};

function asking(asks: OwnDns, parts: WorkloadParts = {}): WorkloadRecord {
  return workload('shop/web', { talksTo: 'cart', asks, ...parts });
}

/** What is said of servers that are not the cluster's, by whom, in a world with these records too. */
function told(...records: readonly WorldRecord[]): string[] {
  const world = worldFrom(defaultSettings, ...cluster, ...records);
  const findings = compileAll(world).flatMap((each) => each.findings);
  const others = findings.filter(({ code }) => code === 'OtherDNS');
  return others.map((each) => `${each.object.name} ${each.at.path.join('.')}: ${messageOf(each)}`);
}

describe('Pods that ask other DNS servers than the cluster’s', () => {
  test('are told of the servers that nothing lets them reach, and of the entries to write', () => {
    expect(told(asking(listed('10.0.0.2', '2001:db8::53')))).toEqual([
      "web spec.template.spec.dnsPolicy: its pods ask the DNS servers 10.0.0.2, 2001:db8::53 (dnsPolicy: None), which nothing lets them reach: add each to its talks-to, as 10.0.0.2:53/udp and 10.0.0.2:53/tcp, or leave dnsPolicy out to ask the cluster's DNS",
    ]);
    const first = 'cart, 10.0.0.2:53/udp';
    expect(told(asking(listed('10.0.0.2', '2001:db8::53'), { talksTo: first }))[0]).toContain(
      'the DNS servers 2001:db8::53 (dnsPolicy: None), which nothing lets them reach: add each to its talks-to, as [2001:db8::53]:53/udp and [2001:db8::53]:53/tcp',
    );
    expect(told(asking(ofNode))).toEqual([
      "web spec.template.spec.dnsPolicy: its pods ask the DNS servers of their node (dnsPolicy: Default), which nothing lets them reach: add the addresses of those to its talks-to by entries such as 192.0.2.53:53/udp and 192.0.2.53:53/tcp, or leave dnsPolicy out to ask the cluster's DNS",
    ]);
  });

  test('of a workload that only its namespace denies are allowed them there', () => {
    const denied = namespace('shop', { deny: 'egress', talksTo: 'cart' });
    const silent = asking(ofNode, { talksTo: undefined });
    expect(told(denied, silent)[0]).toContain('to the talks-to of its Namespace by');
    expect(told(namespace('shop', { deny: 'egress' }), silent)).toEqual([]);
    expect(told(silent)).toEqual([]);
  });

  test.each([
    ['dns: deny says that no names are asked for', { dns: 'deny' }],
    ['nobody is talked to', { talksTo: 'none' }],
    ['egress is open', { talksTo: undefined, acceptsFrom: 'cart' }],
  ])('are not told of where %s', (_why, parts) => {
    expect(told(asking(listed('10.0.0.2'), parts))).toEqual([]);
    expect(told(asking(ofNode, parts))).toEqual([]);
  });

  test.each(['198.51.100.7:53/udp', '@internet', '@nodes:53/udp', 'host/ns.example.com:50-60/udp'])(
    'of their node are not told of where %s may be those',
    (entry) => {
      const known = { kind: 'Addresses', of: 'ns.example.com', until: {} } as const;
      const addresses: WorldRecord = { ...known, addresses: ['198.51.100.9'] };
      const world = [node('a', ['192.0.2.1']), addresses];
      expect(told(...world, asking(ofNode, { talksTo: `cart, ${entry}` }))).toEqual([]);
      const other = entry.replace('53/udp', '53').replace('@internet', '@internet:53');
      const tcp = other.replace('50-60/udp', '50-60');
      expect(told(...world, asking(ofNode, { talksTo: `cart, ${tcp}` }))).toHaveLength(1);
    },
  );

  test('of their node are not told of on GKE, whose nodes ask an address that is allowed', () => {
    expect(told(node('a', ['192.0.2.1'], { gke: true }), asking(ofNode))).toEqual([]);
  });

  test('that are those of the cluster are not told of, nor those that may be behind an entry', () => {
    expect(told(asking(listed('10.96.0.10')))).toEqual([]);
    expect(told(asking(listed('10.96.0.53'), { talksTo: 'svc/resolver:53' }))).toEqual([]);
    expect(told(asking(listed('10.96.0.53'), { talksTo: '@dns' }))).toHaveLength(1);
    expect(told(asking(ofNode, { talksTo: '@dns' }))).toHaveLength(1);
  });

  test('in every word: a server is told of iff the policy lets no question to it through', () => {
    const servers = ['198.51.100.7', '198.51.100.8', '203.0.113.9', '10.96.0.10', '2001:db8::53'];
    const parties = ['198.51.100.7', '198.51.100.0/24', '203.0.113.9', '[2001:db8::/32]'];
    const ports = ['', ':53', ':53/udp', ':50-60/udp', ':54/udp', ':53/tcp'];
    const blocks = fc
      .tuple(fc.constantFrom(...parties, '@internet', '@dns'), fc.constantFrom(...ports))
      .map((parts) => parts.join(''));
    const entry = fc.oneof(blocks, fc.constant('cart:80'));
    const entries = fc.uniqueArray(entry, { minLength: 1, maxLength: 4 });
    const asked = fc.uniqueArray(fc.constantFrom(...servers), { minLength: 1 });
    fc.assert(
      fc.property(entries, asked, (texts, list) => {
        const web = asking({ servers: list }, { talksTo: texts.join(', ') });
        const world = worldFrom(defaultSettings, ...cluster, web);
        const compiled = compileAll(world);
        const source = policySet(
          new Map(),
          compiled.flatMap(({ policies }) => policies),
        );
        const from = { namespace: 'shop', labels: { app: 'web' } };
        const cut = list.filter(
          (address) => !judge(source, from, { address }, 53, 'UDP').egress.allowed,
        );
        const findings = compiled.flatMap((each) => each.findings);
        const [found] = findings.flatMap((each) => (each.code === 'OtherDNS' ? each.data : []));
        expect(found?.servers ?? '').toBe(cut.join(', '));
      }),
      runsOf(300),
    );
  });
});

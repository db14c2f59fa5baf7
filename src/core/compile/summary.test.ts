import { describe, expect, test } from '@jest/globals';
import { keyOf } from '../model/identity.ts';
import type { PolicySpec } from '../model/policy.ts';
import { summaryOf } from './summary.ts';

const web = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'web' });
const shop = keyOf({ kind: 'Namespace', namespace: '', name: 'shop' });
const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });
const inNamespace = (name: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});
const kubeDns = { podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } };
const port53 = [
  { protocol: 'TCP', port: 53 },
  { protocol: 'UDP', port: 53 },
] as const;
const dns = {
  to: [
    { ...kubeDns, ...inNamespace('kube-system') },
    { ipBlock: { cidr: '10.96.0.10/32' } },
    { ipBlock: { cidr: '169.254.20.10/32' } },
  ],
  ports: port53,
};

function summarize(spec: Partial<PolicySpec>): string {
  return summaryOf(web, { ...app('web'), ...spec });
}

describe('The summary of a policy', () => {
  test('says in one line whom the workload reaches and who reaches it', () => {
    const text = summarize({
      policyTypes: ['Ingress', 'Egress'],
      egress: [
        { to: [app('cart')], ports: [{ protocol: 'TCP', port: 8080 }] },
        {
          to: [{ ...app('payment'), ...inNamespace('billing') }],
          ports: [{ protocol: 'TCP', port: 50051 }],
        },
        dns,
        { to: [app('web')] },
      ],
      ingress: [{ from: [app('frontend')], ports: [{ protocol: 'TCP', port: 'http' }] }],
    });
    expect(text).toBe(
      'Deployment/web may open connections only to cart:8080, payment.billing:50051, DNS and its own replicas; accepts connections only from frontend on http.',
    );
  });

  test('says who is left alone, and who is nobody', () => {
    expect(summarize({ policyTypes: ['Ingress'], ingress: [] })).toBe(
      'Deployment/web may open connections to anyone; accepts none.',
    );
    expect(summarize({ policyTypes: ['Egress'], egress: [] })).toBe(
      'Deployment/web opens no connections; accepts connections from anyone.',
    );
  });

  test('names pods by their labels, namespaces as a whole, addresses and what is left out of them', () => {
    const chart = { 'app.kubernetes.io/instance': 'a', 'app.kubernetes.io/name': 'api' };
    const text = summarize({
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            { podSelector: { matchLabels: chart } },
            inNamespace('monitoring'),
            { namespaceSelector: { matchLabels: { team: 'a' } } },
            { ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.9/32'] } },
            { podSelector: {} },
            { ipBlock: { cidr: '::/0', except: ['fc00::/7'] } },
          ],
        },
      ],
    });
    expect(text).toBe(
      'Deployment/web may open connections to anyone; accepts connections only from 203.0.113.0/24 but for 1 range, its namespace, namespaces(team=a), ns/monitoring, pods(instance=a,name=api) and 1 more.',
    );
  });

  test('calls everything outside the cluster the internet', () => {
    const internet = ['0.0.0.0/0', '::/0'].map((cidr) => ({ ipBlock: { cidr, except: [] } }));
    const text = summarize({ policyTypes: ['Egress'], egress: [{ to: internet }] });
    expect(text).toContain('only to the internet (IPv4) and the internet (IPv6);');
  });

  test('names the first three ports of a party', () => {
    const ports = [1, 2, 3, 4].map((port) => ({ protocol: 'UDP', port }) as const);
    const text = summarize({ policyTypes: ['Egress'], egress: [{ to: [app('dns')], ports }] });
    expect(text).toContain('only to dns:1/udp+2/udp+3/udp+…;');
  });

  test('never calls a public address DNS, nor a rule for anyone less than anyone', () => {
    const text = summarize({
      policyTypes: ['Ingress', 'Egress'],
      egress: [{ to: [{ ipBlock: { cidr: '1.1.1.1/32' } }], ports: port53 }],
      ingress: [{}],
    });
    expect(text).toContain('only to 1.1.1.1/32:53+53/udp');
    expect(text).toContain('accepts connections from anyone');
  });

  test('stays within its bound, and says how many it leaves out', () => {
    const many = Array.from({ length: 40 }, (_, n) => app(`${n}-${'a'.repeat(50)}`));
    const text = summarize({ policyTypes: ['Egress'], egress: [{ to: many }] });
    expect(text.length).toBeLessThanOrEqual(256);
    expect(text).toContain('37 more');
    const long = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'x'.repeat(253) });
    expect(summaryOf(long, { policyTypes: [] }).length).toBeLessThanOrEqual(256);
  });

  test('of a default-deny says what it does, and in which directions', () => {
    expect(summaryOf(shop, { policyTypes: ['Ingress', 'Egress'] })).toBe(
      'Namespace/shop is default-deny: pods open and accept what other policies allow.',
    );
    expect(summaryOf(shop, { policyTypes: ['Ingress'] })).toContain('for ingress');
    expect(summaryOf(shop, { policyTypes: ['Egress'] })).toContain('for egress');
  });
});

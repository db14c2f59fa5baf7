import { describe, expect, test } from '@jest/globals';
import { refusedInPolicy } from './strict-policy.ts';

function refused(spec: unknown): string[] {
  return refusedInPolicy({ spec }).map(({ path, problem }) => `${path.join('.')}: ${problem}`);
}

const from = (peer: unknown) => ({ ingress: [{ from: [peer] }] });
const port = (clause: unknown) => ({ egress: [{ ports: [clause] }] });

describe('What the API server would not take of a NetworkPolicy', () => {
  test.each([
    [{ ingress: [{ form: [] }] }, /^spec\.ingress\.0: .*"form".*did you mean from\?$/],
    [{ podselector: {} }, /^spec: .*"podselector".*did you mean podSelector\?$/],
    [from({}), /from\.0: .*\{\} is none$/],
    [from({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }), /from\.0: ipBlock stands alone/],
    [from({ ipBlock: { cidr: '10.0.0.1' } }), /cidr: "10\.0\.0\.1" is no block/],
    [
      from({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }),
      /except\.0: 11\.0\.0\.0\/16 does not lie/,
    ],
    [
      from({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } }),
      /except\.0: .*does not lie/,
    ],
    [
      from({ podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
      /values: In needs values$/,
    ],
    [
      from({
        podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
      }),
      /values: Exists takes no values$/,
    ],
    [port({ port: 70_000 }), /port: .*65535/],
    [port({ port: 80, endPort: 79 }), /endPort: endPort needs/],
    [port({ port: 'http', endPort: 80 }), /endPort: endPort needs/],
    [port({ endPort: 80 }), /endPort: endPort needs/],
    [port({ protocol: 'ICMP' }), /protocol: /],
    [port({ port: '80' }), /port: a number stands without quotes: 80$/],
    ...['HTTP', 'http_x', 'a--b', '-a', '*', 'averyveryverylong'].map(
      (name) => [port({ port: name }), /port: ".*" is no name of a port: /] as const,
    ),
    [from({ podSelector: { matchLabels: { 'b c': 'b' } } }), /"b c" is no key of a label$/],
    [from({ podSelector: { matchLabels: { b: 'b c' } } }), /"b c" is no value that a label/],
    [{ podSelector: { matchLabels: { b: 'b'.repeat(64) } } }, /is no value that a label/],
    [
      from({ podSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b c'] }] } }),
      /"b c" is no value that a label/,
    ],
    [{ policyTypes: ['ingress'] }, /policyTypes\.0: /],
  ])('%j', (spec, expected) => {
    expect(refused(spec)).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    [undefined],
    [{}],
    [{ podSelector: {}, policyTypes: [], ingress: [{}], egress: [] }],
    [{ podSelector: null, ingress: [{ from: null, ports: null }] }],
    [from({ podSelector: {}, namespaceSelector: {} })],
    [from({ podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }] } })],
    [from({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } })],
    [from({ ipBlock: { cidr: '::/0', except: ['fd00::/8'] } })],
    [from({ ipBlock: { cidr: '10.0.0.1/8' } })],
    [port({ protocol: 'SCTP', port: 1, endPort: 65_535 })],
    [port({ port: 'http' })],
    [port({ port: '8080-tcp' })],
    [from({ podSelector: { matchLabels: { 'app.kubernetes.io/name': '', a_b: 'A.b-c' } } })],
    [port({})],
  ])('but not %j', (spec) => {
    expect(refused(spec)).toEqual([]);
  });

  test('everything is told, not only what comes first', () => {
    expect(refused({ ingress: [{ form: [], ports: [{ port: 0 }] }], more: 1 })).toHaveLength(3);
  });
});

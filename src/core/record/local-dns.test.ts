import { describe, expect, test } from '@jest/globals';
import { readObject } from './read.ts';

const labels = { 'k8s-app': 'node-local-dns' };

/** What a DaemonSet of these arguments tells of where it listens. */
function localDnsOf(
  args: readonly unknown[],
  { namespace = 'kube-system', kind = 'DaemonSet', own = labels as Record<string, string> } = {},
) {
  const template = { metadata: { labels: own }, spec: { containers: [{ args }] } };
  const spec = { selector: { matchLabels: own }, template };
  const record = readObject('apps/v1', kind, { metadata: { name: 'x', namespace }, spec });
  if (record === undefined || !('ref' in record) || record.kind !== 'Workload') {
    throw new Error(`no workload: ${JSON.stringify(record)}`);
  }
  return record.localDns;
}

describe('where NodeLocal DNSCache listens', () => {
  test.each<[string, string[], string[]]>([
    ['one address', ['-localip', '169.254.25.10', '-conf', '/etc/Corefile'], ['169.254.25.10']],
    [
      'two, and a flag of two dashes',
      ['--localip=169.254.20.10,10.96.0.10'],
      ['10.96.0.10', '169.254.20.10'],
    ],
    ['IPv6', ['-localip', 'FD00::A'], ['fd00::a']],
  ])('is told by its flag: %s', (_, args, addresses) => {
    expect(localDnsOf(args)?.toSorted()).toEqual(addresses);
  });

  test.each<[string, Parameters<typeof localDnsOf>]>([
    ['without the flag', [['-conf', '/etc/Corefile']]],
    ['with a flag that has no value', [['-localip']]],
    [
      'with an address of the internet, or none',
      [['-localip', '203.0.113.7,example.com,0.0.0.0/0']],
    ],
    ['in another namespace', [['-localip', '169.254.25.10'], { namespace: 'shop' }]],
    ['of another kind', [['-localip', '169.254.25.10'], { kind: 'Deployment' }]],
    ['whose arguments are numbers', [['-v', 8080, '-localip']]],
    ['with other labels', [['-localip', '169.254.25.10'], { own: { app: 'x' } }]],
  ])('is not told by one %s', (_, given) => {
    expect(localDnsOf(...given)).toBeUndefined();
  });
});

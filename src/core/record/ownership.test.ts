import { describe, expect, test } from '@jest/globals';
import { withChecksum } from '../model/ownership.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';
import { isRecord, readObject } from './read.ts';

const policy: NetworkPolicy = withChecksum({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: {
    name: 'appconn-web-abcdefgh',
    namespace: 'shop',
    labels: { 'app.kubernetes.io/managed-by': 'appconnectivity' },
    annotations: {
      'appconnectivity.dev/identity': 'Deployment/web',
      'appconnectivity.dev/accepted': '{"talks-to":"cart"}',
      'appconnectivity.dev/ports': '8080/TCP',
    },
  },
  spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'] },
});

const texts = { 'f:metadata': { 'f:annotations': { 'f:appconnectivity.dev/accepted': {} } } };
const addresses = '{"a.example":{"198.51.100.7":"live"}}';
const withAddresses: NetworkPolicy = withChecksum({
  ...policy,
  metadata: {
    ...policy.metadata,
    annotations: { ...policy.metadata.annotations, 'appconnectivity.dev/addresses': addresses },
  },
});
const textsAndAddresses = {
  'f:metadata': {
    'f:annotations': {
      'f:appconnectivity.dev/accepted': {},
      'f:appconnectivity.dev/addresses': {},
    },
  },
};
const identity = { 'f:metadata': { 'f:annotations': { 'f:appconnectivity.dev/identity': {} } } };

function read(
  managedFields: readonly unknown[],
  metadata: Partial<NetworkPolicy['metadata']> = {},
): PolicyRecord {
  const raw = { ...policy, metadata: { ...policy.metadata, ...metadata, managedFields } };
  const record = readObject('networking.k8s.io/v1', 'NetworkPolicy', raw);
  if (!isRecord(record) || record.kind !== 'NetworkPolicy') throw new Error('not a policy');
  return record;
}

const ours = { manager: 'appconnectivity', operation: 'Apply' };
const ownership = ({ applied, restored, remembers }: PolicyRecord) => ({
  applied,
  restored: restored === true,
  remembers: remembers === true,
});

describe('Whose a live policy is', () => {
  test.each([
    ['is ours, and its texts count, as we applied them', [{ ...ours, fieldsV1: texts }], [1, 0, 1]],
    [
      'stays ours when somebody edits its texts, which then do not count',
      [
        { ...ours, fieldsV1: identity },
        { manager: 'kubectl', operation: 'Update', fieldsV1: texts },
      ],
      [1, 0, 0],
    ],
    [
      'is restored when nobody applies it',
      [{ manager: 'velero', operation: 'Update', fieldsV1: texts }],
      [0, 1, 1],
    ],
    ['is restored without any managedFields', [], [0, 1, 1]],
    [
      'is somebody else’s who applies it, even if it says all that ours says',
      [{ manager: 'argocd', operation: 'Apply', fieldsV1: texts }],
      [0, 0, 0],
    ],
    [
      'is not ours by an update under our name: only an apply is',
      [{ manager: 'appconnectivity', operation: 'Update', fieldsV1: texts }],
      [0, 1, 1],
    ],
  ] as const)('a policy %s', (_what, fields, [applied, restored, remembers]) => {
    expect(ownership(read(fields))).toEqual({
      ...{ applied: applied === 1, restored: restored === 1, remembers: remembers === 1 },
    });
  });

  test('its addresses count as its texts do: where we applied both, or a restore has them right', () => {
    const { metadata } = withAddresses;
    const remembers = (fields: readonly unknown[], more: object = {}) =>
      ownership(read(fields, { ...metadata, ...more })).remembers;
    expect(remembers([{ ...ours, fieldsV1: textsAndAddresses }])).toBe(true);
    expect(remembers([{ ...ours, fieldsV1: texts }])).toBe(false);
    expect(remembers([])).toBe(true);
    const forged = addresses.replace('198.51.100.7', '203.0.113.66');
    const { annotations: own } = metadata;
    const edited = { ...own, 'appconnectivity.dev/addresses': forged };
    expect(remembers([], { annotations: edited })).toBe(false);
  });

  const { annotations = {} } = policy.metadata;
  test.each([
    ['copied to another name', { name: 'appconn-copy-abcdefgh' }],
    ['copied to another namespace', { namespace: 'billing' }],
    ['under a name that is not ours', { name: 'web' }],
    ['without our label', { labels: {} }],
    [
      'without a readable identity',
      { annotations: { ...annotations, 'appconnectivity.dev/identity': '' } },
    ],
    ['with other texts', { annotations: { ...annotations, 'appconnectivity.dev/accepted': '{}' } }],
    ['with other ports', { annotations: { ...annotations, 'appconnectivity.dev/ports': '1/TCP' } }],
    ['without a checksum', { annotations: { ...annotations, 'appconnectivity.dev/checksum': '' } }],
  ] as const)('a policy %s is not taken for a restored one', (_what, metadata) => {
    expect(ownership(read([], metadata))).toEqual({
      ...{ applied: false, restored: false, remembers: false },
    });
  });

  test('nothing of managedFields stays in memory', () => {
    expect(JSON.stringify(read([{ ...ours, fieldsV1: texts }]))).not.toContain('f:metadata');
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyOf } from '../model/identity.ts';
import { policyName } from './policy.ts';

const web = { matchLabels: { app: 'web' } };
const named = (kind: string, namespace: string, name: string, selector = web) =>
  policyName(keyOf({ kind, namespace, name }), selector);

describe('Names of generated policies', () => {
  test('are literally these: a name that drifted would replace every policy in the world', () => {
    expect(named('Deployment', 'shop', 'web')).toBe('appconn-web-ftr5xjs3');
    expect(named('StatefulSet', 'shop', 'web')).toBe('appconn-web-fqo3wgte');
    expect(named('AppConnectivity', 'shop', 'web')).toBe('appconn-web-s6twwmqs');
    expect(named('Deployment', 'shop', 'my.app')).toBe('appconn-my-app-y3pp2rnr');
  });

  test('another namespace, kind or selector gives another name', () => {
    const names = [
      named('Deployment', 'shop', 'web'),
      named('Deployment', 'other', 'web'),
      named('DaemonSet', 'shop', 'web'),
      named('Deployment', 'shop', 'web', { matchLabels: { app: 'web2' } }),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  test('are valid names of at most 63 characters, whatever the workload is called', () => {
    const name = fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/);
    fc.assert(
      fc.property(name, (written) => {
        const given = named('Deployment', 'shop', written);
        expect(given).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
        expect(given.length).toBeLessThanOrEqual(63);
      }),
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import type { WorldRecord } from '../../src/core/model/records.ts';
import { namespace, resource, workload } from '../support/builders.ts';
import { Story } from './story.ts';

const web = (says: Parameters<typeof workload>[1] = {}) => workload('shop/web', says);
const webPolicy = 'shop/Deployment/web';
const started = (...records: readonly WorldRecord[]) =>
  new Story(namespace('shop'), workload('shop/cart'), workload('shop/api'), ...records);

describe('What was made anew under the name of another', () => {
  const tierPolicy = 'shop/AppConnectivity/tier';
  const closed = web({ acceptsFrom: 'none' });
  const brokenWeb = { ...web({ acceptsFrom: 'none, api' }), uid: 'new' };
  const tier = (talksTo: unknown) =>
    resource('shop/tier', { selector: { matchLabels: { app: 'web' } }, talksTo });
  const brokenTier = { ...tier([{ service: { name: 'Cart' } }]), uid: 'new' };
  const cases = [
    ['a workload', closed, brokenWeb, webPolicy],
    ['a resource', tier([{ service: { name: 'cart' } }]), brokenTier, tierPolicy],
  ] as const;

  test.each(cases)(
    '%s with an invalid text keeps what its live policy says, whether or not the old one was seen to go',
    (_, old, broken, identity) => {
      const before = started(old).rules(identity);
      for (const story of [
        started(old).write().put(broken),
        started(old).write().remove(old).put(broken),
        started(old).write().remove(old).put(broken).write().restart(),
      ]) {
        expect(story.rules(identity)).toBe(before);
        expect(story.codes()).toContain('LastAcceptedStands');
      }
    },
  );

  test.each(cases)(
    '%s with an invalid text has nothing once the policy of the old one is gone',
    (_, old, broken, identity) => {
      const story = started(old).write().remove(old).write().put(broken);
      expect(story.policy(identity)).toBeUndefined();
      expect(story.codes()).toContain('NothingAccepted');
    },
  );

  test('a workload with a valid text says only that, whatever the old one said', () => {
    for (const says of [{}, { acceptsFrom: 'api' }]) {
      const renewed = { ...web(says), uid: 'new' };
      const story = started(closed).write().put(renewed);
      expect(story.rules(webPolicy)).toBe(started(renewed).rules(webPolicy));
    }
  });

  test('a workload that selects other pods keeps what the policy for the old pods says', () => {
    const labels = { app: 'second' };
    const selector = { matchLabels: labels };
    const story = started(closed)
      .write()
      .put({ ...brokenWeb, labels, selector });
    expect(story.policy(webPolicy)?.spec).toEqual({
      podSelector: selector,
      ...{ policyTypes: ['Ingress'], ingress: [], egress: [] },
    });
  });

  test('a namespace remembers nothing: its policies went with it', () => {
    const says = (acceptsFrom: string) => namespace('shop', { deny: 'true', acceptsFrom });
    const old = [says('ns/kube-system'), web()];
    const story = new Story(namespace('kube-system'), ...old).write();
    expect(story.rules(webPolicy)).toContain('kube-system');
    story.remove(...old, ...story.policies.values());
    story.policies.clear();
    story.put({ ...says('ns/kube-system, No!'), uid: 'new' }, web());
    expect(story.rules(webPolicy)).not.toContain('kube-system');
    expect(story.codes()).toContain('NothingAccepted');
  });
});

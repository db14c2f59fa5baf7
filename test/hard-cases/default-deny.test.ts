import { describe, expect, test } from '@jest/globals';
import { isExempt, type NetworkPolicy } from '../../src/core/model/policy.ts';
import type { DenyRule } from '../../src/core/model/settings.ts';
import { given, namespace, workload } from './given.ts';
import { denied, identities, rules } from './settings.ts';

describe('Default-deny by configuration', () => {
  test('covers a namespace that has no label, and its workloads that say nothing', () => {
    const world = given([namespace('shop'), workload('shop/a'), workload('shop/b')], {
      settings: rules({}),
    });
    expect(denied(world)).toEqual(['Ingress', 'Egress']);
    expect(world.allows('a', 'b', 80)).toBe(false);
  });

  test('counts where the rule’s selector matches the namespace’s labels, also by its name', () => {
    const manifests = [
      namespace('shop', { labels: { team: 'a' } }),
      namespace('pay'),
      namespace('other'),
    ];
    const world = given(manifests, {
      settings: rules(
        { selector: { matchLabels: { team: 'a' } }, directions: ['Ingress'] },
        { selector: { matchLabels: { 'kubernetes.io/metadata.name': 'pay' } } },
      ),
    });
    expect([denied(world), denied(world, 'pay'), denied(world, 'other')]).toEqual([
      ...[['Ingress'], ['Ingress', 'Egress'], []],
    ]);
  });

  test('is tightened by a label, and a default is replaced by one', () => {
    const under = (label: string, strength: DenyRule['strength']) =>
      denied(
        given([namespace('shop', { deny: label })], {
          settings: rules({ directions: ['Ingress'], strength }),
        }),
      );
    expect(under('egress', 'default')).toEqual(['Egress']);
    expect(under('false', 'default')).toEqual([]);
    expect(under('egress', 'floor')).toEqual(['Ingress', 'Egress']);
    expect(under('true', 'floor')).toEqual(['Ingress', 'Egress']);
  });

  test('a floor holds under the label "false", and the finding names it (34)', () => {
    const world = given([namespace('shop', { deny: 'false' })], {
      settings: rules({ strength: 'floor' }),
    });
    expect(denied(world)).toEqual(['Ingress', 'Egress']);
    expect(world.messages).toEqual([
      'appconnectivity.dev/default-deny cannot be "false": defaultDeny.rules.0 of the operator\'s settings keeps ingress and egress denied; remove the label, or have the namespace left out there',
    ]);
  });

  test('leaves out the cluster’s own namespaces, the operator’s and the excluded, unless labelled', () => {
    const own = ['kube-system', 'kube-public', 'kube-node-lease', 'operator', 'legacy'];
    const settings = {
      ...{ operatorNamespace: 'operator' },
      defaultDeny: { ...rules({ strength: 'floor' }).defaultDeny, exclude: ['legacy'] },
    };
    const bare = given(
      own.map((name) => namespace(name)),
      { settings },
    );
    expect(bare.policies).toEqual([]);
    const labelled = given(
      own.map((name) => namespace(name, { deny: 'ingress' })),
      { settings },
    );
    expect(own.map((name) => denied(labelled, name))).toEqual(own.map(() => ['Ingress']));
  });

  test('says nothing about a namespace whose object is not given: its labels are not known', () => {
    const world = given([workload('shop/a')], { settings: rules({ strength: 'floor' }) });
    expect(world.policies).toEqual([]);
  });
});

describe('A label that has no valid value changes nothing', () => {
  const live = (policyTypes: string): readonly NetworkPolicy[] =>
    given([namespace('shop', { deny: policyTypes })]).policies;

  test('the live default-deny is the memory of the directions (34)', () => {
    const world = given([namespace('shop', { deny: 'True' }), workload('shop/a')], {
      before: live('ingress'),
    });
    expect(denied(world)).toEqual(['Ingress']);
    expect(world.codes).toContain('InvalidValue');
  });

  test('a floor is added to what is remembered', () => {
    const world = given([namespace('shop', { deny: 'True' })], {
      before: live('ingress'),
      settings: rules({ directions: ['Egress'], strength: 'floor' }),
    });
    expect(denied(world)).toEqual(['Ingress', 'Egress']);
  });

  test('without a live one the configuration holds', () => {
    const world = given([namespace('shop', { deny: 'True' })], {
      settings: rules({ directions: ['Egress'] }),
    });
    expect(denied(world)).toEqual(['Egress']);
    expect(denied(given([namespace('shop', { deny: 'True' })]))).toEqual([]);
  });

  describe('of the mode', () => {
    const declared = workload('shop/a', { talksTo: 'none' });
    const typo = [namespace('shop', { deny: 'true', mode: 'Enforced' }), declared];
    const all = ['Deployment/a', 'Namespace/shop'];
    const inAudit = { settings: { mode: 'audit' } } as const;

    test('where nothing of ours is live, the cluster’s counts', () => {
      expect(identities(given(typo))).toEqual(all);
      expect(identities(given(typo, inAudit))).toEqual([]);
    });

    test.each<[string, readonly NetworkPolicy[]]>([
      ['the default-deny', live('true')],
      ['a workload’s policy', given([namespace('shop'), declared]).policies],
    ])('enforced while %s is live', (_, before) => {
      expect(identities(given(typo, { before }))).toEqual(all);
      expect(identities(given(typo, { before, ...inAudit }))).toEqual(all);
    });

    test('a policy that keeps pods exempt is no memory of it', () => {
      const annotations = { 'appconnectivity.dev/mode': 'audit' };
      const audited = workload('shop/a', { talksTo: 'none', annotations });
      const before = given([namespace('shop', { deny: 'true' }), audited]).policies.filter(
        isExempt,
      );
      expect(before).toHaveLength(1);
      expect(identities(given(typo, { before, ...inAudit }))).toEqual([]);
    });
  });
});

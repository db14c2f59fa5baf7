import { describe, expect, test } from '@jest/globals';
import { isExempt } from '../../src/core/model/policy.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { findAllowAll } from '../../src/core/plan/guard.ts';
import { type Given, given, namespace, resource, workload } from './given.ts';
import { denied, identities, rules } from './settings.ts';

describe('Audit', () => {
  const shop = [
    namespace('shop', { deny: 'true' }),
    workload('shop/web', { talksTo: 'db' }),
    workload('shop/db', { acceptsFrom: 'web' }),
  ];
  const [first, web, db] = shop;
  if (first === undefined || web === undefined || db === undefined) throw new Error('no shop');
  const audit = { 'appconnectivity.dev/mode': 'audit' };

  test('of a namespace: nothing of it is enforced, and nothing is written (49)', () => {
    const world = given([namespace('shop', { deny: 'true', mode: 'audit' }), web, db]);
    expect(world.policies).toEqual([]);
    expect(world.messages).toEqual(
      expect.arrayContaining([
        'in audit (the label appconnectivity.dev/mode of its namespace): no policy is written; enforced, ingress and egress would be restricted',
      ]),
    );
  });

  test('of the cluster: all but namespaces that are labelled enforce', () => {
    const manifests = [
      ...shop,
      namespace('pay', { deny: 'true', mode: 'enforce' }),
      workload('pay/api'),
    ];
    const world = given(manifests, { settings: { mode: 'audit' } });
    expect(identities(world)).toEqual(['Deployment/api', 'Namespace/pay']);
  });

  test('of a workload: others see its pods as not isolated, and its own word is not in force', () => {
    const world = given([
      namespace('shop'),
      web,
      workload('shop/db', { acceptsFrom: 'none', annotations: audit }),
      workload('shop/other'),
    ]);
    expect(identities(world)).toEqual(['Deployment/web']);
    expect(world.allows('other', 'db', 5432)).toBe(true);
    expect(world.states['web: db']).toBe('Open/Open');
  });

  test('of a workload under default-deny stays when its word is mistyped, and ends with another', () => {
    const says = (mode: string) => [
      namespace('shop', { deny: 'true' }),
      workload('shop/db', { annotations: { 'appconnectivity.dev/mode': mode } }),
      workload('shop/other'),
    ];
    const live = given(says('audit')).policies;
    const mistyped = given(says('audti'), { before: live });
    expect(mistyped.policies.filter(isExempt)).toHaveLength(1);
    expect(mistyped.messages).toEqual(
      expect.arrayContaining([
        'appconnectivity.dev/mode cannot be "audti"; write audit or enforce',
        expect.stringMatching(/what was accepted last .*audit/),
      ]),
    );
    expect(given(says('enforce'), { before: live }).policies.filter(isExempt)).toEqual([]);
    expect(given(says('audti')).policies.filter(isExempt)).toEqual([]);
  });

  test('of a workload under default-deny: one policy, marked, allows it everything', () => {
    const world = given([
      namespace('shop', { deny: 'ingress' }),
      web,
      workload('shop/db', { acceptsFrom: 'none', talksTo: 'none', annotations: audit }),
      workload('shop/other'),
    ]);
    const [exempt, ...more] = world.policies.filter(isExempt);
    expect(more).toEqual([]);
    expect(exempt?.spec).toEqual({
      podSelector: { matchLabels: { app: 'db' } },
      policyTypes: ['Ingress'],
      ...{ ingress: [{}], egress: [] },
    });
    expect(exempt?.metadata.annotations?.['appconnectivity.dev/exempt']).toBe('audit');
    expect(exempt && findAllowAll(exempt)).toBeUndefined();
    expect(world.allows('other', 'db', 5432)).toBe(true);
    expect(world.allows('db', '198.51.100.1', 443)).toBe(true);
    expect(world.allows('db', 'other', 80)).toBe(false);
    expect(world.states['web: db']).toBe('Open/Open');
  });

  test('of a workload: neighbours that say nothing keep what its entries give them', () => {
    const manifests = (annotations = {}) => [
      first,
      workload('shop/web', { talksTo: 'db', annotations }),
      workload('shop/db'),
    ];
    const ruleOf = ({ policies }: Given) =>
      policies.find(({ metadata }) => metadata.name.startsWith('appconn-db-'))?.spec;
    expect(ruleOf(given(manifests(audit)))).toEqual(ruleOf(given(manifests())));
  });

  test('a selector resource still isolates its other pods, and those in audit are exempt from it', () => {
    const tier = { tier: 'data' };
    const world = given([
      namespace('shop'),
      workload('shop/db', { labels: { app: 'db', ...tier }, annotations: audit }),
      workload('shop/cache', { labels: { app: 'cache', ...tier } }),
      workload('shop/web'),
      resource('shop/tier', { selector: { matchLabels: tier }, acceptsFrom: [{ nobody: true }] }),
    ]);
    expect(identities(world)).toEqual([
      'AppConnectivity/tier',
      'Deployment/cache',
      'Deployment/db',
    ]);
    expect(world.allows('web', 'db', 80)).toBe(true);
    expect(world.allows('web', 'cache', 80)).toBe(false);
    const all = given([
      namespace('shop', { mode: 'audit' }),
      workload('shop/db', { labels: { app: 'db', ...tier } }),
      resource('shop/tier', { selector: { matchLabels: tier }, acceptsFrom: [{ nobody: true }] }),
    ]);
    expect(all.policies).toEqual([]);
  });

  test('of a workload that selects an enforced one’s pods makes it not exempt: it would open them', () => {
    const labels = { app: 'shop' };
    const manifests = (annotations = {}) => [
      first,
      workload('shop/cleanup', { labels, talksTo: 'none', annotations: audit }),
      workload('shop/db', { labels: { ...labels, part: 'db' }, acceptsFrom: 'none', annotations }),
      workload('shop/web'),
    ];
    const world = given(manifests());
    expect(world.policies.filter(isExempt)).toEqual([]);
    expect(world.allows('web', 'db', 5432)).toBe(false);
    expect(world.messages).toContain(
      'in audit, but its policy stays where others isolate its pods: Deployment/shop/cleanup selects the pods of Deployment/shop/db as well, which are enforced and would be opened; put those in audit too, or give its pods a label of their own',
    );
    expect(given(manifests(audit)).policies.filter(isExempt)).toHaveLength(2);
  });

  test('never makes an allow-all for every pod: a workload without labels of its own gets none', () => {
    const world = given([
      first,
      workload('shop/job', { selector: {}, labels: {}, annotations: audit }),
    ]);
    expect(identities(world)).toEqual(['Namespace/shop']);
    expect(world.codes).toContain('NoSelectableLabels');
  });

  test('an edge says what it would be: over the live policies, with its own put in', () => {
    const audited = workload('shop/web', { talksTo: 'db, api, nobody-yet', annotations: audit });
    const { states, why } = given([
      namespace('shop'),
      audited,
      workload('shop/db', { acceptsFrom: 'web' }),
      workload('shop/api', { acceptsFrom: 'db' }),
    ]);
    expect(new Set(Object.values(states).slice(0, 3))).toEqual(new Set(['Unenforced/Audit']));
    expect(why['web: db']).toBe('audit: enforced, it would be Allowed');
    expect(why['web: api']).toBe(
      'audit: enforced, it would be Refused: Deployment api in namespace shop lists others only: add web to its accepts-from, beside what it lists',
    );
    expect(why['web: nobody-yet']).toBe(
      'audit: enforced, it would be Pending: "nobody-yet": no Service or workload nobody-yet in namespace shop yet; deploy it, or correct the name',
    );
  });

  test('an edge whose word is wide, or a veto, says what it would be as well', () => {
    const { why } = given([
      namespace('shop', { mode: 'audit' }),
      workload('shop/web', { talksTo: '@cluster:443', acceptsFrom: 'api' }),
      resource('shop/web', {
        workload: { kind: 'Deployment', name: 'web' },
        acceptsFrom: [{ nobody: true }],
      }),
      workload('shop/api'),
    ]);
    expect(why['web: @cluster:443']).toBe(
      'audit: enforced, it would be Open: allowed; nothing restricts the other end',
    );
    expect(why['web: api']).toMatch(/^audit: enforced, it would be Refused: .* says none/);
  });

  test('a value that is none enforces a workload, and is said', () => {
    const annotations = { 'appconnectivity.dev/mode': 'Audit' };
    const world = given([namespace('shop'), workload('shop/a', { talksTo: 'none', annotations })]);
    expect(identities(world)).toEqual(['Deployment/a']);
    expect(world.messages).toEqual([
      'appconnectivity.dev/mode cannot be "Audit"; write audit or enforce',
    ]);
  });

  test('no label lifts a floor: audit there does not count, and the finding names it', () => {
    const world = given([namespace('shop', { mode: 'audit' })], {
      settings: rules({ strength: 'floor' }),
    });
    expect(denied(world)).toEqual(['Ingress', 'Egress']);
    expect(world.messages.join()).toContain(
      'appconnectivity.dev/mode cannot be "audit": defaultDeny.rules.0',
    );
  });

  test('a label counts only where the configuration lets it, and else is said to do nothing', () => {
    const world = given([namespace('shop', { deny: 'true', mode: 'audit' })], {
      settings: { ...defaultSettings, labels: { mode: false } },
    });
    expect(denied(world)).toEqual(['Ingress', 'Egress']);
    expect(world.messages.join()).toContain('let this label not count (labels.mode: false)');
  });

  test('on a Namespace the mode is a label, not an annotation', () => {
    const world = given([namespace('shop', { deny: 'true', annotations: audit })]);
    expect(denied(world)).toEqual(['Ingress', 'Egress']);
    expect(world.messages.join()).toContain('did you mean the label appconnectivity.dev/mode?');
  });
});

describe('Consent to isolate what the cluster itself needs', () => {
  test('is read from a workload and from a Namespace; any other value is said to be wrong', () => {
    const confirm = (value: string) => ({ 'appconnectivity.dev/confirm': value });
    const { world, messages } = given([
      namespace('shop', { annotations: confirm('would-break-party') }),
      workload('shop/a', { annotations: confirm('would-break-party') }),
      workload('shop/b', { annotations: confirm('yes') }),
    ]);
    const state = world.state('shop');
    const confirms = [...(state?.workloads.values() ?? [])].map(({ intent }) => intent.confirms);
    expect([state?.object?.intent.confirms, ...confirms]).toEqual([true, true, false]);
    expect(messages).toEqual([
      'appconnectivity.dev/confirm cannot be "yes"; write would-break-party',
    ]);
  });
});

describe('A namespace that is being deleted', () => {
  test('says nothing about what is wrong in it', () => {
    const manifests = (terminating: boolean) => [
      namespace('shop', { deny: 'yes', terminating }),
      workload('shop/a', { talksTo: 'gone, Wrong' }),
    ];
    expect(given(manifests(false)).codes).not.toEqual([]);
    expect(given(manifests(true)).codes).toEqual([]);
  });
});

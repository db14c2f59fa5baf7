import { describe, expect, test } from '@jest/globals';
import type { WorkloadRecord, WorldRecord } from '../../src/core/model/records.ts';
import { drainingRecord } from '../../src/core/world/draining.ts';
import { namespace, resource, service, servicePort, tcp, workload } from '../support/builders.ts';
import { knowing } from '../support/outside.ts';
import { monitor } from '../support/outside-builders.ts';
import { written } from '../support/spoil.ts';
import { Story } from './story.ts';

const shop = namespace('shop');
const web = (says: Parameters<typeof workload>[1] = {}) => workload('shop/web', says);
const others = ['cart', 'db', 'api'].map((name) => workload(`shop/${name}`, { ports: [tcp(80)] }));
const webPolicy = 'shop/Deployment/web';
const started = (...records: readonly WorldRecord[]) => new Story(shop, ...others, ...records);

describe('A workload whose text became invalid', () => {
  const v1 = web({ talksTo: 'cart:80' });
  const v2 = web({ talksTo: 'cart:80, Db:5432' });

  test('keeps what was accepted last, over restarts as well, and says so', () => {
    const story = started(v1).write();
    const before = story.policy(webPolicy);
    story.put(v2);
    expect(story.policy(webPolicy)).toEqual(before);
    expect(story.codes()).toEqual(expect.arrayContaining(['InvalidName', 'LastAcceptedStands']));
    for (let times = 0; times < 3; times++) story.write().restart();
    expect(story.policy(webPolicy)).toEqual(before);
  });

  test('keeps nothing of a text that was valid only while the operator was down', () => {
    const story = started(v2);
    expect(story.policy(webPolicy)).toBeUndefined();
    expect(story.codes()).toEqual(expect.arrayContaining(['InvalidName', 'NothingAccepted']));
    const unwritten = started(v1).put(v2);
    expect(unwritten.policy(webPolicy)).toBeUndefined();
  });

  test('loses it when the annotation is removed, and does not get it back', () => {
    const story = started(v1).write().put(v2).write().put(web());
    expect(story.policy(webPolicy)).toBeUndefined();
    story.write().put(v2);
    expect(story.policy(webPolicy)).toBeUndefined();
  });

  test('loses it as well where the rules stay the same without it', () => {
    const deny = namespace('shop', { deny: 'egress' });
    const story = new Story(deny, web({ talksTo: 'ghost' })).write().put(web()).write();
    story.put(web({ talksTo: 'ghost, No!' }));
    expect(story.codes()).toContain('NothingAccepted');
  });

  test('has each direction for itself', () => {
    const story = started(web({ talksTo: 'cart:80', acceptsFrom: 'api' })).write();
    const both = story.rules(webPolicy);
    story.put(web({ talksTo: 'No!', acceptsFrom: 'api' }));
    expect(story.rules(webPolicy)).toBe(both);
    story.put(web({ talksTo: 'No!', acceptsFrom: 'db' }));
    expect(story.rules(webPolicy)).toBe(
      started(web({ talksTo: 'cart:80', acceptsFrom: 'db' })).rules(webPolicy),
    );
    story.put(web({ talksTo: 'No!' }));
    expect(story.rules(webPolicy)).toBe(started(web({ talksTo: 'cart:80' })).rules(webPolicy));
  });

  test('keeps none: a second entry beside it does not open a database', () => {
    const story = started(web({ acceptsFrom: 'none' })).write();
    const closed = story.rules(webPolicy);
    story
      .put(web({ acceptsFrom: 'none, api' }))
      .write()
      .restart();
    expect(story.rules(webPolicy)).toBe(closed);
    expect(closed).toBe('[["Ingress"],[],[]]');
  });

  test('keeps a switch that was accepted, and gets none that was not', () => {
    const story = started(web({ talksTo: 'cart', dns: 'deny' })).write();
    const denied = story.rules(webPolicy);
    story.put(web({ talksTo: 'cart', dns: 'dney' }));
    expect(story.rules(webPolicy)).toBe(denied);
    expect(started(web({ talksTo: 'cart', dns: 'dney' })).rules(webPolicy)).not.toBe(denied);
  });

  test('freezes the declaration, never the policy: what it means follows the cluster', () => {
    const cart = (app: string) => service('shop/cart', [servicePort(80)], { selector: { app } });
    const story = started(v1, cart('cart')).write().put(v2).write();
    story.put(cart('db')).restart();
    expect(story.rules(webPolicy)).toBe(started(v1, cart('db')).rules(webPolicy));
    expect(story.rules(webPolicy)).not.toBe(started(v1, cart('cart')).rules(webPolicy));
  });

  test('gets nothing from an annotation that somebody edited by hand; a valid text repairs it', () => {
    const story = started(v1).write();
    const { policy } = story.live(webPolicy);
    const annotations = {
      ...policy.metadata.annotations,
      'appconnectivity.dev/accepted': '{"talks-to":"@internet"}',
    };
    const forged = { ...policy, metadata: { ...policy.metadata, annotations } };
    const { remembers: _, ...edited } = written(forged);
    story.edit(edited);
    expect(story.policy(webPolicy)).toEqual(policy);
    story.put(v2);
    expect(story.policy(webPolicy)).toBeUndefined();
  });
});

describe('A Namespace whose text became invalid', () => {
  const says = (acceptsFrom: string, deny?: string) => namespace('shop', { acceptsFrom, deny });

  test.each([
    ['the default-deny remembers it', 'true'],
    ['without one, the policies that it is in do', undefined],
  ])('keeps what was accepted last: %s', (_, deny) => {
    const member = web({ acceptsFrom: 'api' });
    const story = new Story(says('ns/monitoring', deny), member, namespace('monitoring')).write();
    const before = story.rules(webPolicy);
    for (const bad of ['ns/monitoring, No!', 'none']) {
      story.put(says(bad, deny)).write().restart();
      expect(story.rules(webPolicy)).toBe(before);
      expect(story.codes()).toContain('LastAcceptedStands');
    }
    story.put(namespace('shop', { deny }));
    expect(story.rules(webPolicy)).not.toBe(before);
  });

  test.each([
    ['the default-deny remembers them', 'ingress'],
    ['without one, the policies that are isolated in ingress do', undefined],
  ])('keeps the namespaces whose monitors it let in: %s', (_, deny) => {
    const lets = (monitorsFrom?: string) => namespace('shop', { deny, monitorsFrom });
    const says = { acceptsFrom: 'api', talksTo: 'cart', ports: [tcp(9090)] };
    const monitors = monitor('team/web', {}, [{ targetPort: 9090 }], {
      ...{ kind: 'PodMonitor', namespaces: 'any' },
    });
    const story = new Story(lets('edge, team'), web(says), namespace('monitoring'), monitors);
    story.settings = knowing();
    const before = story.restart().write().rules(webPolicy);
    expect(before).toContain('"kubernetes.io/metadata.name":"monitoring"');
    for (const bad of ['edge, Team', '', 'team edge']) {
      story.put(lets(bad)).write().restart();
      expect(story.rules(webPolicy)).toBe(before);
      expect(story.codes()).toContain('LastAcceptedStands');
    }
    expect(story.put(lets('edge')).write().rules(webPolicy)).not.toBe(before);
    expect(story.put(lets('edge, Team')).rules(webPolicy)).not.toBe(before);
    const none = story.put(lets()).write().put(lets('team, No!'));
    expect(none.codes()).toContain('NothingAccepted');
  });

  test('an invalid text cannot hold what the namespace has withdrawn', () => {
    const story = new Story(says('ns/monitoring'), namespace('monitoring')).put(
      web({ acceptsFrom: 'api' }),
    );
    story
      .write()
      .put(web({ acceptsFrom: 'No!' }))
      .write()
      .put(shop);
    expect(story.rules(webPolicy)).toBe(
      new Story(shop, web({ acceptsFrom: 'api' })).rules(webPolicy),
    );
  });
});

describe('A resource that became invalid', () => {
  const about = { workload: { kind: 'Deployment', name: 'web' } };
  const to = (name: string) => [{ service: { name } }];
  const bad = [{ service: { name: 'cart' }, ports: [] }];

  test.each([
    ['one direction is invalid', { ...about, talksTo: bad, acceptsFrom: to('api') }],
    ['a field is unknown, so that not even its subject counts', { ...about, talks: to('cart') }],
    ['its kind is a typo', { workload: { kind: 'Deploymen', name: 'web' }, talksTo: to('cart') }],
  ])('keeps what was accepted last where %s', (_, spec) => {
    const valid = { ...about, talksTo: to('cart'), acceptsFrom: to('api') };
    const story = started(web(), resource('shop/web', valid)).write();
    const before = story.rules(webPolicy);
    story.put(resource('shop/web', spec)).write().restart();
    expect(story.rules(webPolicy)).toBe(before);
    expect(story.codes()).toContain('LastAcceptedStands');
    story.put(resource('shop/web', { ...about, talksTo: to('db') }));
    expect(story.rules(webPolicy)).toBe(
      started(web(), resource('shop/web', { ...about, talksTo: to('db') })).rules(webPolicy),
    );
  });

  test('keeps it for the pods of its selector, in its own policy', () => {
    const tier = { selector: { matchLabels: { app: 'web' } } };
    const story = started(web(), resource('shop/tier', { ...tier, talksTo: to('cart') })).write();
    const own = story.rules('shop/AppConnectivity/tier');
    story
      .put(resource('shop/tier', { selector: {}, talksTo: bad }))
      .write()
      .restart();
    expect(story.rules('shop/AppConnectivity/tier')).toBe(own);
  });

  test('does not carry what one workload was allowed to another', () => {
    const at = (name: string, talksTo: unknown) =>
      resource('shop/one', { workload: { kind: 'Deployment', name }, talksTo });
    const story = started(web(), at('web', to('cart')))
      .write()
      .put(at('db', bad));
    expect(story.policy('shop/Deployment/db')).toBeUndefined();
    expect(story.policy(webPolicy)).toBeUndefined();
    expect(story.codes()).toContain('NothingAccepted');
  });
});

describe('A workload that is gone while its pods may run', () => {
  const before = web({
    talksTo: 'cart:80',
    acceptsFrom: 'api:http',
    dns: 'deny',
    ports: [tcp(8080, 'http'), tcp(9090)],
  });

  test('is read back from its policy, with what it said and its ports', () => {
    const policy = started(before).write().live(webPolicy);
    const record = drainingRecord(policy);
    expect(record).toEqual({
      ...before,
      uid: '',
      texts: { ...before.texts },
      ports: [tcp(9090), tcp(8080, 'http')],
      draining: true,
    });
    // If it came back as it was, nothing would have to be written.
    const { draining: _, ...again } = record as WorkloadRecord;
    expect(started(again).policy(webPolicy)).toEqual(policy.policy);
  });

  test('is not made of what is not ours, of a default-deny, or of a resource’s policy', () => {
    const tier = resource('shop/tier', {
      ...{ selector: { matchLabels: { app: 'web' } }, talksTo: [{ entity: 'Cluster' }] },
    });
    const story = new Story(namespace('shop', { deny: 'true' }), before, tier).write();
    expect(drainingRecord({ ...story.live(webPolicy), applied: false })).toBeUndefined();
    expect(drainingRecord(story.live('shop/Namespace/shop'))).toBeUndefined();
    expect(drainingRecord(story.live('shop/AppConnectivity/tier'))).toBeUndefined();
  });

  test('says nothing where the texts in its policy are not ours', () => {
    const { remembers: _, ...edited } = started(before).write().live(webPolicy);
    expect(drainingRecord(edited)?.texts).toEqual({});
  });
});

test('a policy carries every text whose entries are in it, and a checksum', () => {
  const story = new Story(
    namespace('shop', { deny: 'ingress', acceptsFrom: 'ns/monitoring', talksTo: 'proxy' }),
    web({ acceptsFrom: 'none', ports: [tcp(8080)] }),
    resource('shop/more', {
      ...{ workload: { kind: 'Deployment', name: 'web' }, acceptsFrom: [{ entity: 'Cluster' }] },
    }),
  );
  const kept = (identity: string) => {
    const annotations = story.policy(identity)?.metadata.annotations ?? {};
    expect(annotations['appconnectivity.dev/checksum']).toMatch(/^[0-9a-f]{16}$/);
    return JSON.parse(annotations['appconnectivity.dev/accepted'] ?? 'null') as unknown;
  };
  expect(kept(webPolicy)).toEqual({
    'accepts-from': 'none',
    Namespace: { 'accepts-from': 'ns/monitoring' },
    'AppConnectivity/more': {
      workload: { kind: 'Deployment', name: 'web' },
      acceptsFrom: [{ entity: 'Cluster' }],
    },
  });
  expect(kept('shop/Namespace/shop')).toEqual({
    Namespace: { 'accepts-from': 'ns/monitoring', 'talks-to': 'proxy' },
  });
});

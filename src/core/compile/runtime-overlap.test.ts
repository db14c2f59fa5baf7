import { describe, expect, test } from '@jest/globals';
import { namespace, resource, workload } from '../../../test/support/builders.ts';
import { applied } from '../../../test/support/writes.ts';
import { judgeKey } from '../judge/key.ts';
import { keyOf } from '../model/identity.ts';
import type { LabelSelector } from '../model/labels.ts';
import type { WorldRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { eventsOf } from '../status/events.ts';
import { messageOf } from '../status/messages.ts';
import { World } from '../world/world.ts';
import { compile, compileAll } from './compile.ts';

const db = workload('shop/db', { kind: 'StatefulSet', acceptsFrom: 'none' });
const web = [{ workload: { kind: 'Deployment', name: 'web' } }];
const selecting = (selector: LabelSelector, says: object = { acceptsFrom: web }, name = 'first') =>
  resource(`shop/${name}`, { selector, ...says });
const labelled = (matchLabels: Readonly<Record<string, string>>) => selecting({ matchLabels });
const where = (...matchExpressions: NonNullable<LabelSelector['matchExpressions']>) =>
  selecting({ matchExpressions });

const podName = 'statefulset.kubernetes.io/pod-name';
const podIndex = 'apps.kubernetes.io/pod-index';
const completion = 'batch.kubernetes.io/job-completion-index';
const primary = { app: 'db', role: 'primary' };

function worldOf(...records: readonly WorldRecord[]): World {
  const world = new World(defaultSettings);
  for (const record of [namespace('shop'), workload('shop/web'), ...records]) world.put(record);
  return world;
}

function overlapsOf(world: World, record: Parameters<typeof keyOf>[0]) {
  const { findings } = compile(world, keyOf(record));
  return findings.filter(({ code }) => code === 'SelectorOverlap');
}

/** What is told of it, as sentences. */
const told = (world: World, record: Parameters<typeof keyOf>[0]) =>
  overlapsOf(world, record).map(messageOf);

describe('A resource that selects pods of a workload by labels of run time', () => {
  const both = (...records: readonly [ReturnType<typeof selecting>, typeof db]) => {
    const [chosen, owner] = records;
    const world = worldOf(...records);
    const sides = [overlapsOf(world, chosen).length, overlapsOf(world, owner.ref).length];
    expect(sides[0]).toBe(sides[1]);
    return sides[0] === 1;
  };

  test.each([
    ['one key of the template, and one that it lacks', labelled(primary)],
    ['the name of one of its pods', labelled({ [podName]: 'db-0' })],
    [
      'the name of a pod, or of another',
      where({ key: podName, operator: 'In', values: ['x-1', 'db-12'] }),
    ],
    ['the index of a pod', labelled({ [podIndex]: '0' })],
    ['any index', where({ key: podIndex, operator: 'Exists' })],
    ['both of these', labelled({ [podName]: 'db-0', [podIndex]: '0' })],
    [
      'a key that its template has, by expressions',
      where(
        { key: 'app', operator: 'In', values: ['db', 'cache'] },
        { key: 'role', operator: 'Exists' },
      ),
    ],
    [
      'one key, and what its template is not',
      where(
        { key: 'app', operator: 'Exists' },
        { key: 'role', operator: 'In', values: ['primary'] },
        { key: 'app', operator: 'NotIn', values: ['cache', 'web'] },
      ),
    ],
  ])('is named on both: %s', (_, chosen) => {
    expect(both(chosen, db)).toBe(true);
  });

  test.each([
    ['by labels of the template: it speaks for the workload', labelled({ app: 'db' })],
    ['that another has', labelled({ app: 'cache', role: 'primary' })],
    ['with nothing of the template', labelled({ role: 'primary' })],
    [
      'of which one no pod of a StatefulSet can have',
      labelled({ app: 'db', [podName]: 'cache-0' }),
    ],
    ['that are no ordinal', labelled({ [podName]: 'db-x' })],
    ['of a longer name', labelled({ [podName]: 'db-main-0' })],
    ['of a Job', labelled({ [completion]: '0' })],
    ['besides one of which nobody knows', labelled({ [podIndex]: '0', role: 'primary' })],
    [
      'without one that the template has',
      where(
        { key: 'app', operator: 'DoesNotExist' },
        { key: 'role', operator: 'In', values: ['primary'] },
      ),
    ],
    [
      'that contradict themselves',
      selecting({
        matchLabels: primary,
        matchExpressions: [{ key: 'role', operator: 'NotIn', values: ['primary'] }],
      }),
    ],
  ])('is not, where they are %s', (_, chosen) => {
    expect(both(chosen, db)).toBe(false);
  });

  test('knows what pods of each kind get: a Deployment no ordinals, a Job completion indexes', () => {
    const of = (kind: 'Deployment' | 'Job') => workload('shop/db', { kind, acceptsFrom: 'none' });
    expect(both(labelled({ [podName]: 'db-0' }), of('Deployment'))).toBe(false);
    expect(both(labelled({ app: 'db', [podIndex]: '0' }), of('Deployment'))).toBe(false);
    expect(both(labelled({ app: 'db', role: 'primary' }), of('Deployment'))).toBe(true);
    expect(both(labelled({ [completion]: '0' }), of('Job'))).toBe(true);
  });

  test('is not, where some template has all of its labels, but for those of Kubernetes', () => {
    const labels = { 'part-of': 'shop' };
    const part = workload('shop/db', { kind: 'StatefulSet', labels, acceptsFrom: 'none' });
    const whole = workload('shop/api', { labels: { ...labels, tier: 'api' } });
    const chosen = labelled({ ...labels, tier: 'api' });
    const world = worldOf(part, whole, chosen);
    expect(told(world, chosen)).toEqual([]);
    expect(told(world, part.ref)).toEqual([]);
    // Once that template is gone, the selector means whom people will label.
    const again = world.remove(whole);
    expect([...again]).toEqual(expect.arrayContaining([keyOf(chosen), keyOf(part.ref)]));
    expect(told(world, part.ref)).toHaveLength(1);
    expect([...world.put(whole)]).toEqual(expect.arrayContaining([keyOf(chosen), keyOf(part.ref)]));
  });

  test('says which labels, and that its entries count although the workload says none', () => {
    const chosen = labelled({ [podName]: 'db-0' });
    const world = worldOf(db, chosen);
    const sentence =
      'pods of StatefulSet/shop/db that get statefulset.kubernetes.io/pod-name at run time are also selected by AppConnectivity/shop/first, and get the rules of both; for those pods the entries of AppConnectivity/shop/first count, although accepts-from: none is said for StatefulSet/shop/db; if that is not meant, name the workload by spec.workload, or select by labels that its template has';
    expect(told(world, chosen)).toEqual([sentence]);
    expect(told(world, db.ref)).toEqual([sentence]);
  });

  test('says that the workload’s entries count where it is the resource that says none', () => {
    const open = workload('shop/db', { kind: 'StatefulSet', acceptsFrom: 'web' });
    const chosen = selecting({ matchLabels: primary }, { acceptsFrom: [{ nobody: true }] });
    expect(told(worldOf(open, chosen), chosen)[0]).toContain(
      'for those pods the entries of StatefulSet/shop/db count, although accepts-from: none is said for AppConnectivity/shop/first',
    );
  });

  test.each([
    ['the workload says it of the other direction', { talksTo: web }],
    ['both say it', { acceptsFrom: [{ nobody: true }] }],
  ])('says nothing of none where %s', (_, says) => {
    const chosen = selecting({ matchLabels: primary }, says);
    expect(told(worldOf(db, chosen), chosen)[0]).not.toContain('although');
  });

  test('says nothing of none where it is itself vetoed, by another workload that it speaks for', () => {
    const named = { app: 'db', [podName]: 'db-0' };
    const tools = workload('shop/tools', { labels: named, acceptsFrom: 'none' });
    const world = worldOf(db, labelled(named), tools);
    expect(told(world, db.ref)).toHaveLength(1);
    expect(told(world, db.ref)[0]).not.toContain('although');
    // Without that, it counts; the database hears of it.
    const keys = world.put(workload('shop/tools', { labels: named }));
    expect([...keys]).toContain(keyOf(db.ref));
    expect(told(world, db.ref)[0]).toContain('although');
  });

  test('names five of many, and counts the others', () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      workload(`shop/db-${index + 10}`, { labels: { 'part-of': 'db', app: `db-${index}` } }),
    );
    const chosen = labelled({ 'part-of': 'db', role: 'primary' });
    const [sentence] = told(worldOf(...many, chosen), chosen);
    expect(sentence).toContain('Deployment/shop/db-14 and 7 more that get role');
    expect(sentence).not.toContain('db-15');
  });

  test('is one of several that a workload is told of, by the labels that they ask for', () => {
    const others = [
      ...[labelled(primary), selecting({ matchLabels: primary }, { acceptsFrom: web }, 'second')],
      selecting({ matchLabels: { [podIndex]: '0' } }, { acceptsFrom: web }, 'third'),
    ];
    const sentences = told(worldOf(db, ...others), db.ref).join('\n');
    expect(sentences).toContain(
      'get role at run time are also selected by AppConnectivity/shop/first, AppConnectivity/shop/second, and',
    );
    expect(sentences).toContain(
      `get ${podIndex} at run time are also selected by AppConnectivity/shop/third, and`,
    );
  });
});

describe('Whoever is told of such a resource', () => {
  test('is compiled again when the other comes, says something else, or goes', () => {
    const world = worldOf(db);
    const chosen = labelled(primary);
    expect([...world.put(chosen)]).toContain(keyOf(db.ref));
    expect([...world.put(workload('shop/db', { kind: 'StatefulSet' }))]).toContain(keyOf(chosen));
    expect([...world.put(db)]).toContain(keyOf(chosen));
    const veto = { workload: { kind: 'StatefulSet', name: 'db' }, talksTo: [{ nobody: true }] };
    expect([...world.put(resource('shop/about', veto))]).toContain(keyOf(chosen));
    expect([...world.remove(chosen)]).toContain(keyOf(db.ref));
  });

  test('gets an Event where none is said and does not hold, and only there', () => {
    const events = (record: typeof db) => {
      const world = worldOf(record, labelled(primary));
      return eventsOf(compile(world, keyOf(record.ref)).findings).map(({ reason }) => reason);
    };
    expect(events(db)).toEqual(['SelectorOverlap']);
    expect(events(workload('shop/db', { kind: 'StatefulSet', acceptsFrom: 'web' }))).toEqual([]);
  });

  test('does not hear that nobody is admitted: whoever is refused is told who is', () => {
    const caller = workload('shop/web', { talksTo: 'db' });
    const why = (...records: readonly WorldRecord[]) => {
      const world = worldOf(caller, ...records);
      for (const { policies } of compileAll(world)) {
        for (const policy of policies) world.put(applied(policy));
      }
      const { own } = judgeKey(world, compile(world, keyOf(caller.ref)));
      return own.map(({ state }) => messageOf(state.reason));
    };
    const refused =
      'StatefulSet db in namespace shop says accepts-from: none: nobody is admitted until that is changed';
    expect(why(db)).toEqual([refused]);
    expect(why(db, labelled(primary))).toEqual([
      `${refused}, but to the pods that AppConnectivity first in namespace shop selects by role, which they get at run time`,
    ]);
  });

  test('is few, where a thousand workloads could be: one that changes concerns the resources', () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      workload(`shop/w${index}`, { labels: { app: `w${index}`, 'part-of': 'shop' } }),
    );
    const few = ['a', 'b', 'c'].map((role) =>
      selecting({ matchLabels: { 'part-of': 'shop', role } }, { acceptsFrom: web }, role),
    );
    const world = worldOf(...few, ...many);
    const keys = world.put(
      workload('shop/w7', { labels: { app: 'w7', 'part-of': 'shop' }, talksTo: 'web' }),
    );
    expect(keys.size).toBeLessThan(20);
  });
});

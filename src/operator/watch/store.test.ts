import { describe, expect, test } from '@jest/globals';
import { type Change, createStore, type Problem, type StoreOptions } from './store.ts';

interface Raw {
  readonly name: string | null;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>> | 'broken' | 'boring';
  readonly image?: string;
}

interface Trimmed {
  readonly labels: Readonly<Record<string, string>>;
}

function build(options: Partial<StoreOptions<Raw, Trimmed>> = {}) {
  const changes: Change<Trimmed>[] = [];
  const problems: Problem[] = [];
  const { view, writer } = createStore<Raw, Trimmed>({
    keyOf: ({ name }) => {
      if (name === null) throw new TypeError('no name');
      return name;
    },
    uidOf: ({ name, uid = `uid of ${name}` }) => uid,
    parse: ({ labels = {} }) => {
      if (labels === 'broken') throw new TypeError('labels are not labels');
      return labels === 'boring' ? undefined : { labels };
    },
    onChange: (change) => changes.push(change),
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  const list = (...items: Raw[]) => {
    writer.begin();
    for (const item of items) writer.item(item);
    writer.end();
  };
  const told = () => changes.splice(0).map(({ kind, key }) => `${kind} ${key}`);
  return { view, writer, list, told, changes, problems };
}

const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name })) as [Raw, Raw, Raw];

describe('a relist', () => {
  test('is seen all at once, at its end, and not before', () => {
    const { view, writer, told } = build();
    writer.begin();
    writer.item(a);
    writer.item(b);
    expect([view.size(), view.hasSynced(), told()]).toEqual([0, false, []]);
    writer.end();
    expect([view.size(), view.hasSynced(), told()]).toEqual([2, true, ['apply a', 'apply b']]);
  });

  test('tells only what differs, with deletes for what is absent last', () => {
    const { list, told } = build();
    list(a, b, c);
    told();
    list(a, { name: 'b', labels: { app: 'b' } });
    expect(told()).toEqual(['apply b', 'delete c']);
    list(a, { name: 'b', labels: { app: 'b' }, image: 'new' });
    expect(told()).toEqual([]);
  });

  test('shows consumers the whole new state from the first change on', () => {
    const sizes: number[] = [];
    const { list, view } = build({ onChange: () => sizes.push(view.size()) });
    list(a, b, c);
    expect(sizes).toEqual([3, 3, 3]);
  });

  test('that is begun again forgets what it had', () => {
    const { writer, told, view } = build();
    writer.begin();
    writer.item(a);
    writer.begin();
    writer.item(b);
    writer.end();
    expect(told()).toEqual(['apply b']);
    expect(view.get('a')).toBeUndefined();
  });

  test('that never ends changes nothing', () => {
    const { list, writer, told, view } = build();
    list(a, b);
    told();
    writer.begin();
    writer.item(c);
    expect([view.size(), told()]).toEqual([2, []]);
  });

  test('lets waiters through when it ends', async () => {
    const { view, list } = build();
    const synced = view.whenSynced().then(() => 'synced');
    expect(await Promise.race([synced, Promise.resolve('not yet')])).toBe('not yet');
    list();
    expect(await synced).toBe('synced');
  });
});

describe('an object that was made anew under its name', () => {
  test('is a delete and an apply, in a relist and in a watch, even if it looks the same', () => {
    const { list, writer, changes } = build();
    list({ name: 'a', uid: '1', labels: { app: 'old' } });
    list({ name: 'a', uid: '2' });
    writer.apply({ name: 'a', uid: '3' });
    expect(changes.map(({ kind, record }) => `${kind} ${JSON.stringify(record.labels)}`)).toEqual([
      'apply {"app":"old"}',
      'delete {"app":"old"}',
      'apply {}',
      'delete {}',
      'apply {}',
    ]);
  });

  test('is not deleted by late news of the one before', () => {
    const { writer, told, view } = build();
    writer.apply({ name: 'a', uid: '2' });
    writer.delete({ name: 'a', uid: '1' });
    expect(told()).toEqual(['apply a']);
    writer.delete({ name: 'a', uid: '2' });
    expect(told()).toEqual(['delete a']);
    expect(view.size()).toBe(0);
  });
});

describe('a change that nobody needs to hear of', () => {
  test('is an equal record; the one that consumers hold is kept', () => {
    const { writer, told, view } = build();
    writer.apply({ name: 'a', labels: { app: 'a' }, image: '1' });
    const held = view.get('a');
    writer.apply({ name: 'a', labels: { app: 'a' }, image: '2' });
    expect(told()).toEqual(['apply a']);
    expect(view.get('a')).toBe(held);
  });

  test('is what "equals" says; the newer record is kept', () => {
    const { writer, told, view } = build({ equals: () => true });
    writer.apply({ name: 'a', labels: { version: '1' } });
    writer.apply({ name: 'a', labels: { version: '2' } });
    expect(told()).toEqual(['apply a']);
    expect(view.get('a')).toEqual({ labels: { version: '2' } });
  });

  test('is the delete of what was never there', () => {
    const { writer, told } = build();
    writer.delete(a);
    expect(told()).toEqual([]);
  });
});

describe('an object of no interest', () => {
  test('is not kept, and is deleted when it loses its interest', () => {
    const { list, writer, told, view } = build();
    list(a, { name: 'b', labels: 'boring' });
    expect(told()).toEqual(['apply a']);
    writer.apply({ name: 'a', labels: 'boring' });
    expect(told()).toEqual(['delete a']);
    expect(view.size()).toBe(0);
  });
});

describe('an object that cannot be read', () => {
  const broken: Raw = { name: 'a', labels: 'broken' };

  test('stops no other, in a list or in a watch', () => {
    const { list, writer, told, problems, view } = build();
    list(broken, b);
    writer.apply(broken);
    writer.apply(c);
    expect(told()).toEqual(['apply b', 'apply c']);
    expect(problems.map(({ key }) => key)).toEqual(['a', 'a']);
    expect([...view.problems().keys()]).toEqual(['a']);
    expect(view.hasSynced()).toBe(true);
  });

  test('keeps its last readable version, in a list and in a watch', () => {
    const { list, writer, told, view } = build();
    list({ name: 'a', labels: { app: 'a' } });
    told();
    writer.apply(broken);
    list(broken, b);
    expect(told()).toEqual(['apply b']);
    expect(view.get('a')).toEqual({ labels: { app: 'a' } });
    expect(view.problems().size).toBe(1);
  });

  test('does not keep the version of another object that had its name', () => {
    const { list, told, view } = build();
    list({ name: 'a', uid: '1' });
    list({ ...broken, uid: '2' });
    expect(told()).toEqual(['apply a', 'delete a']);
    expect(view.get('a')).toBeUndefined();
  });

  test('is no problem any more once it is readable, or gone', () => {
    const { list, writer, view } = build();
    list(broken, { name: 'b', labels: 'broken' }, { name: 'c', labels: 'broken' });
    expect(view.problems().size).toBe(3);
    writer.apply(a);
    writer.delete(b);
    expect([...view.problems().keys()]).toEqual(['c']);
    list();
    expect(view.problems().size).toBe(0);
  });

  test('not even its name: then nothing is taken to be absent, and nothing to be synced', () => {
    const { list, told, view, problems } = build();
    list(a, { name: null });
    expect([view.hasSynced(), view.size()]).toEqual([false, 1]);
    list(a, b, c);
    told();
    list({ name: 'a', labels: { app: 'a' } }, { name: 'b', labels: 'boring' }, { name: null });
    expect(told()).toEqual(['apply a', 'delete b']);
    expect(view.get('c')).toEqual({ labels: {} });
    expect(problems.map(({ key }) => key)).toEqual([undefined, undefined]);
    list(a);
    expect(told()).toEqual(['apply a', 'delete c']);
  });
});

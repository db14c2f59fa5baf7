import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { policyName } from '../../src/core/compile/policy.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import { defaultDenyName } from '../../src/core/model/names.ts';
import { isNamespaceTerminating } from '../../src/kube/errors.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { foreignPolicy, type Manifest, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { identities } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

let cluster: Cluster;
let operator: TestOperator;

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.install();
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

async function whenPoliciesAre(name: string, wanted: readonly string[]): Promise<void> {
  await eventually(async () => expect(identities(await cluster.policies(name))).toEqual(wanted));
}

/** What `kubectl describe` shows under Events. */
async function eventsOf(kind: string, place: string, name: string): Promise<string> {
  const text = await cluster.kubectl(['describe', kind, '-n', place, name]);
  return text.slice(text.indexOf('Events:'));
}

/** The name that the policy of a Deployment will have. */
function nameFor(place: string, name: string): string {
  const key = keyOf({ kind: 'Deployment', namespace: place, name });
  return policyName(key, { matchLabels: { app: name } });
}

describe('an annotation that cannot be read', () => {
  test('never stops the others, and kubectl describe says what is wrong and where', async () => {
    await cluster.apply(
      namespace('typos'),
      workload('typos/good', { talksTo: '203.0.113.7' }),
      workload('typos/bad', { talksTo: 'good, http://api.example.com' }),
      workload('typos/fine', { acceptsFrom: 'good' }),
    );
    await whenPoliciesAre('typos', ['Deployment/fine', 'Deployment/good']);
    await eventually(async () => {
      const events = await eventsOf('deployment', 'typos', 'bad');
      expect(events).toContain('Warning');
      expect(events).toMatch(/appconnectivity\.dev\/talks-to, character 7: "http:\/\/api/);
    });
    expect(await eventsOf('deployment', 'typos', 'good')).toMatch(/Events: +<none>/);
  });

  test('is acted on as soon as it is right', async () => {
    await cluster.apply(namespace('righted'), workload('righted/web', { talksTo: 'a b' }));
    await eventually(async () => {
      expect(await eventsOf('deployment', 'righted', 'web')).toContain('Warning');
    });
    expect(await cluster.policies('righted')).toEqual([]);
    await cluster.apply(workload('righted/web', { talksTo: '203.0.113.7' }));
    await whenPoliciesAre('righted', ['Deployment/web']);
  });

  test.each([
    ['empty', ''],
    ['nothing but commas', ',,\n,'],
    ['emoji', '🚀:80, Ünicode'],
    ['huge', 'cart, '.repeat(20_000)],
    ['control characters', 'cart\u0007\u001b[31m'],
    ['a name of 254 characters', 'a'.repeat(254)],
    ['a number of no port', 'cart:65536'],
  ])('gives an Event and no policy: %s', async (what, talksTo) => {
    const name = `bad-${what.replaceAll(/\W+/g, '-')}`;
    await cluster.apply(namespace(name), workload(`${name}/web`, { talksTo }));
    await eventually(async () => {
      expect(await eventsOf('deployment', name, 'web')).toContain('Warning');
    });
    expect(await cluster.policies(name)).toEqual([]);
  });
});

describe('a policy of somebody else under a name that we need', () => {
  const spec = { podSelector: { matchLabels: { app: 'web' } }, ingress: [{}] };

  async function occupy(place: string, name: string): Promise<Manifest> {
    const foreign = foreignPolicy(`${place}/${name}`, spec);
    await cluster.apply(namespace(place), foreign);
    return foreign;
  }

  test('is left alone and stops nobody else', async () => {
    const foreign = await occupy('occupied', nameFor('occupied', 'web'));
    const before = await cluster.get(foreign);
    await cluster.apply(
      workload('occupied/web', { acceptsFrom: 'none' }),
      workload('occupied/api', { acceptsFrom: 'web' }),
    );
    await eventually(async () => {
      expect(identities(await cluster.policies('occupied'))).toContain('Deployment/api');
    });
    await operator.quiet();
    expect(await cluster.get(foreign)).toEqual(before);
  });

  test('is told in an Event on the workload, and ours has another name', async () => {
    const name = nameFor('told', 'web');
    await occupy('told', name);
    await cluster.apply(workload('told/web', { acceptsFrom: 'none' }));
    await whenPoliciesAre('told', ['Deployment/web']);
    await eventually(async () => {
      expect(await eventsOf('deployment', 'told', 'web')).toContain(`told/${name}`);
    });
  });

  test('gives way to ours as soon as it is gone', async () => {
    const foreign = await occupy('freed', nameFor('freed', 'web'));
    await cluster.apply(workload('freed/web', { acceptsFrom: 'none' }));
    await operator.quiet();
    await cluster.remove(foreign);
    await whenPoliciesAre('freed', ['Deployment/web']);
  });

  test('also where it is the default-deny: ours has another name, and the workloads get theirs', async () => {
    const foreign = await occupy('denied', defaultDenyName);
    await cluster.apply(
      namespace('denied', 'true'),
      workload('denied/web', { acceptsFrom: 'none' }),
    );
    await eventually(async () => {
      expect(identities(await cluster.policies('denied'))).toContain('Deployment/web');
    });
    await whenPoliciesAre('denied', ['Deployment/web', 'Namespace/denied']);
    await cluster.remove(foreign);
    await whenPoliciesAre('denied', ['Deployment/web', 'Namespace/denied']);
  });
});

describe('a namespace that is being deleted', () => {
  /** Something in it that takes its time. */
  const held = (finalizers: readonly string[], place = 'ending'): Manifest => {
    const app = workload(`${place}/held`, { acceptsFrom: 'none' });
    return { ...app, metadata: { ...app.metadata, finalizers } };
  };

  test('never stops the others, is left alone, and leaves nothing behind', async () => {
    await cluster.apply(namespace('ending', 'true'), held(['example.com/hold']));
    await whenPoliciesAre('ending', ['Deployment/held', 'Namespace/ending']);
    await cluster.remove(namespace('ending'));
    await cluster.apply(namespace('living', 'true'), workload('living/web', { talksTo: 'none' }));
    await whenPoliciesAre('living', ['Deployment/web', 'Namespace/living']);
    await cluster.patch(held([]), { metadata: { finalizers: null } });
    await eventually(
      async () => expect(await cluster.get(namespace('ending'))).toBeUndefined(),
      30,
    );
    await operator.quiet();
    const said = operator.logs.length;
    await operator.quiet();
    expect(operator.logs.slice(said)).toEqual([]);
  });

  test('refuses a write in a way that is told from a right that we lack', async () => {
    await cluster.apply(namespace('closing'), held(['example.com/hold'], 'closing'));
    await cluster.remove(namespace('closing'));
    const late = cluster.apply(foreignPolicy('closing/late', { podSelector: {} }));
    await expect(late).rejects.toMatchObject({ status: 403, reason: 'Forbidden' });
    expect(isNamespaceTerminating(await late.catch((error: unknown) => error))).toBe(true);
    await cluster.patch(held([], 'closing'), { metadata: { finalizers: null } });
  });
});

import { describe, expect, test } from '@jest/globals';
import { defaultKinds } from '../core/model/kinds.ts';
import { isRecord, readObject } from '../core/record/read.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/errors.ts';
import type { RawObject, WatchEvent } from '../kube/objects.ts';
import type { Resource } from '../kube/resources.ts';
import { createClusterWatch } from './cluster-watch.ts';
import { isWritten, Newest } from './newest.ts';
import { createFakeClock } from './watch/fixtures/fake-clock.ts';

const minute = 60_000;
const ours = { 'appconnectivity.dev/accepts-from': 'web' };
const template = { metadata: { labels: { app: 'x' } } };

/** A rollout or a Job by its name; `fields` are its spec and status. */
function object(name: string, fields: object, uid = `uid-${name}`): RawObject {
  const metadata = { name, namespace: 'shop', uid, resourceVersion: '1', annotations: ours };
  return { metadata, ...fields };
}

/** An API server with every kind but Rollouts, until they are served. */
class Server {
  readonly asked: string[] = [];
  /** What happens after a list was asked for, and the version of what it then shows. */
  onList = () => {};
  version = '1';
  #rollouts = false;
  #objects: Record<string, RawObject[]> = {};
  readonly #streams = new Map<string, (event: WatchEvent | KubeError) => void>();

  /** Puts an object there, in place of the one of its name. */
  put(plural: string, raw: RawObject): void {
    const others = this.#of(plural).filter(({ metadata }) => metadata.name !== raw.metadata.name);
    const type = others.length === this.#of(plural).length ? 'ADDED' : 'MODIFIED';
    this.#objects[plural] = [...others, raw];
    this.#streams.get(plural)?.({ type, object: raw, resourceVersion: '2' });
  }

  /** The CRD comes, or goes with all its objects. */
  serveRollouts(serve: boolean): void {
    this.#rollouts = serve;
    if (serve) return;
    this.#objects.rollouts = [];
    this.#streams.get('rollouts')?.(new KubeError('404 page not found', { status: 404 }));
  }

  /** The watch of a kind ends with a version that is too old, so that it is listed again. */
  expire(plural: string): void {
    this.#streams.get(plural)?.(new KubeError('too old', { status: 410, reason: 'Expired' }));
  }

  readonly client: Pick<KubeClient, 'list' | 'watch' | 'get'> = {
    list: async (resource, { labelSelector, namespace } = {}) => {
      this.#refuseAbsent(resource);
      this.asked.push(`${resource.plural} ${namespace ?? '*'} ${labelSelector ?? '*'}`);
      this.onList();
      return { items: this.#of(resource.plural), resourceVersion: this.version };
    },
    watch: (resource, { signal } = {}) => this.#watch(resource, signal),
    get: async (path) => {
      const served = this.#rollouts ? [{ name: 'rollouts' }] : [];
      if (path !== '/apis') return { kind: 'APIResourceList', resources: served };
      const versions = [{ version: 'v1alpha1' }];
      return { kind: 'APIGroupList', groups: [{ name: 'argoproj.io', versions }] };
    },
  };

  #of(plural: string): RawObject[] {
    return this.#objects[plural] ?? [];
  }

  #refuseAbsent({ plural }: Resource): void {
    if (plural !== 'rollouts' || this.#rollouts) return;
    throw new KubeError('404 page not found', { status: 404 });
  }

  async *#watch(resource: Resource, signal?: AbortSignal): AsyncGenerator<WatchEvent> {
    this.#refuseAbsent(resource);
    const events: (WatchEvent | KubeError)[] = [];
    let wake = () => {};
    this.#streams.set(resource.plural, (event) => {
      events.push(event);
      wake();
    });
    signal?.addEventListener('abort', () => wake());
    while (signal?.aborted !== true) {
      const event = events.shift();
      if (event instanceof KubeError) throw event;
      if (event === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else yield event;
    }
  }
}

async function watching() {
  const clock = createFakeClock();
  const server = new Server();
  const told: string[] = [];
  const problems: string[] = [];
  const newest = new Newest();
  const watch = createClusterWatch({
    ...{ client: server.client, clock, random: () => 0.5, kinds: defaultKinds },
    newest,
    onChange: ({ kind, key, record }) => {
      if (record.kind === 'Webhook')
        told.push(`${kind} ${record.services.map(({ name }) => name)}`);
      if (record.kind === 'NetworkPolicy') told.push(`${kind} ${record.resourceVersion}`);
      if (record.kind === 'Workload') told.push(`${kind} ${record.ref.kind} ${key} ${record.uid}`);
    },
    onReport: () => {},
    onProblem: (resource, { key, error }) => problems.push(`${resource.kind} ${key}: ${error}`),
  });
  watch.start();
  await clock.settle();
  return { clock, server, told, problems, watch, newest };
}

describe('a kind whose CRD comes and goes', () => {
  test('counts as empty before, is read as soon as it is there, and is gone with it', async () => {
    const { clock, server, told, watch } = await watching();
    await watch.whenSynced();
    expect(watch.unsynced()).toEqual([]);
    server.put('rollouts', object('a', { spec: { template } }));
    server.serveRollouts(true);
    await clock.advance(minute);
    expect(told).toEqual(['apply Rollout shop/a uid-a']);
    server.serveRollouts(false);
    await clock.advance(minute);
    expect(told.slice(1)).toEqual(['delete Rollout shop/a uid-a']);
    expect(watch.unsynced()).toEqual([]);
    server.put('rollouts', object('a', { spec: { template } }, 'second'));
    server.serveRollouts(true);
    await clock.advance(minute);
    expect(told.slice(2)).toEqual(['apply Rollout shop/a second']);
    watch.stop();
  });
});

describe('an object that was a workload', () => {
  test('and is over is told to be gone', async () => {
    const { clock, server, told, watch } = await watching();
    const spec = { template };
    server.put('jobs', object('a', { spec }));
    await clock.settle();
    const conditions = [{ type: 'Complete', status: 'True' }];
    server.put('jobs', object('a', { spec, status: { conditions } }));
    await clock.settle();
    expect(told).toEqual(['apply Job shop/a uid-a', 'delete Job shop/a uid-a']);
    watch.stop();
  });

  test('and has no template any more is told to be gone, although that is a mistake', async () => {
    const { clock, server, told, problems, watch } = await watching();
    server.serveRollouts(true);
    await clock.advance(minute);
    server.put('rollouts', object('a', { spec: { template } }));
    await clock.settle();
    server.put('rollouts', object('a', { spec: { workloadRef: { name: 'a' } } }));
    await clock.settle();
    expect(told).toEqual(['apply Rollout shop/a uid-a', 'delete Rollout shop/a uid-a']);
    expect(problems).toEqual([expect.stringContaining('this Rollout has no pod template')]);
    watch.stop();
  });

  test('and cannot be read is still what it was', async () => {
    const { clock, server, told, problems, watch } = await watching();
    server.put('jobs', object('a', { spec: { template } }));
    await clock.settle();
    server.put('jobs', object('a', { spec: { template: { spec: { containers: 'none' } } } }));
    await clock.settle();
    expect(told).toEqual(['apply Job shop/a uid-a']);
    expect(problems).toHaveLength(1);
    watch.stop();
  });

  test('and was made anew under its name is another one', async () => {
    const { clock, server, told, watch } = await watching();
    server.put('jobs', object('a', { spec: { template } }));
    await clock.settle();
    server.put('jobs', object('a', { spec: { template } }, 'second'));
    await clock.settle();
    expect(told.slice(1)).toEqual(['delete Job shop/a uid-a', 'apply Job shop/a second']);
    watch.stop();
  });
});

test('an object of which one reference cannot be read counts by the others, and that is told', async () => {
  const { clock, server, told, problems, watch } = await watching();
  const services = ['a', 'A b', 'c'].map((name) => ({ namespace: 'shop', name }));
  const webhooks = services.map((service) => ({ clientConfig: { service } }));
  server.put('validatingwebhookconfigurations', object('x', { webhooks }));
  await clock.settle();
  expect(told).toEqual(['apply a,c']);
  expect(problems).toEqual([
    expect.stringContaining('webhooks.1.clientConfig.service.name: "A b" is no name'),
  ]);
  watch.stop();
});

test('of all EndpointSlices only those of the API server are asked for', async () => {
  const { server, watch } = await watching();
  expect(server.asked).toContain('endpointslices default kubernetes.io/service-name=kubernetes');
  expect(server.asked).toContain('ingresses * *');
  watch.stop();
});

describe('a policy of which an answer told', () => {
  const raw = (resourceVersion: string): RawObject => ({
    metadata: { name: 'appconn-web', namespace: 'shop', uid: 'one', resourceVersion },
    spec: { podSelector: {} },
  });
  const answered = (newest: Newest, resourceVersion: string) => {
    const record = readObject('networking.k8s.io/v1', 'NetworkPolicy', raw(resourceVersion));
    if (!isRecord(record) || !isWritten(record)) throw new Error('not read');
    newest.note(record);
  };

  test('is not told of as it was before', async () => {
    const { clock, server, told, watch, newest } = await watching();
    answered(newest, '11');
    for (const version of ['10', '11', '12']) server.put('networkpolicies', raw(version));
    await clock.settle();
    expect(told).toEqual(['apply 11', 'apply 12']);
    watch.stop();
  });

  test('is told to be gone by a list that does not have it, as after a restore', async () => {
    const { clock, server, told, watch, newest } = await watching();
    answered(newest, '11');
    server.expire('networkpolicies');
    await clock.advance(minute);
    expect(told).toEqual(['delete 11']);
    watch.stop();
  });

  test('while a list was asked for, is told to be gone where that is newer and lacks it', async () => {
    const { clock, server, told, watch, newest } = await watching();
    server.onList = () => answered(newest, '11');
    server.version = '12';
    server.expire('networkpolicies');
    await clock.advance(minute);
    expect(told).toEqual(['delete 11']);
    watch.stop();
  });

  test('while a list was asked for, is live where that is older', async () => {
    const { clock, server, told, watch, newest } = await watching();
    server.onList = () => answered(newest, '11');
    server.version = '10';
    server.expire('networkpolicies');
    await clock.advance(minute);
    expect(told).toEqual([]);
    watch.stop();
  });

  test('is told of as a list has it, however old that is', async () => {
    const { clock, server, told, watch, newest } = await watching();
    server.put('networkpolicies', raw('10'));
    await clock.settle();
    answered(newest, '11');
    server.expire('networkpolicies');
    await clock.advance(minute);
    expect(told).toEqual(['apply 10', 'apply 10']);
    watch.stop();
  });
});

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { refusedEntries } from '../support/spec-page.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { eventsAbout } from './support/events.ts';
import { namespace, service, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { identities } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

let cluster: Cluster;
let operator: TestOperator;
const refused = refusedEntries().map(([text, reason], index) => ({
  ...{ name: `bad-${index}`, text, reason },
}));

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.install();
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
  await cluster.apply(
    namespace('shop'),
    ...refused.map(({ name, text }) => workload(`shop/${name}`, { talksTo: text })),
    workload('shop/good', { talksTo: 'none' }),
  );
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

describe('an annotation that cannot be read', () => {
  test('stops nobody else, and writes nothing: neither wider nor narrower', async () => {
    await eventually(async () => {
      expect(identities(await cluster.policies('shop'))).toEqual(['Deployment/good']);
    });
  });

  test.each(refused)('$text is told as $reason in an Event on its workload', async (bad) => {
    await eventually(async () => {
      const about = { kind: 'Deployment', namespace: 'shop', name: bad.name };
      const events = await eventsAbout(cluster, about);
      expect(events.map((event) => event.split(':')[0])).toContain(bad.reason);
    });
  });

  test('because it stands on a Service with nothing behind it is told in an Event on that', async () => {
    const lone = service('shop/lone', 80);
    const annotations = { 'appconnectivity.dev/talks-to': 'good' };
    await cluster.apply({ ...lone, metadata: { ...lone.metadata, annotations } });
    await eventually(async () => {
      const events = await eventsAbout(cluster, {
        kind: 'Service',
        namespace: 'shop',
        name: 'lone',
      });
      expect(events.map((event) => event.split(':')[0])).toEqual(['MisplacedKey']);
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import { readPortWord } from './assertion.ts';
import {
  deployment,
  exampleOf,
  failures,
  pod,
  policy,
  service,
  shopAndDb,
} from './fixtures/given.ts';

describe('outside', () => {
  const office = '203.0.113.0/24';
  const fromOffice = policy('shop/office', {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ ipBlock: { cidr: office, except: ['203.0.113.128/25'] } }] }],
  });

  test('finds the block that a rule lets in, and nothing else', () => {
    expect(failures('deny', { from: 'outside', to: 'shop/*/web' }, [fromOffice])).toEqual([
      `${office} -> Deployment/shop/web: all`,
    ]);
  });

  test.each([[[office]], [['203.0.112.0/23']], [['outside']]])(
    'leaves out the addresses of %j',
    (except) => {
      const said = { from: ['outside', 'db/*/*'], except, to: 'shop/*/web' };
      expect(failures('deny', said, [fromOffice])).toEqual([]);
    },
  );

  test('a single address that is left out leaves the rest of its block in', () => {
    const said = { from: 'outside', except: '203.0.113.0', to: 'shop/*/web' };
    expect(exampleOf('deny', said, [fromOffice])).toBe('203.0.113.1');
  });

  test('is none of the addresses of pods and Services here', () => {
    const items = [
      ...shopAndDb,
      pod('shop/job', { addresses: ['203.0.113.0'] }),
      service('shop/front', { clusterIPs: ['203.0.113.1'] }),
    ];
    const said = { from: 'outside', to: 'shop/*/web' };
    expect(exampleOf('deny', said, [fromOffice], items)).toBe('203.0.113.2');
  });

  test('as a destination it is told apart by the rules of who opens connections', () => {
    const toApi = policy('shop/egress', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: '198.51.100.7/32' } }], ports: [{ port: 443 }] }],
    });
    const said = { from: 'shop/*/web', to: 'outside' };
    expect(failures('deny', said, [toApi])).toEqual([
      'Deployment/shop/web -> 198.51.100.7/32: 443/TCP',
    ]);
    expect(failures('deny', { ...said, ports: [80] }, [toApi])).toEqual([]);
    expect(failures('deny', { ...said, ports: ['http'] }, [toApi])).toMatch(/no port names/);
  });

  test('from outside to outside nothing is judged', () => {
    expect(failures('deny', { from: 'outside', to: 'outside' })).toMatch(/both "outside"/);
  });
});

describe('who is meant', () => {
  test.each([
    ['dbb/*/*', '"dbb/*/*" matches nobody in the input; did you mean db/*/*?'],
    ['db/*', '"db/*" needs three parts, namespace/kind/name, such as shop/*/web-*'],
    [
      'db/deploymint/*',
      '"deploymint" in "db/deploymint/*" is no kind that is known here; did you mean deployment?',
    ],
    [
      'shop/deployment/wep',
      '"shop/deployment/wep" is not in the input; did you mean shop/deployment/web?',
    ],
  ])('%s is an error, as from, to and except', (word, error) => {
    expect(failures('deny', { from: word, to: '*/*/*' })).toBe(error);
    expect(failures('allow', { from: '*/*/*', to: word })).toBe(error);
    expect(failures('deny', { from: '*/*/*', except: word, to: 'db/*/*' })).toBe(error);
  });

  test('except that leaves nobody is an error', () => {
    expect(failures('deny', { from: 'db/*/*', except: '*/*/*', to: 'shop/*/*' })).toBe(
      'except leaves out everybody in from',
    );
  });

  test('except takes a workload with its pods, and all that a Service selects', () => {
    const owner = { kind: 'Deployment', name: 'web' };
    const items = [...shopAndDb, pod('shop/web-0', { owner }), pod('shop/lone')];
    const pods = { from: 'shop/pod/*', except: 'shop/deployment/web', to: 'db/*/pg' };
    expect(failures('deny', pods, [], items)).toEqual(['Pod/shop/lone -> Deployment/db/pg: all']);
    const behind = { from: 'shop/*/*', except: 'shop/svc/cart', to: 'db/*/pg' };
    expect(failures('deny', behind)).toEqual(['Deployment/shop/web -> Deployment/db/pg: all']);
  });

  test('a pod is one of its Deployment, by a ReplicaSet that is here or by its labels', () => {
    const made = { kind: 'ReplicaSet', name: 'web-1' };
    const unseen = { kind: 'ReplicaSet', name: 'web-2' };
    const items = [
      ...[...shopAndDb, pod('shop/web-1-a', { owner: made })],
      pod('shop/web-2-a', { owner: unseen, labels: { app: 'web' } }),
      deployment('shop/web-1', { of: 'ReplicaSet', owner: { kind: 'Deployment', name: 'web' } }),
    ];
    const said = { from: 'shop/pod/*', except: 'shop/deployment/web', to: 'db/*/pg' };
    expect(failures('deny', said, [], items)).toBe('except leaves out everybody in from');
    expect(failures('deny', { from: 'shop/*/web*', to: 'db/*/pg' }, [], items)).toEqual([
      'Deployment/shop/web -> Deployment/db/pg: all',
    ]);
  });

  test('of a pod with two addresses one may be meant, and one left out', () => {
    const items = [...shopAndDb, pod('shop/both', { addresses: ['10.0.0.1', 'fd00::1'] })];
    const asked = (from: string[], except?: string) =>
      failures('deny', { from, ...(except && { except }), to: 'db/*/pg' }, [], items);
    expect(asked(['10.0.0.1', 'fd00::1'], '10.0.0.1')).toEqual([
      'Pod/shop/both (fd00::1) -> Deployment/db/pg: all',
    ]);
    expect(asked(['10.0.0.1', 'fd00::1'], 'shop/pod/both')).toBe(
      'except leaves out everybody in from',
    );
    expect(asked(['10.0.0.1'])).toEqual(['Pod/shop/both (10.0.0.1) -> Deployment/db/pg: all']);
  });

  test('a workload of a kind that is called Service is not the Service of its name', () => {
    const hello = deployment('shop/hello', { of: 'Service' });
    const items = [deployment('db/pg'), hello, service('shop/hello')];
    const said = { from: 'db/*/*', to: ['shop/*/*', 'shop/svc/*'] };
    expect(failures('deny', said, [], items)).toEqual([
      'Deployment/db/pg -> Service/shop/hello: all',
      'Deployment/db/pg -> Service/shop/hello: 80/TCP',
    ]);
  });

  test('a star is any part of a name and nothing of another part; ended pods are nobody', () => {
    const items = [
      ...[deployment('shop/web-1'), deployment('shop/my.web-2'), deployment('shop/weby')],
      ...[deployment('shop/web'), pod('shop/web-3', { ended: true })],
    ];
    const said = { from: 'shop/*/web-*', to: 'sh*p/deploy/web' };
    expect(failures('deny', said, [], items)).toEqual([
      'Deployment/shop/web-1 -> Deployment/shop/web: all',
    ]);
  });
});

test.each([
  [80, { port: 80 }],
  ['443/tcp', { port: 443, protocol: 'TCP' }],
  ['http', { port: 'http' }],
  ['8000-8100/UDP', { range: { first: 8000, last: 8100 }, protocol: 'UDP' }],
  ['1-2', { range: { first: 1, last: 2 }, protocol: 'TCP' }],
  ['2-1', { error: '"2-1" is no range of ports; it goes from 1 to 65535, and upwards' }],
  ['1-65536', { error: '"1-65536" is no range of ports; it goes from 1 to 65535, and upwards' }],
  ['80/TPC', { error: '"TPC" is no protocol; there are TCP, UDP and SCTP' }],
  ['80/TCP/x', { error: '"80/TCP/x" is no port; write 80, 80/UDP, http or 8000-8100/UDP' }],
  [0, { error: '"0" is no port; ports are 1 to 65535' }],
])('the port %s is read', (written, word) => {
  expect(readPortWord(written)).toEqual(word);
});

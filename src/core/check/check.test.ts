import { describe, expect, test } from '@jest/globals';
import { endsOf } from '../inventory/ask.ts';
import { Inventory } from '../inventory/inventory.ts';
import type { Item, PodItem, TemplateItem } from '../inventory/items.ts';
import { reasonsOf } from '../inventory/words.ts';
import type { NetworkPolicy, PolicySpec } from '../model/policy.ts';
import type { ServiceRecord } from '../model/records.ts';
import { type Assertion, readPortWord } from './assertion.ts';
import { Checker, mostListed } from './check.ts';

function deployment(place: string, more: Partial<TemplateItem> = {}): TemplateItem {
  const [namespace = '', name = ''] = place.split('/');
  const labels = { app: name };
  return {
    ...{ kind: 'Template', of: 'Deployment', namespace, name, labels, hostNetwork: false },
    ...{ ports: [], owner: undefined, selector: { matchLabels: labels }, ...more },
  };
}

function pod(place: string, more: Partial<PodItem> = {}): PodItem {
  const [namespace = '', name = ''] = place.split('/');
  return {
    ...{ kind: 'Pod', namespace, name, labels: { app: name }, ports: [], hostNetwork: false },
    ...{ owner: undefined, addresses: [], ended: false, ...more },
  };
}

function service(place: string, more: Partial<ServiceRecord> = {}): ServiceRecord {
  const [namespace = '', name = ''] = place.split('/');
  return {
    ...{ kind: 'Service', namespace, name, labels: {}, selector: { app: name }, headless: false },
    ...{ external: false, clusterIPs: [], strays: [], ...more },
    ports: more.ports ?? [{ port: 80, targetPort: 8080, protocol: 'TCP' }],
  };
}

function policy(place: string, spec: PolicySpec): NetworkPolicy {
  const [namespace = '', name = ''] = place.split('/');
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name },
    spec,
  };
}

type Words = string | readonly string[];

interface Said {
  readonly from: Words;
  readonly to: Words;
  readonly except?: Words;
  readonly ports?: readonly (string | number)[];
}

function assertion(kind: Assertion['kind'], { from, to, except = [], ports = [] }: Said) {
  const read = ports.map(readPortWord).flatMap((word) => ('error' in word ? [] : [word]));
  expect(read).toHaveLength(ports.length);
  return { kind, from: [from].flat(), to: [to].flat(), except: [except].flat(), ports: read };
}

const closedDb = policy('db/closed', {
  podSelector: {},
  policyTypes: ['Ingress'],
  ingress: [{ from: [{ podSelector: {} }] }],
});
const shopAndDb: readonly Item[] = [
  ...[
    deployment('shop/web'),
    deployment('shop/cart', { ports: [{ ...port(8080), name: 'http' }] }),
  ],
  ...[service('shop/cart'), deployment('db/pg'), deployment('db/backup')],
];

function port(number: number) {
  return { port: number, protocol: 'TCP' } as const;
}

function check(
  kind: Assertion['kind'],
  said: Said,
  policies: readonly NetworkPolicy[] = [],
  items: readonly Item[] = shopAndDb,
) {
  return new Checker(new Inventory(items), policies, 'shop').check(assertion(kind, said));
}

/** `from -> to: ports`, of those that are listed; the error where there is one. */
function failures(...given: Parameters<typeof check>): readonly string[] | string {
  const outcome = check(...given);
  if ('error' in outcome) return outcome.error;
  expect(outcome.ok).toBe(outcome.total === 0);
  return outcome.listed.map(({ from, to, ports }) => `${from} -> ${to}: ${ports.join(', ')}`);
}

/** The address that stands for the first class of addresses that fails. */
function exampleOf(...given: Parameters<typeof check>): string | undefined {
  const outcome = check(...given);
  const answer = 'listed' in outcome ? outcome.listed[0]?.answer : undefined;
  return answer === undefined || 'error' in answer ? undefined : endsOf(answer).from;
}

describe('deny', () => {
  const nobodyElse = { from: '*/*/*', except: 'db/*/*', to: 'db/*/*' };

  test('holds where no port is open from outside of a namespace', () => {
    expect(failures('deny', nobodyElse, [closedDb])).toEqual([]);
  });

  test('fails with every pair that has a port open', () => {
    expect(failures('deny', nobodyElse)).toEqual([
      'Deployment/shop/web -> Deployment/db/pg: all',
      'Deployment/shop/web -> Deployment/db/backup: all',
      'Deployment/shop/cart -> Deployment/db/pg: all',
      'Deployment/shop/cart -> Deployment/db/backup: all',
    ]);
  });

  test('one open port is enough without ports; with ports only those count', () => {
    const metrics = policy('db/metrics', {
      podSelector: { matchLabels: { app: 'pg' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 9000, endPort: 9010 }] }],
    });
    const both = [closedDb, metrics];
    const said = { from: 'shop/deployment/web', to: 'db/*/*' };
    const open = ['Deployment/shop/web -> Deployment/db/pg: 9000-9010/TCP'];
    expect(failures('deny', said, both)).toEqual(open);
    expect(failures('deny', { ...said, ports: [5432, '9000-9010/UDP'] }, both)).toEqual([]);
    expect(failures('deny', { ...said, ports: [5432, '9010-9100'] }, both)).toEqual([
      'Deployment/shop/web -> Deployment/db/pg: 9010/TCP',
    ]);
  });

  test('a party of a pattern is not held against itself, one that is named is', () => {
    expect(failures('deny', { from: 'db/*/*', to: 'db/*/*' })).toEqual([
      'Deployment/db/pg -> Deployment/db/backup: all',
      'Deployment/db/backup -> Deployment/db/pg: all',
    ]);
    expect(failures('deny', { from: 'db/deployment/pg', to: 'db/deployment/pg' })).toEqual([
      'Deployment/db/pg -> Deployment/db/pg: all',
    ]);
    expect(failures('deny', { from: 'db/*/pg', to: 'db/*/pg' })).toBe(
      'from and to are one and the same, so that nothing would be asserted',
    );
  });

  test('a workload is not held against its own pods behind a Service', () => {
    const owner = { kind: 'Deployment', name: 'pg' };
    const items = [
      ...shopAndDb,
      service('db/pg'),
      pod('db/pg-0', { labels: { app: 'pg' }, owner }),
    ];
    expect(failures('deny', { from: '*/*/*', to: 'db/svc/pg' }, [], items)).toEqual([
      'Deployment/shop/web -> Service/db/pg: 80/TCP',
      'Deployment/shop/cart -> Service/db/pg: 80/TCP',
      'Deployment/db/backup -> Service/db/pg: 80/TCP',
    ]);
  });

  test('two pods of one workload are two parties', () => {
    const owner = { kind: 'Deployment', name: 'pg' };
    const items = ['pg-0', 'pg-1'].map((name) => pod(`db/${name}`, { owner }));
    const said = { from: 'db/pod/*', to: 'db/pod/*' };
    expect(failures('deny', said, [], [...shopAndDb, ...items])).toEqual([
      'Pod/db/pg-0 -> Pod/db/pg-1: all',
      'Pod/db/pg-1 -> Pod/db/pg-0: all',
    ]);
  });

  test('of a Service every one of its pods counts, on the port that it leads to', () => {
    const old = deployment('shop/cart-old', { labels: { app: 'cart' } });
    const closedCart = policy('shop/closed', {
      podSelector: { matchLabels: { app: 'cart' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 9090 }] }],
    });
    const said = { from: 'web', to: 'shop/svc/cart' };
    expect(failures('deny', said, [closedCart], [...shopAndDb, old])).toEqual([]);
    expect(failures('deny', said, [], [...shopAndDb, old])).toEqual([
      'Deployment/shop/web -> Service/shop/cart: 80/TCP',
    ]);
  });

  test('a headless Service stands for its pods, on every port', () => {
    const items = [...shopAndDb, service('db/pg', { headless: true, ports: [] })];
    const metrics = policy('db/metrics', {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 9090 }] }],
    });
    expect(failures('deny', { from: 'web', to: 'db/svc/pg' }, [metrics], items)).toEqual([
      'Deployment/shop/web -> Service/db/pg: 9090/TCP',
    ]);
  });

  test('a Service port that leads nowhere hides no other port of the Service', () => {
    const ports = [
      { port: 81, targetPort: 'gone', protocol: 'TCP' },
      { port: 80, targetPort: 8080, protocol: 'TCP' },
    ] as const;
    const items = [
      deployment('shop/web'),
      deployment('shop/cart'),
      service('shop/cart', { ports }),
    ];
    expect(failures('deny', { from: 'web', to: '*/svc/*' }, [], items)).toEqual([
      'Deployment/shop/web -> Service/shop/cart: 80/TCP',
    ]);
  });

  test('a port name is looked up where it is, and has to be somewhere', () => {
    const said = { from: 'shop/*/web', to: '*/*/*', ports: ['http'] };
    expect(failures('deny', said)).toEqual([
      'Deployment/shop/web -> Deployment/shop/cart: 8080/TCP',
    ]);
    expect(failures('deny', { ...said, ports: ['grpc'] })).toBe(
      'nobody whom "*/*/*" matches has a port that the assertion names, so that nothing would be asserted',
    );
  });
});

describe('allow', () => {
  const toCart = policy('shop/cart', {
    podSelector: { matchLabels: { app: 'cart' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }],
  });

  test('holds where all of the ports are open, and names those that are not', () => {
    const said = { from: 'shop/deployment/web', to: 'shop/svc/cart', ports: [80] };
    expect(failures('allow', said, [toCart])).toEqual([]);
    const direct = { from: ['web', 'db/*/pg'], to: 'shop/deployment/cart', ports: ['http', 9090] };
    expect(failures('allow', direct, [toCart])).toEqual([
      'Deployment/shop/web -> Deployment/shop/cart: 9090/TCP',
      'Deployment/db/pg -> Deployment/shop/cart: 8080/TCP, 9090/TCP',
    ]);
    expect(failures('allow', { from: 'web', to: 'shop/*/cart' }, [toCart])).toEqual([
      'Deployment/shop/web -> Deployment/shop/cart: 1-8079/TCP, 8081-65535/TCP, 1-65535/UDP, 1-65535/SCTP',
    ]);
  });

  test('one of the pods of a Service is enough; nobody behind it is not', () => {
    const old = deployment('shop/cart-old', { labels: { app: 'cart', old: 'yes' } });
    const closedOld = policy('shop/old', {
      podSelector: { matchLabels: { old: 'yes' } },
      policyTypes: ['Ingress'],
    });
    const said = { from: 'web', to: 'shop/svc/cart', ports: [80] };
    expect(failures('allow', said, [closedOld], [...shopAndDb, old])).toEqual([]);
    const alone = [deployment('shop/web'), service('shop/cart')];
    const outcome = check('allow', said, [], alone);
    expect(outcome).toMatchObject({ ok: false, total: 1 });
    const reasons = 'listed' in outcome ? outcome.listed.map(({ answer }) => answer) : [];
    expect(
      reasons.map((answer) => ('error' in answer ? [] : reasonsOf(answer, () => undefined))),
    ).toMatchObject([[{ message: expect.stringContaining('is behind Service shop/cart') }]]);
  });

  test('counts all that fail and lists the first of them', () => {
    const many = Array.from({ length: 30 }, (_, index) => deployment(`shop/w${index}`));
    const said = { from: '*/*/w*', to: 'db/*/pg', ports: [5432] };
    const outcome = check('allow', said, [closedDb], [...many, ...shopAndDb]);
    expect(outcome).toMatchObject({ ok: false, total: 31 });
    expect('listed' in outcome && outcome.listed).toHaveLength(mostListed);
  });
});

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
    [
      'dbb/*/*',
      '"dbb/*/*" matches nobody in the input, so that nothing would be asserted; did you mean db/*/*?',
    ],
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

import { describe, expect, test } from '@jest/globals';
import { Asker } from './ask.ts';
import {
  admits,
  inventoryOf,
  namespace,
  pod,
  policy,
  type Raw,
  service,
  told,
  word,
  workload,
} from './fixtures/given.ts';

const deny = policy('shop/deny', { policyTypes: ['Ingress', 'Egress'] });

describe('a pod', () => {
  test('reaches itself whatever isolates it, by name, by address and through its Service', () => {
    const objects = [pod('shop/a', { ips: ['10.0.0.1'] }), service('shop/a'), deny];
    expect(told(objects, 'shop/pod/a', 'shop/pod/a')).toBe(
      'yes: Pod/shop/a may open connections to Pod/shop/a on every port. A pod always reaches itself.',
    );
    expect(word(objects, 'shop/pod/a', '10.0.0.1', { port: 80 })).toBe('yes');
    expect(word(objects, '10.0.0.1', 'shop/svc/a', { port: 80 })).toBe('yes');
  });

  test('of a workload does not reach the others of it for being its own', () => {
    expect(word([workload('shop/a'), deny], 'shop/a', 'shop/a', { port: 80 })).toBe('no');
  });

  test('is in the blocks that hold its address; a template without pods is in none', () => {
    const block = policy('shop/b', {
      podSelector: { matchLabels: { app: 'b' } },
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/24' } }] }],
    });
    const ends = [pod('shop/a', { ips: ['10.0.0.1'] }), workload('shop/c'), pod('shop/b'), block];
    expect(word(ends, 'shop/pod/a', 'shop/pod/b', { port: 80 })).toBe('yes');
    expect(word(ends, 'shop/deployment/c', 'shop/pod/b', { port: 80 })).toBe('no');
    expect(told(ends, 'shop/deployment/c', 'shop/pod/b', { port: 80 })).toMatch(
      /Rules by address were not compared, since the addresses of Deployment\/shop\/c are not known; ask about one of its pods\.$/,
    );
    expect(told(ends, '11.0.0.1', 'shop/pod/b', { port: 80 })).not.toContain('by address');
    expect(word(ends, '10.0.0.9', 'shop/pod/b', { port: 80 })).toBe('yes');
    expect(word(ends, '10.0.1.9', 'shop/pod/b', { port: 80 })).toBe('no');
  });

  test('asked about by one of its addresses has that one only', () => {
    const block = policy('shop/b', {
      podSelector: { matchLabels: { app: 'b' } },
      ingress: [{ from: [{ ipBlock: { cidr: 'fd00::/64' } }] }],
    });
    const ends = [
      pod('shop/a', { ips: ['10.0.0.1', 'fd00::1'] }),
      pod('shop/b', { ips: ['10.0.0.2', 'fd00::2'] }),
      block,
    ];
    const asked = (from: string, to: string) => word(ends, from, to, { port: 80 });
    expect(asked('shop/pod/a', 'shop/pod/b')).toBe('yes');
    expect(asked('fd00::1', 'fd00::2')).toBe('yes');
    expect(asked('fd00::1', 'shop/pod/b')).toBe('yes');
    expect(asked('10.0.0.1', '10.0.0.2')).toBe('no');
    expect(asked('10.0.0.1', 'shop/pod/b')).toBe('no');
    expect(asked('10.0.0.1', '10.0.0.1')).toBe('yes');
    expect(told(ends, '10.0.0.1', '10.0.0.2', { port: 80 })).toContain(
      'no: Pod/shop/a (10.0.0.1) may not open connections to Pod/shop/b (10.0.0.2) on 80/TCP.',
    );
  });

  test('has the named ports of containers and sidecars, not of what only prepares it', () => {
    const named = policy('shop/a', { ingress: [{ ports: [{ port: 'admin' }] }] });
    const ports = [{ name: 'admin', containerPort: 9000 }];
    const started = (restartPolicy?: string) => {
      const { spec, ...rest } = pod('shop/a') as Raw & { spec: object };
      const init = { name: 'init', ports, ...(restartPolicy && { restartPolicy }) };
      return [{ ...rest, spec: { ...spec, initContainers: [init] } }, pod('shop/b'), named];
    };
    expect(word(started('Always'), 'shop/b', 'shop/a', { port: 9000 })).toBe('yes');
    expect(word(started(), 'shop/b', 'shop/a', { port: 9000 })).toBe('no');
  });

  test("on its node's network is isolated by nobody", () => {
    const objects = [pod('shop/a', { hostNetwork: true }), pod('shop/b'), admits('shop/a', 'x')];
    expect(told(objects, 'shop/pod/b', 'shop/pod/a', { port: 80 })).toContain(
      "Pod/shop/a is on its node's network, where no NetworkPolicy holds.",
    );
  });

  test('in a namespace that nothing describes has the label of its name', () => {
    const from = (selector: object): Raw =>
      policy('shop/a', { ingress: [{ from: [{ namespaceSelector: selector }] }] });
    const named = from({ matchLabels: { 'kubernetes.io/metadata.name': 'other' } });
    const team = from({ matchLabels: { team: 'x' } });
    const ends = [pod('shop/a'), pod('other/b')];
    expect(word([...ends, named], 'other/pod/b', 'shop/pod/a')).toBe('yes');
    expect(word([...ends, team], 'other/pod/b', 'shop/pod/a')).toBe('no');
    const described = namespace('other', { team: 'x' });
    expect(word([...ends, team, described], 'other/pod/b', 'shop/pod/a')).toBe('yes');
  });
});

describe('every port', () => {
  const ends = [pod('shop/a'), pod('shop/b')];

  test('is a no where one port of one protocol is missing', () => {
    const protocols = [{ protocol: 'TCP' }, { protocol: 'UDP' }];
    const objects = [...ends, admits('shop/b', 'a', protocols)];
    expect(told(objects, 'a', 'b')).toBe(
      'no: Pod/shop/a may not open connections to Pod/shop/b on every port. ' +
        'No NetworkPolicy isolates Pod/shop/a for egress, so that it may open any connection. ' +
        'NetworkPolicy shop/b isolates Pod/shop/b for ingress, with rules that allow Pod/shop/a all ports but 1-65535/SCTP only.',
    );
    expect(word(objects, 'a', 'b', { protocol: 'UDP' })).toBe('yes');
    expect(word(objects, 'a', 'b', { protocol: 'SCTP' })).toBe('no');
  });

  test('may be made of several ranges', () => {
    const halves = [
      { port: 1, endPort: 8080 },
      { port: 8081, endPort: 65_535 },
    ];
    expect(word([...ends, admits('shop/b', 'a', halves)], 'a', 'b', { protocol: 'TCP' })).toBe(
      'yes',
    );
    const hole = [{ port: 1, endPort: 8079 }, halves[1] ?? {}];
    expect(word([...ends, admits('shop/b', 'a', hole)], 'a', 'b', { protocol: 'TCP' })).toBe('no');
  });

  test('names an end that refuses, also where each end allows one address family only', () => {
    const ips = (last: number) => ({ ips: [`10.0.0.${last}`, `fd00::${last}`] });
    const inventory = inventoryOf(
      ...[pod('shop/a', ips(1)), pod('shop/b', ips(2))],
      policy('shop/a', {
        ...{ podSelector: { matchLabels: { app: 'a' } }, policyTypes: ['Egress'] },
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
      }),
      policy('shop/b', {
        podSelector: { matchLabels: { app: 'b' } },
        ingress: [{ from: [{ ipBlock: { cidr: 'fd00::/8' } }] }],
      }),
    );
    const asker = new Asker(inventory, inventory.policies, 'shop');
    expect(asker.ask({ from: 'a', to: 'b' })).toMatchObject({
      allowed: false,
      decided: { egress: { allowed: true }, ingress: { allowed: false } },
    });
  });
});

describe('a port by name', () => {
  const ports = [
    { name: 'http', containerPort: 8080 },
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
  ];
  const ends = [pod('shop/a'), pod('shop/b', { ports })];

  test('is the container port of that name', () => {
    const objects = [...ends, admits('shop/b', 'a', [{ port: 8080 }])];
    expect(word(objects, 'a', 'b', { port: 'http' })).toBe('yes');
    expect(word(objects, 'a', 'b', { port: 'dns' })).toBe('no');
  });

  test('that the pod has not is unknown, as it is for an address', () => {
    expect(told(ends, 'a', 'b', { port: 'grpc' })).toBe(
      'Pod/shop/b has no container port named "grpc"; it has http, dns',
    );
    expect(told(ends, 'b', 'a', { port: 'grpc' })).toBe(
      'Pod/shop/a has no container port named "grpc"; it names none',
    );
    expect(told(ends, 'a', '192.0.2.1', { port: 'http' })).toBe(
      'an address has no port names; write the number of "http"',
    );
  });
});

test('a refusal does not claim that no rule names the other where its port name is what is missing', () => {
  const objects = [pod('shop/a'), pod('shop/b'), admits('shop/b', 'a', [{ port: 'http' }])];
  expect(told(objects, 'a', 'b', { port: 8080 })).toContain(
    'NetworkPolicy shop/b isolates Pod/shop/b for ingress, and no rule of it lets Pod/shop/a in.',
  );
  expect(told([...objects, deny], 'b', 'a', { port: 8080 })).toContain(
    'NetworkPolicy shop/deny isolates Pod/shop/b for egress, and no rule of it lets it reach Pod/shop/a.',
  );
});

test('a port that no container declares is judged by policy alone', () => {
  expect(word([pod('shop/a'), pod('shop/b')], 'a', 'b', { port: 4711 })).toBe('yes');
});

describe('an unknown party', () => {
  const objects = [
    workload('shop/web'),
    service('shop/web'),
    workload('shop/cart'),
    pod('bank/api'),
  ];

  test.each([
    ['shop/web', '"shop/web" may be shop/svc/web or shop/deployment/web; write one of them'],
    ['shop/sts/cart', '"shop/sts/cart" is not in the input; did you mean shop/deployment/cart?'],
    ['shop/pod/api', '"shop/pod/api" is not in the input; did you mean bank/pod/api?'],
    [
      'shop/deployment/crat',
      '"shop/deployment/crat" is not in the input; did you mean shop/deployment/cart?',
    ],
    [
      'shpo/deployment/cart',
      '"shpo/deployment/cart" is not in the input; did you mean shop/deployment/cart?',
    ],
    ['shop/deployment/something', '"shop/deployment/something" is not in the input'],
    ['api', '"api" is not in the input; did you mean bank/pod/api?'],
    [
      '*/*/*',
      '"*/*/*" is a pattern, and one party is asked about here; reach and check take patterns',
    ],
    ['Outside', 'outside has many addresses; ask about one, such as 203.0.113.7'],
    ['10.0.0.256', '"10.0.0.256" is no address'],
    ['cart.shop', '"cart.shop" is not in the input; did you mean shop/deployment/cart?'],
    [
      'example.com',
      '"example.com" is not in the input; policies know no names outside of the cluster, ask about an address',
    ],
  ])('%s is told in one sentence', (text, sentence) => {
    expect(told(objects, text, 'bank/pod/api')).toBe(sentence);
    expect(told(objects, 'bank/pod/api', text)).toBe(sentence);
  });
});

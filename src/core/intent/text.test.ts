import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Direction } from '../model/policy.ts';
import { defaultSettings } from '../model/settings.ts';
import { messageOf, severityOf } from '../status/messages.ts';
import { formatEntry } from './format.ts';
import { readText } from './text.ts';

const source: ObjectRef = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
const key = 'appconnectivity.dev/talks-to';

function read(text: string, direction: Direction = 'Egress') {
  return readText(
    {
      ...{ source, key, text, direction },
      subject: { type: 'workload', kind: 'Deployment', name: 'web' },
    },
    defaultSettings,
  );
}

/** What an entry was understood as, in canonical words. */
function understood(text: string, direction?: Direction): string[] {
  const { declaration } = read(text, direction);
  if (declaration === undefined) return ['refused'];
  if (declaration.nobody) return ['nobody'];
  return declaration.entries.map(({ peer, ports }) => formatEntry(peer, ports));
}

describe('An annotation lists whom an app talks to', () => {
  test.each([
    ['cart', 'cart'],
    ['cart.billing', 'cart.billing'],
    ['cart.billing.svc', 'cart.billing'],
    ['cart.billing.svc.cluster.local', 'cart.billing'],
    ['cart.billing.svc.cluster.local.:80', 'cart.billing:80'],
    ['my.app.billing', 'my.app.billing'],
    ['cart:80', 'cart:80'],
    ['cart:80/tcp', 'cart:80/tcp'],
    ['cart:53/UDP', 'cart:53/udp'],
    ['cart:8000-8100/sctp', 'cart:8000-8100/sctp'],
    ['cart:80-80', 'cart:80'],
    ['cart:http', 'cart:http'],
    ['svc/cart', 'svc/cart'],
    ['Service/cart.billing:http', 'svc/cart.billing:http'],
    ['deploy/cart', 'deployment/cart'],
    ['deployments/cart', 'deployment/cart'],
    ['sts/redis.billing:6379', 'statefulset/redis.billing:6379'],
    ['ds/agent', 'daemonset/agent'],
    ['ns/monitoring', 'ns/monitoring'],
    ['namespace/monitoring:9090', 'ns/monitoring:9090'],
    ['203.0.113.0/24', '203.0.113.0/24'],
    ['203.0.113.7', '203.0.113.7/32'],
    ['203.0.113.0/24:443/tcp', '203.0.113.0/24:443/tcp'],
    ['[2001:db8::/32]', '[2001:db8::/32]'],
    ['[2001:db8::1]:443', '[2001:db8::1/128]:443'],
    ['@namespace', '@namespace'],
    ['@cluster:8080', '@cluster:8080'],
    ['@internet:443', '@internet:443'],
    ['svc/none', 'svc/none'],
    ['job/migrate', 'job/migrate'],
    ['cj/report.billing', 'cronjob/report.billing'],
    ['rollout.argoproj.io/web:80', 'rollout/web:80'],
    ['deployments.apps/cart', 'deployment/cart'],
    ['host/api.stripe.com:443', 'host/api.stripe.com:443'],
    ['@kube-apiserver', '@kube-apiserver'],
    ['@dns:9153/tcp', '@dns:9153/tcp'],
    ['@nodes:9100', '@nodes:9100'],
    ['@ingress', '@ingress'],
    ['@monitoring:http', '@monitoring:http'],
    ['pods(tier=api)', 'pods(tier=api)'],
    ['pods (tier == api,!legacy):80', 'pods(tier=api,!legacy):80'],
    ['pods(a in (b, c), d notin(e),f)', 'pods(a in (b,c),d notin (e),f)'],
    ['pods(a!=b)  in  namespaces( team=a )', 'pods(a notin (b)) in namespaces(team=a)'],
    ['pods(constructor=a, a.b-c.d/e=f)', 'pods(a.b-c.d/e=f,constructor=a)'],
    ['namespaces(example.com/team=a):8080', 'namespaces(example.com/team=a):8080'],
  ])('%s is understood', (text, meaning) => {
    expect(understood(text)).toEqual([meaning]);
  });

  test('commas and newlines separate; blank lines and a trailing comma are nothing', () => {
    expect(understood('cart, redis:6379\n\n  ns/monitoring ,\r\n')).toEqual([
      ...['cart', 'redis:6379', 'ns/monitoring'],
    ]);
  });

  test('none alone means nobody', () => {
    expect(understood(' none\n')).toEqual(['nobody']);
  });

  test.each([
    ['', `${key} lists nobody; list someone, write none for nobody, or remove it`],
    [' ,\n', `${key} lists nobody; list someone, write none for nobody, or remove it`],
    ['none, cart', '"none" means nobody and stands alone; remove it or the other entries'],
    ['cart:', 'after ":" comes a port number, a range such as 8000-8100, or a name'],
    ['cart:0', 'a port is 1 to 65535'],
    ['cart:65536', 'a port is 1 to 65535'],
    ['cart:99999999999999999999', 'a port is 1 to 65535'],
    ['cart:90-80', 'a range goes from the smaller port to the larger'],
    ['cart:HTTP', 'lower-case letters, digits and "-"'],
    ['cart:a-port-name-of-16', 'at most 15 characters'],
    ['cart:80/http', '"http" is no protocol; write /tcp, /udp or /sctp'],
    ['cart:80:90', 'an entry has one ":" and one port'],
    ['None', 'nobody is written none, in lower case'],
    ['cart, NONE', 'nobody is written none, in lower case'],
    ['[::ffff:203.0.113.1]:443', 'write 203.0.113.1'],
    ['Cart', 'a name has lower-case letters'],
    ['cart_1', 'a name has lower-case letters'],
    ['cart.', 'the namespace is missing'],
    ['.billing', 'the name is missing'],
    [`cart.${'n'.repeat(64)}`, 'the name of a namespace has at most 63 characters'],
    [`${'a'.repeat(254)}`, 'a name has at most 253 characters'],
    ['kärt', 'a name has lower-case letters'],
    ['deploymnt/cart', 'did you mean deployment?'],
    ['configmap/cart', 'is not a kind that can be named'],
    ['constructor/cart', 'is not a kind that can be named'],
    ['@interne', 'did you mean @internet?'],
    ['@', 'no such party'],
    ['@__proto__', 'no such party'],
    ['203.0.113.7/24', 'it must be in canonical form; write 203.0.113.0/24'],
    ['010.0.0.0/8', 'it must be in canonical form; write 10.0.0.0/8'],
    ['203.0.113.256', 'it is not an IPv4 or IPv6 address'],
    ['203.0.113.0/33', 'the prefix length must be 0 to 32'],
    ['2001:db8::1', 'IPv6 goes in brackets; write [2001:db8::1]'],
    ['[2001:db8::1', 'the closing "]" is missing'],
    ['[2001:db8::1]x', 'after "]" comes nothing or ":" and a port'],
    ['[2001:DB8::/32]', 'it must be in canonical form; write [2001:db8::/32]'],
    ['[::ffff:203.0.113.7]', 'write IPv4 as IPv4'],
    ['[203.0.113.7]', 'brackets are for IPv6 only'],
    ['203.0.113.7:https', 'addresses have no port names'],
    ['@internet:https', 'addresses have no port names'],
    ['host/203.0.113.7', 'it is an address; write it without "host/"'],
    ['host/*.stripe.com', 'a wildcard has no addresses; name each host'],
    ['host/stripe', 'a host is a DNS name in lower case with a dot in it'],
    ['host/API.stripe.com', 'a host is a DNS name in lower case with a dot in it'],
    [
      'host/cart.billing.svc.cluster.local',
      'it is a name of the cluster itself; write the Service',
    ],
    ['host/api.stripe.com:https', 'addresses have no port names'],
    ['@kube-apiserver:https', 'addresses have no port names'],
    ['@nodes:metrics', 'addresses have no port names'],
    ['@nodes', 'nodes have no ports of their own; write the port, such as @nodes:9100'],
    ['pods()', 'it selects everything; name at least one label'],
    ['pods(tier=api) in namespaces( , )', 'it selects everything; name at least one label'],
    ['pods(tier=api', 'it is written as pods(tier=api), pods(tier=api) in namespaces(team=a)'],
    ['namespaces(a=b) in namespaces(a=b)', 'it is written as pods(tier=api)'],
    ['pods(tier=api) in ns/billing', 'it is written as pods(tier=api)'],
    [
      'pods(tier=api, tier=web)',
      'no pod has two values of tier; for either write tier in (api, web)',
    ],
    ['pods(a..b/tier=api)', '"a..b/tier" is no label; a selector is written as for kubectl'],
    ['pods(a.-b/tier)', '"a.-b/tier" is no label; a selector is written as for kubectl'],
    ['pods(tier in api)', '"tier in api" is no label; a selector is written as for kubectl'],
    ['namespaces(team=a b)', 'is no label'],
    ['namespaces(team=ä)', '"ä" is no value of a label'],
    ['https://cart:80/', 'it is a URL; write the party and its port, such as cart:80'],
    ['pod/web-0', 'Pods are not read here; add Pod to workloads.kinds'],
    ['rs.apps/web', 'ReplicaSets are not read here'],
    ['a\u0007b\nc', 'a name has lower-case letters'],
  ])('%j is refused in one sentence', (text, sentence) => {
    const { declaration, findings } = read(text);
    expect(declaration).toBeUndefined();
    expect(findings.map(messageOf).join(' ')).toContain(sentence);
    expect(findings.map(messageOf).join(' ')).not.toMatch(/\p{C}/u);
  });

  test('every invalid entry is reported, at its own character', () => {
    const text = 'cart, Bad\n  @nowhere';
    const { declaration, findings } = read(text);
    expect(declaration).toBeUndefined();
    expect(findings.map(({ at }) => text.slice(at.offset))).toEqual([
      'Bad\n  @nowhere',
      '@nowhere',
    ]);
  });

  test('more than 256 entries or 16 KiB are refused, not cut', () => {
    const many = Array.from({ length: 257 }, (_, index) => `app-${index}`).join();
    expect(read(many).findings.map(({ code }) => code)).toEqual(['TooManyEntries']);
    expect(read('a'.repeat(16 * 1024 + 1)).findings.map(({ code }) => code)).toEqual([
      'TextTooLong',
    ]);
  });

  test('whatever the text, it is a declaration or errors, never both and never neither', () => {
    const word = fc.constantFrom(
      'cart',
      ':',
      '/',
      '80',
      '[',
      ']',
      '@internet',
      ',',
      'none',
      '.',
      '-',
    );
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(word).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        const { declaration, findings } = read(written);
        const errors = findings.filter(({ code }) => severityOf(code) === 'error');
        expect(declaration === undefined).toBe(errors.length > 0);
        for (const finding of findings) expect(messageOf(finding)).not.toMatch(/\p{C}/u);
      }),
      runsOf(1000),
    );
  });

  test('an entry in canonical words means the same when it is read again', () => {
    const name = fc.constantFrom('cart', 'redis-1', 'a.b');
    const port = fc.constantFrom('', ':80', ':80-90', ':http', ':53/udp');
    const head = fc.oneof(
      name.map((each) => (each.includes('.') ? `${each}.ns1` : each)),
      name.map((each) => `svc/${each}.ns1`),
      fc.constantFrom('@namespace', '@cluster', 'ns/one', 'sts/db'),
    );
    fc.assert(
      fc.property(head, port, (party, at) => {
        const [once = ''] = understood(party + at);
        expect(understood(once)).toEqual([once]);
      }),
    );
  });
});

describe('An annotation lists whom an app accepts connections from', () => {
  test.each([
    ...['203.0.113.0/24:http', '[2001:db8::/32]:http/udp', '@internet:http'],
    ...['host/api.stripe.com:http', '@kube-apiserver:http', '@nodes:http', '@dns:http'],
  ])('%s is understood: the port is its own, which has a name whoever the source is', (text) => {
    expect(understood(text, 'Ingress')).toEqual([text]);
  });

  test('@nodes needs no port there', () => {
    expect(understood('@nodes', 'Ingress')).toEqual(['@nodes']);
  });
});

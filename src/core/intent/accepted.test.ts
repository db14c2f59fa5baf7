import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resource, tcp, workload } from '../../../test/support/builders.ts';
import { declarationTexts } from '../../../test/support/entry-texts.ts';
import { resourcesAbout } from '../../../test/support/resource-arbitraries.ts';
import { runs, runsOf } from '../../../test/support/runs.ts';
import { portNames, portNumbers, someProtocol } from '../../../test/support/vocabulary.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import type { Declaration } from '../model/declaration.ts';
import { type Direction, directions } from '../model/policy.ts';
import { defaultSettings } from '../model/settings.ts';
import { formatKept, keepSpec, keepTexts, readKept } from './accepted.ts';
import { readWorkload } from './annotations.ts';
import { talksTo } from './keys.ts';
import { readResource } from './resource.ts';
import { formatPorts, readPorts } from './template-ports.ts';

const read = (text: string, direction: Direction = 'Egress') =>
  readWorkload(
    workload('shop/web', direction === 'Egress' ? { talksTo: text } : { acceptsFrom: text }),
    defaultSettings,
  );

const directedTexts = fc
  .constantFrom(...directions)
  .chain((direction) => declarationTexts(direction).map((text) => ({ direction, text })));

/** What declarations mean, whatever order and place they were written in. */
function meaning(declarations: readonly Declaration[]): string[] {
  return declarations
    .map(({ subject, direction, nobody, entries }) => {
      const parts = entries.map(({ peer, ports }) => JSON.stringify([peer, ports]));
      return JSON.stringify([subject, direction, nobody, [...new Set(parts)].sort()]);
    })
    .sort();
}

describe('An accepted text', () => {
  test('means the same when it is read again, and is kept as the same text', () => {
    fc.assert(
      fc.property(directedTexts, ({ direction, text }) => {
        const first = read(text, direction);
        const kept = keepTexts(first);
        const again = read(Object.values(kept)[0] ?? text, direction);
        expect(meaning(again.declarations)).toEqual(meaning(first.declarations));
        expect(keepTexts(again)).toEqual(kept);
      }),
      runsOf(runs),
    );
  });

  test.each([
    ['redis , cart:80\n cart:80', 'cart:80,redis'],
    ['none', 'none'],
    ['a.b.svc.svc', 'a.b.svc.svc'],
    ['cart.billing.svc.cluster.local:http/tcp', 'cart.billing.svc.cluster.local:http/tcp'],
  ])('%j is kept as %j', (text, kept) => {
    expect(keepTexts(read(text))).toEqual({ 'talks-to': kept });
  });

  test('is never longer than it was written, so that no bound is met when it is read again', () => {
    const full = Array.from({ length: 256 }, (_, i) => `${`n${i}`.padEnd(63, 'a')}`).join();
    expect(full.length).toBeLessThanOrEqual(16 * 1024);
    const kept = keepTexts(read(full))['talks-to'] ?? '';
    expect(kept.length).toBe(full.length);
    expect(read(kept).declarations).toHaveLength(1);
  });

  test('of a resource reads as that resource, without descriptions', () => {
    fc.assert(
      fc.property(resourcesAbout([]), (record) => {
        const first = readResource(record, defaultSettings);
        const spec = keepSpec(first);
        if (spec === undefined) return;
        const text = formatKept({ own: {}, namespace: {}, resources: { one: spec } }).text;
        const kept = readKept(text).resources.one;
        const again = readResource({ ...record, spec: kept }, defaultSettings);
        expect(again.findings).toEqual([]);
        expect(again.switches).toEqual(first.switches);
        expect(meaning(again.declarations)).toEqual(meaning(first.declarations));
        expect(keepSpec(again)).toEqual(kept);
      }),
      runsOf(runs),
    );
    const described = resource('shop/web', {
      workload: { kind: 'Deployment', name: 'web' },
      talksTo: [{ description: 'why', service: { name: 'cart' }, ports: [{ port: 80 }] }],
    });
    expect(keepSpec(readResource(described, defaultSettings))).toEqual({
      workload: { kind: 'Deployment', name: 'web' },
      talksTo: [{ service: { name: 'cart' }, ports: [{ port: 80 }] }],
    });
  });

  test('stands in without places in the text that is there now', () => {
    const { declarations } = readWorkload(
      workload('shop/web', { talksTo: 'Bad!' }),
      defaultSettings,
      (key) => (key === 'talks-to' ? 'cart,redis' : undefined),
    );
    const places = declarations.flatMap(({ entries }) => entries.map(({ at }) => at));
    expect(places).toEqual(Array(2).fill({ path: ['metadata', 'annotations', talksTo] }));
  });
});

describe('The annotation with the accepted texts', () => {
  test('has sorted keys, and is absent when nothing is accepted', () => {
    const kept = {
      own: { 'talks-to': 'cart:80', 'accepts-from': 'none' },
      namespace: { 'talks-to': 'proxy' },
      resources: { checkout: { talksTo: [{ entity: 'Cluster' }], dns: 'Deny' } },
    };
    const { text, left } = formatKept(kept);
    expect(left).toEqual([]);
    expect(text).toBe(
      '{"AppConnectivity/checkout":{"dns":"Deny","talksTo":[{"entity":"Cluster"}]},' +
        '"Namespace":{"talks-to":"proxy"},"accepts-from":"none","talks-to":"cart:80"}',
    );
    expect(readKept(text)).toEqual(kept);
    expect(formatKept({ own: {}, namespace: {}, resources: {} }).text).toBeUndefined();
  });

  test.each([
    ...[undefined, '', '{', '[]', 'null', '"text"', '{"talks-to":1,"Namespace":[]}'],
    '{"AppConnectivity/x":"y","Namespace":{"talks-to":{}},"Other":"z","__proto__":{"a":"b"}}',
  ])('%j remembers nothing', (text) => {
    expect(readKept(text)).toEqual({ own: {}, namespace: {}, resources: {} });
  });

  test('leaves out resources that do not fit rather than grow past what the server stores', () => {
    const long = { talksTo: [{ cidr: { block: 'x'.repeat(16 * 1024) } }] };
    const names = Array.from({ length: 12 }, (_, index) => `r${index + 10}`);
    const resources = Object.fromEntries(names.map((name) => [name, long]));
    const { text = '', left } = formatKept({ own: { 'talks-to': 'a' }, namespace: {}, resources });
    expect(text.length).toBeLessThanOrEqual(128 * 1024);
    expect(left).toEqual(names.slice(7));
    expect(Object.keys(readKept(text).resources)).toEqual(names.slice(0, 7));
  });
});

describe('The ports of a template', () => {
  test('are one canonical text', () => {
    expect(formatPorts([tcp(8443, 'http'), tcp(8080), tcp(8080), tcp(53, 'dns', 'UDP')])).toBe(
      '8080/TCP,dns=53/UDP,http=8443/TCP',
    );
    expect(formatPorts([])).toBe('');
  });

  test('are the same when they are read again', () => {
    const port = fc
      .tuple(
        fc.constantFrom(undefined, ...portNames),
        fc.constantFrom(...portNumbers),
        someProtocol,
      )
      .map(([name, number, protocol]) => tcp(number, name, protocol));
    fc.assert(
      fc.property(fc.array(port), (ports) => {
        const text = formatPorts(ports);
        expect(formatPorts(readPorts(text))).toBe(text);
        expect(new Set(readPorts(text).map(canonicalJson))).toEqual(
          new Set(ports.map(canonicalJson)),
        );
      }),
      runsOf(runs),
    );
  });

  test.each(['', '80', '80/ICMP', '0/TCP', '99999/TCP', 'HTTP=80/TCP', 'a--b=80/TCP'])(
    '%j is no port',
    (text) => expect(readPorts(text)).toEqual([]),
  );
});

describe('A resource that is too long to keep', () => {
  test('is invalid in that direction, and says so', () => {
    const talks = (count: number) =>
      readResource(
        resource('shop/web', {
          workload: { kind: 'Deployment', name: 'web' },
          talksTo: Array.from({ length: count }, (_, i) => ({
            service: { name: `${`s${i}`.padEnd(200, 'x')}` },
          })),
          acceptsFrom: [{ entity: 'Namespace' }],
        }),
        defaultSettings,
      );
    expect(talks(70).findings).toEqual([]);
    const { findings, declarations } = talks(80);
    expect(findings.map(({ code }) => code)).toEqual(['TextTooLong', 'NothingAccepted']);
    expect(declarations.map(({ direction }) => direction)).toEqual(['Ingress']);
  });
});

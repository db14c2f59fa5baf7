import { describe, expect, test } from '@jest/globals';
import { finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import { eventsOf } from './events.ts';

const source: ObjectRef = {
  ...{ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
};
const at = { path: ['metadata', 'annotations', 'k'], offset: 4 };
const wrong = (protocol: string) =>
  finding('InvalidProtocol', source, at, { text: `a:1/${protocol}`, protocol });

describe('Events', () => {
  test('tell what was written without effect, with its place, and nothing else', () => {
    const notes = eventsOf([
      wrong('x'),
      finding('DNSServiceNotFound', source, { path: [] }, {}),
      finding('TargetNotFound', source, at, { text: 'a', kind: '', namespace: 'shop', name: 'a' }),
    ]);
    expect(notes).toEqual([
      {
        type: 'Warning',
        regarding: source,
        reason: 'InvalidProtocol',
        note: 'metadata.annotations.k, character 5: "a:1/x": "x" is no protocol; write /tcp, /udp or /sctp',
      },
    ]);
  });

  test('tell of a namespace’s entries without effect, since nothing else would', () => {
    const shop = { group: '', kind: 'Namespace', namespace: '', name: 'shop' };
    const notes = eventsOf([
      finding('NamespaceWordWithoutEffect', shop, at, { key: 'appconnectivity.dev/talks-to' }),
    ]);
    expect(notes).toMatchObject([{ type: 'Warning', regarding: shop }]);
    expect(notes[0]?.note).toContain('no workload of the namespace is isolated');
  });

  test('are at most ten of one object, and the last counts the others', () => {
    const many = Array.from({ length: 256 }, (_, index) => wrong(`p${index}`));
    const notes = eventsOf(many);
    expect(notes).toHaveLength(10);
    expect(notes[8]?.note).not.toContain('more');
    expect(notes[9]?.note).toMatch(/\(and 246 more\)$/);
    const long = wrong('y'.repeat(5000));
    expect(Math.max(...eventsOf([long]).map(({ note }) => note.length))).toBeLessThan(1024);
  });
});

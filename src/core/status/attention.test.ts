import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JudgedEdge } from '../model/edge-state.ts';
import { finding, type Problem } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Direction } from '../model/policy.ts';
import { attentionBounds, attentionOf } from './attention.ts';

const source: ObjectRef = {
  ...{ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
};

function judged(
  text: string,
  state: JudgedEdge['state']['state'],
  reason: Problem,
  direction: Direction = 'Egress',
): JudgedEdge {
  const at = { path: ['metadata', 'annotations', 'k'] };
  return {
    edge: { direction, subjects: [], source, at, text, targets: [], problems: [] },
    state: { state, reason, share: [1, 1] },
    alsoDeclaredBy: [],
  };
}

const missing = (text: string, direction: Direction = 'Egress') =>
  judged(
    text,
    'Pending',
    { code: 'TargetNotFound', data: { text, kind: '', namespace: 'shop', name: text } },
    direction,
  );

describe('What needs a person', () => {
  test('is nothing while every edge is allowed or only waits for a write of ours', () => {
    const edges = [
      judged('a', 'Allowed', { code: 'Allowed', data: {} }),
      judged('b', 'Open', { code: 'Open', data: {} }),
      judged('c', 'Pending', { code: 'NotWritten', data: {} }),
    ];
    expect(attentionOf(edges, [])).toBeUndefined();
  });

  test('is each edge that is not allowed, with its state and what to do, and each text in error', () => {
    const at = { path: ['metadata', 'annotations', 'appconnectivity.dev/talks-to'], offset: 0 };
    const wrong = finding('InvalidProtocol', source, at, { text: 'a:1/x', protocol: 'x' });
    const notice = finding('DNSServiceNotFound', source, { path: [] }, {});
    const blocked = judged('db', 'Blocked', { code: 'ForeignPolicy', data: { policy: 'shop/p' } });
    expect(
      attentionOf([blocked, missing('cart', 'Ingress')], [wrong, notice])?.split('\n'),
    ).toEqual([
      'metadata.annotations.appconnectivity.dev/talks-to, character 1: "a:1/x": "x" is no protocol; write /tcp, /udp or /sctp',
      'talks-to db: Blocked/ForeignPolicy: NetworkPolicy shop/p, which is not ours, stops it: let it allow this too, or remove it',
      'accepts-from cart: Pending/TargetNotFound: "cart": no Service or workload cart in namespace shop yet; deploy it, or correct the name',
    ]);
  });

  test('is said once, although a resource and an annotation both declare it', () => {
    expect(attentionOf([missing('cart'), missing('cart')], [])?.split('\n')).toHaveLength(1);
  });

  test('stays within its bounds whatever people write, and says how much is left out', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 900, unit: 'binary' }), {
          minLength: 1,
          maxLength: 40,
        }),
        (texts) => {
          const text =
            attentionOf(
              texts.map((each) => missing(each)),
              [],
            ) ?? '';
          const lines = text.split('\n');
          expect(text.length).toBeLessThanOrEqual(attentionBounds.characters);
          expect(lines.length).toBeLessThanOrEqual(attentionBounds.lines);
          const [, more = '0'] = /and (\d+) more$/.exec(text) ?? [];
          const said = Number(more) > 0 ? lines.length - 1 : lines.length;
          expect(said + Number(more)).toBeLessThanOrEqual(texts.length);
          expect(text).not.toMatch(/[^\P{C}\n]/u);
        },
      ),
    );
    const many = Array.from({ length: 30 }, (_, index) => missing(`app-${index}`));
    const text = attentionOf(many, []) ?? '';
    const kept = text.split('\n').length - 1;
    expect(text).toMatch(new RegExp(`\\nand ${30 - kept} more$`));
  });
});

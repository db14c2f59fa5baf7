import { describe, expect, test } from '@jest/globals';
import type { Edge } from '../model/edge.ts';
import type { EdgeState } from '../model/edge-state.ts';
import { finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import { eventsOf } from './events.ts';
import { type StatusInput, statusOf } from './resource-status.ts';
import { statusBounds, statusSchema } from './schema.ts';
import { tidy } from './text.ts';

const source: ObjectRef = {
  ...{ group: 'appconnectivity.dev', kind: 'AppConnectivity', namespace: 'shop', name: 'web' },
};
const time = '2026-01-01T00:00:00Z';

function edge(text: string): Edge {
  const at = { path: ['spec', 'talksTo', 0] };
  return { direction: 'Egress', subjects: [], source, at, text, targets: [], problems: [] };
}

const allowed: EdgeState = {
  ...{ state: 'Allowed', reason: { code: 'Allowed', data: {} }, share: [1, 1] },
};
const missing: EdgeState = {
  state: 'Pending',
  reason: { code: 'TargetNotFound', data: { text: 'cart', namespace: 'shop', name: 'cart' } },
  share: [1, 2],
};

function input(change: Partial<StatusInput> = {}): StatusInput {
  return {
    ...{ generation: 3, accepted: true, findings: [], isolated: new Set(['Egress'] as const) },
    edges: [[edge('cart'), allowed]],
    programmed: true,
    ...change,
  };
}

const conditions = (status: ReturnType<typeof statusOf>) =>
  Object.fromEntries((status.conditions ?? []).map(({ type, status: holds }) => [type, holds]));

describe('The status of a resource', () => {
  test('counts its edges, in words that kubectl shows', () => {
    const edges = [
      [edge('cart'), allowed],
      [edge('audit'), missing],
    ] as const;
    const status = statusOf(input({ edges }), [], time);
    expect(status).toMatchObject({
      summary: '1/2',
      edgesReady: 1,
      edgesTotal: 2,
      observedGeneration: 3,
    });
    expect(status.edges?.[1]).toMatchObject({ state: 'Pending', reason: 'TargetNotFound' });
    expect(status.edges?.[1]?.message).toContain('(1 of 2)');
    expect(status.isolation).toEqual({ ingress: false, egress: true });
  });

  test('is Ready once it is accepted and its policies are live', () => {
    expect(conditions(statusOf(input(), [], time))).toEqual({
      ...{ Accepted: 'True', ResolvedRefs: 'True', Programmed: 'True', Ready: 'True' },
      ...{ Reconciling: 'False', Stalled: 'False' },
    });
    expect(conditions(statusOf(input({ programmed: false }), [], time))).toMatchObject({
      ...{ Programmed: 'False', Ready: 'False', Reconciling: 'True' },
    });
    const wrong = finding('EmptyDeclaration', source, { path: ['spec'] }, { key: 'spec' });
    expect(conditions(statusOf(input({ findings: [wrong] }), [], time))).toMatchObject({
      ...{ Accepted: 'False', Ready: 'False', Stalled: 'True' },
    });
  });

  test('a condition keeps the time of its last change', () => {
    const first = statusOf(input({ programmed: false }), [], time);
    const later = statusOf(input(), first.conditions ?? [], '2026-01-02T00:00:00Z');
    const times = Object.fromEntries(
      (later.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    );
    expect(times).toMatchObject({ Accepted: time, Ready: '2026-01-02T00:00:00Z' });
  });

  test('stays within what the CRD admits, and says when edges are left out', () => {
    const many = Array.from(
      { length: 300 },
      (_, index) => [edge(`${'x'.repeat(600)}${index}`), allowed] as const,
    );
    const status = statusOf(input({ edges: [...many, [edge('bad'), missing]] }), [], time);
    expect(statusSchema.safeParse(status).success).toBe(true);
    expect(status.edges).toHaveLength(statusBounds.edges);
    expect(status.edges?.[0]?.peer).toBe('bad');
    expect(JSON.stringify(status.conditions)).toContain('the list of edges is cut');
  });
});

describe('Messages', () => {
  test('Events tell what was written without effect, with its place, and nothing else', () => {
    const at = { path: ['metadata', 'annotations', 'k'], offset: 4 };
    const notes = eventsOf([
      finding('InvalidProtocol', source, at, { text: 'a:1/x', protocol: 'x' }),
      finding('DNSServiceNotFound', source, { path: [] }, {}),
    ]);
    expect(notes).toEqual([
      {
        regarding: source,
        reason: 'InvalidProtocol',
        note: 'metadata.annotations.k, character 5: "a:1/x": "x" is no protocol; write /tcp, /udp or /sctp',
      },
    ]);
  });

  test('users’ text is cut and stripped of control characters', () => {
    expect(tidy('a\u001b[31mb\u202ec\nd')).toBe('a [31mb c d');
    expect(tidy('x'.repeat(500))).toHaveLength(120);
  });
});

describe('An invalid text', () => {
  const at = { path: ['spec', 'talksTo', 0, 'host'] };
  const wrong = finding('InvalidField', source, at, {
    field: 'spec.talksTo[0].host',
    problem: 'no',
  });
  const other = { ...source, name: 'api' };
  const place = { path: ['spec', 'talksTo'] };
  const stands = finding('LastAcceptedStands', source, place, {
    key: 'spec.talksTo',
    text: 'cart',
  });
  const nothing = finding('NothingAccepted', source, place, { key: 'spec.talksTo' });
  const elsewhere = finding('NothingAccepted', other, place, { key: 'spec.talksTo' });
  const otherWay = finding(
    'NothingAccepted',
    source,
    { path: ['spec', 'acceptsFrom'] },
    { key: '' },
  );

  test.each([
    [
      'that what was accepted last stands',
      stands,
      'until spec.talksTo is right, what was accepted last stands: cart',
    ],
    ['that nothing was accepted before', nothing, 'nothing was accepted of spec.talksTo before'],
  ])('says in condition and Event %s', (_, fate, sentence) => {
    const findings = [elsewhere, otherWay, wrong, fate];
    const status = statusOf(input({ findings }), [], time);
    const [accepted] = status.conditions ?? [];
    expect(accepted).toMatchObject({ type: 'Accepted', status: 'False' });
    expect(accepted?.message).toContain(sentence);
    const [event, ...more] = eventsOf(findings);
    expect(more).toEqual([]);
    expect(event?.note).toContain(sentence);
  });

  test('of which nothing more is known says just what is wrong', () => {
    expect(eventsOf([elsewhere, otherWay, wrong])[0]?.note).toMatch(
      /spec\.talksTo\[0\]\.host: no$/,
    );
  });
});

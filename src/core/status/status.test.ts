import { describe, expect, test } from '@jest/globals';
import type { Edge } from '../model/edge.ts';
import type { EdgeState, JudgedEdge } from '../model/edge-state.ts';
import { finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Programmed } from './conditions.ts';
import { eventsOf } from './events.ts';
import { type StatusInput, statusOf } from './resource-status.ts';
import { statusBounds, statusSchema } from './schema.ts';
import { tidy } from './text.ts';

const source: ObjectRef = {
  ...{ group: 'appconnectivity.dev', kind: 'AppConnectivity', namespace: 'shop', name: 'web' },
};
function named(name: string): ObjectRef {
  return { ...source, namespace: 'far', name };
}

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
  reason: {
    code: 'TargetNotFound',
    data: { text: 'cart', kind: '', namespace: 'shop', name: 'cart' },
  },
  share: [1, 2],
};

function judged(text: string, state: EdgeState, change: Partial<JudgedEdge> = {}): JudgedEdge {
  return { edge: edge(text), state, alsoDeclaredBy: [], ...change };
}

const writing: Programmed = { done: false, reason: 'NotWritten', message: 'it is being written' };

function input(change: Partial<StatusInput> = {}): StatusInput {
  return {
    ...{ generation: 3, accepted: true, findings: [], isolated: new Set(['Egress'] as const) },
    edges: [judged('cart', allowed)],
    programmed: { done: true },
    ...change,
  };
}

const conditions = (status: ReturnType<typeof statusOf>) =>
  Object.fromEntries((status.conditions ?? []).map(({ type, status: holds }) => [type, holds]));

describe('The status of a resource', () => {
  test('counts its edges, in words that kubectl shows', () => {
    const edges = [judged('cart', allowed), judged('audit', missing)];
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

  test('tells the addresses of a host and until when those stay that are gone from its answers', () => {
    const learnt = [
      { address: '198.51.100.7' },
      { address: '198.51.100.9', until: Date.parse('2026-01-01T01:00:00Z') },
    ];
    const targets = learnt.map((each) => ({ peer: {}, ports: 'all' as const, learnt: each }));
    const host = { ...edge('host/api.stripe.com'), targets };
    const toldOf = (state: EdgeState) =>
      statusOf(input({ edges: [judged('', state, { edge: host })] }), [], time).edges?.[0]?.message;
    const at = 'at 198.51.100.7, 198.51.100.9 (in grace until 2026-01-01T01:00:00Z)';
    expect(toldOf(allowed)).toBe(at);
    expect(toldOf(missing)).toMatch(new RegExp(`\\(1 of 2\\); ${at.replaceAll(/[()]/g, '\\$&')}$`));
    const many = Array.from({ length: 64 }, (_, index) => ({
      ...{ peer: {}, ports: 'all' as const },
      learnt: { address: `198.51.100.${index}`, until: 0 },
    }));
    const edges = [judged('', allowed, { edge: { ...host, targets: many } })];
    const status = statusOf(input({ edges }), [], time);
    expect(statusSchema.safeParse(status).success).toBe(true);
    expect(status.edges?.[0]?.message).toMatch(/^at 198\.51\.100\.0 .*…$/);
  });

  test('is Ready once it is accepted and its policies are live', () => {
    expect(conditions(statusOf(input(), [], time))).toEqual({
      ...{ Accepted: 'True', ResolvedRefs: 'True', Programmed: 'True', Ready: 'True' },
      ...{ Reconciling: 'False', Stalled: 'False' },
    });
    expect(conditions(statusOf(input({ programmed: writing }), [], time))).toMatchObject({
      ...{ Programmed: 'False', Ready: 'False', Reconciling: 'True' },
    });
    const wrong = finding('EmptyDeclaration', source, { path: ['spec'] }, { key: 'spec' });
    expect(conditions(statusOf(input({ findings: [wrong] }), [], time))).toMatchObject({
      ...{ Accepted: 'False', Ready: 'False', Stalled: 'True' },
    });
  });

  test('says of whatever needs a person that it will not go on by itself', () => {
    const held = { done: false, reason: 'Held', message: 'annotate it', stalled: true } as const;
    const status = statusOf(input({ programmed: held }), [], time);
    expect(conditions(status)).toMatchObject({ Ready: 'False', Reconciling: 'False' });
    for (const type of ['Programmed', 'Ready', 'Stalled']) {
      const { reason, message } = status.conditions?.find((each) => each.type === type) ?? {};
      expect([type, reason, message]).toEqual([type, 'Held', 'annotate it']);
    }
  });

  test('is Ready although edges wait for others, and says which is the first', () => {
    const edges = [judged('cart', allowed), judged('audit', missing)];
    const status = statusOf(input({ edges }), [], time);
    expect(status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'True',
      message:
        '1 of 2 edges are allowed; first of the others: audit: "cart": no Service or workload cart in namespace shop yet; deploy it, or correct the name',
    });
  });

  test('counts a flow that both ends declare once, and names the other source', () => {
    const other = { ...source, kind: 'Deployment', namespace: 'far' };
    const ingress = { ...edge('deployment/web'), direction: 'Ingress' } as const;
    const status = statusOf(
      input({
        edges: [
          judged('cart', allowed, { alsoDeclaredBy: [other] }),
          judged('deployment/web', allowed, { alsoDeclaredBy: [source] }),
          judged('', allowed, { edge: ingress, alsoDeclaredBy: [source] }),
        ],
      }),
      [],
      time,
    );
    expect(status.summary).toBe('2/2');
    expect(status.edges?.map((each) => each.alsoDeclaredBy)).toEqual([
      ['Deployment/far/web'],
      undefined,
    ]);
  });

  test('says of several findings the first, and how many more there are', () => {
    const at = { path: ['spec'] };
    const wrong = ['a', 'b', 'c'].map((key) => finding('EmptyDeclaration', source, at, { key }));
    const status = statusOf(input({ findings: wrong }), [], time);
    expect(status.conditions?.[0]?.message).toMatch(/^a lists nobody; .* \(and 2 more\)$/);
  });

  test('a condition keeps the time of its last change', () => {
    const first = statusOf(input({ programmed: writing }), [], time);
    const later = statusOf(input(), first.conditions ?? [], '2026-01-02T00:00:00Z');
    const times = Object.fromEntries(
      (later.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    );
    expect(times).toMatchObject({ Accepted: time, Ready: '2026-01-02T00:00:00Z' });
  });

  test('stays within what the CRD admits, and says when edges are left out', () => {
    const also = {
      alsoDeclaredBy: Array.from({ length: 20 }, (_, n) => named(`${n}`.repeat(300))),
    };
    const many = Array.from({ length: 300 }, (_, n) =>
      judged(`${'x'.repeat(600)}${n}`, allowed, also),
    );
    const edges = [...many, judged('bad', missing)];
    const status = statusOf(input({ edges }), [], time);
    expect(statusSchema.safeParse(status).success).toBe(true);
    expect(status.edges).toHaveLength(statusBounds.edges);
    expect(status.edges?.[0]?.peer).toBe('bad');
    expect(JSON.stringify(status.conditions)).toContain('the list of edges is cut');
  });
});

describe('Users’ text', () => {
  test('is cut and stripped of control characters', () => {
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

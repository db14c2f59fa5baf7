import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import { acceptsFrom, monitorsFrom, talksTo } from '../../src/core/intent/keys.ts';
import { nameOfKind } from '../../src/core/model/kinds.ts';
import { type NetworkPolicy, protocols } from '../../src/core/model/policy.ts';
import type {
  OutsideRecord,
  Texts,
  WorkloadRecord,
  WorldRecord,
} from '../../src/core/model/records.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { isOutside } from '../../src/core/world/outside.ts';
import { World } from '../../src/core/world/world.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { userNamespaces } from '../support/vocabulary.ts';
import { recordsOf, worlds } from '../support/worlds.ts';

jest.setTimeout(timeFor(runs));

function render(world: TruthWorld, records: readonly WorldRecord[]): Map<string, NetworkPolicy> {
  const built = new World(world.settings);
  for (const record of records) built.put(record);
  const policies = compileAll(built).flatMap((compiled) => compiled.policies);
  return new Map(
    policies.map((policy) => [`${policy.metadata.namespace}/${policy.metadata.name}`, policy]),
  );
}

/** Every grant of a policy: a direction, a peer, and one port of it or all of a protocol. */
function grantsOf({ spec }: NetworkPolicy): Set<string> {
  const rules = [
    ...(spec.ingress ?? []).map(({ from, ports }) => ({ way: 'in', peers: from, ports })),
    ...(spec.egress ?? []).map(({ to, ports }) => ({ way: 'out', peers: to, ports })),
  ];
  const grants = rules.flatMap(({ way, peers = [], ports }) =>
    peers.flatMap((peer) =>
      (ports ?? protocols.map((protocol) => ({ protocol }))).map((port) =>
        JSON.stringify([way, peer, port]),
      ),
    ),
  );
  return new Set(grants);
}

/** Whether a grant is in a policy, on its own or as a part of every port of its protocol. */
function isGranted(grant: string, grants: ReadonlySet<string>): boolean {
  const [way, peer, { protocol }] = JSON.parse(grant) as [string, unknown, { protocol: string }];
  return grants.has(grant) || grants.has(JSON.stringify([way, peer, { protocol }]));
}

function withoutEntries(texts: Texts): Texts {
  const kept = Object.entries(texts).filter(([key]) => key !== talksTo && key !== acceptsFrom);
  return Object.fromEntries(kept);
}

const says = ({ texts }: WorkloadRecord) => texts[talksTo] ?? texts[acceptsFrom];
const vetoes = ({ texts }: WorkloadRecord) =>
  [texts[talksTo], texts[acceptsFrom]].some((text) => text?.trim() === 'none');

/** What the objects of other namespaces declare is gone; cluster-scoped ones are trusted and stay. */
function silenceOthers(
  records: readonly WorldRecord[],
  own: string,
  goes: (record: OutsideRecord) => boolean,
): WorldRecord[] {
  return records.flatMap((record): WorldRecord[] => {
    // A resource that says nothing still lives in its namespace, which exists for it.
    if (record.kind === 'AppConnectivity') {
      return [record.namespace === own ? record : { ...record, spec: {} }];
    }
    if (isOutside(record)) return namespaceOf(record, own) !== own && goes(record) ? [] : [record];
    if (record.kind === 'Workload' && record.ref.namespace !== own) {
      return [{ ...record, texts: withoutEntries(record.texts) }];
    }
    if (record.kind !== 'Namespace' || record.name === own) return [record];
    return [{ ...record, texts: withoutEntries(record.texts) }];
  });
}

/** The namespace that a record lives in; those of the cluster are counted to the own one. */
function namespaceOf(record: OutsideRecord, own: string): string {
  if (record.kind === 'Route' || record.kind === 'Monitor') return record.ref.namespace;
  return record.kind === 'Gateway' || record.kind === 'ReferenceGrant' ? record.namespace : own;
}

/** The policies of a namespace, by name. */
function policiesOf(world: TruthWorld, records: readonly WorldRecord[], own: string) {
  return [...render(world, records)].filter(([name]) => name.startsWith(`${own}/`));
}

describe('Between namespaces', () => {
  test('every rule has its cause in its own namespace: what others declare changes none', () => {
    let asked = 0;
    fc.assert(
      fc.property(worlds(), fc.constantFrom(...userNamespaces), (world, own) => {
        const records = recordsOf(world);
        const lets = (kind: OutsideRecord['kind']) =>
          world.outside.some((one) => one.kind === kind && namespaceOf(one, '') === own);
        const optsIn = world.namespaces.some(
          ({ name, texts }) => name === own && texts[monitorsFrom] !== undefined,
        );
        // A grant, an opt-in and a route of the own namespace let in what they name.
        const silenced = silenceOthers(records, own, ({ kind }) => {
          if (kind === 'Route') return !lets('ReferenceGrant');
          if (kind === 'Gateway') return !lets('Route') && !lets('ReferenceGrant');
          return kind !== 'Monitor' || !optsIn;
        });
        if (silenced.some((record, index) => record !== records[index])) asked += 1;
        expect(policiesOf(world, silenced, own)).toEqual(policiesOf(world, records, own));
      }),
      runsOf(runs),
    );
    expect(asked).toBeGreaterThan(runs / 4);
  });
});

describe('Inside a namespace', () => {
  test('what somebody else newly lists never removes a rule from a policy, nor isolates anyone', () => {
    let changed = 0;
    fc.assert(
      fc.property(worlds(), fc.nat(), (world, pick) => {
        const speaking = world.workloads.filter((workload) => says(workload) && !vetoes(workload));
        const writer = speaking[pick % Math.max(speaking.length, 1)];
        if (writer === undefined) return;
        const records = recordsOf(world);
        const silent = records.map((record) =>
          record === writer ? { ...writer, texts: withoutEntries(writer.texts) } : record,
        );
        const { group, kind, name: called } = writer.ref;
        const identity = `${nameOfKind(group, kind)}/${called}`;
        const after = render(world, records);
        for (const [name, policy] of render(world, silent)) {
          const ownPolicy =
            policy.metadata.annotations?.['appconnectivity.dev/identity'] === identity;
          if (ownPolicy && policy.metadata.namespace === writer.ref.namespace) continue;
          const now = after.get(name);
          expect(now?.spec.policyTypes).toEqual(policy.spec.policyTypes);
          const grants = now === undefined ? new Set<string>() : grantsOf(now);
          const before = [...grantsOf(policy)];
          expect(before.filter((grant) => !isGranted(grant, grants))).toEqual([]);
          if (grants.size > before.length) changed += 1;
        }
      }),
      runsOf(runs),
    );
    expect(changed).toBeGreaterThan(0);
  });
});

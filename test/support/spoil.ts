import fc from 'fast-check';
import {
  acceptsFrom,
  auto,
  dns,
  mode,
  monitorsFrom,
  self,
  talksTo,
} from '../../src/core/intent/keys.ts';
import { identityAnnotation } from '../../src/core/model/names.ts';
import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import type { PolicyRecord, Texts, WorldRecord } from '../../src/core/model/records.ts';

/** A way to make what an object says invalid: in one direction, in a switch, or as a whole. */
export type Spoil = 'talksTo' | 'acceptsFrom' | 'switches' | 'whole';

export const spoils: fc.Arbitrary<Spoil> = fc.constantFrom(
  ...(['talksTo', 'talksTo', 'acceptsFrom', 'acceptsFrom', 'switches', 'whole'] as const),
);

/** The record with something that it says made invalid; the same where it says nothing there. */
export function spoil(record: WorldRecord, what: Spoil): WorldRecord {
  if (record.kind === 'Workload' || record.kind === 'Namespace') {
    return { ...record, texts: spoilTexts(record.texts, what) };
  }
  return record.kind === 'AppConnectivity'
    ? { ...record, spec: spoilSpec(record.spec as object, what) }
    : record;
}

function spoilTexts(texts: Texts, what: Spoil): Texts {
  const switches = [dns, self, auto, mode, monitorsFrom];
  const keys = { talksTo: [talksTo], acceptsFrom: [acceptsFrom], switches };
  const hit = what === 'whole' ? [talksTo, acceptsFrom] : keys[what];
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, hit.includes(key) ? `${text}, No!` : text]),
  );
}

function spoilSpec(spec: object, what: Spoil): object {
  if (what === 'whole') return { ...spec, typo: true };
  if (what === 'switches') return { ...spec, dns: 'deny' };
  const list: unknown = (spec as Record<string, unknown>)[what];
  return Array.isArray(list)
    ? { ...spec, [what]: [...(list as unknown[]), { nodody: true }] }
    : spec;
}

/** A policy as the watch would tell of it after our write. */
export function written(policy: NetworkPolicy): PolicyRecord {
  return {
    ...({ kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1' } as const),
    ...{ applied: true, remembers: true },
  };
}

/** `namespace/Kind/name` of what a policy is for. */
export function identityOfPolicy({ metadata }: NetworkPolicy): string {
  return `${metadata.namespace}/${metadata.annotations?.[identityAnnotation]}`;
}

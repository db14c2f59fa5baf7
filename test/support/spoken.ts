import type { PeerRef, PortRef } from '../../src/core/model/declaration.ts';
import { type Direction, directions } from '../../src/core/model/policy.ts';
import { declarationsOf, isVetoed } from '../../src/core/truth/declared.ts';
import { rulesOfEntry } from '../../src/core/truth/entry.ts';
import type { Rule } from '../../src/core/truth/rule.ts';
import type { Voices } from '../../src/core/truth/voices.ts';

/** An entry of a workload, and what it allows. */
export interface Spoken {
  readonly peer: PeerRef;
  readonly ports: readonly PortRef[];
  readonly direction: Direction;
  readonly own: string;
  readonly rules: readonly Rule[];
}

/** The entries of all workloads that are not vetoed. */
export function spokenIn(voices: Voices): Spoken[] {
  return voices.world.workloads.flatMap((workload) =>
    directions.flatMap((direction) => {
      if (isVetoed(voices, workload, direction)) return [];
      const { namespace } = workload.ref;
      const reading = { direction, namespace, own: [workload] };
      return declarationsOf(voices, workload, direction)
        .flatMap(({ entries }) => entries)
        .map((entry) => {
          const rules = rulesOfEntry(voices, entry, reading);
          return { peer: entry.peer, ports: entry.ports, direction, own: namespace, rules };
        });
    }),
  );
}

import type { Key } from '../core/model/identity.ts';
import type { WorldRecord } from '../core/model/records.ts';
import type { World } from '../core/world/world.ts';
import { leave } from './drain.ts';
import type { Hosts } from './hosts/hosts.ts';
import { isKnown } from './listen.ts';
import type { Change } from './watch/store.ts';
import { nobody, type Writing } from './writing.ts';

/** What is told of an object or a host, by a watch, an answer or a resolver. */
export type Told = Change<WorldRecord>;

/** Where changes are taken in. */
interface Places {
  readonly world: World;
  readonly writing: Writing;
  readonly hosts: Hosts;
}

/** Takes a change in and gives the keys to look at again; `nobody` when it is none. */
export function takeIn(places: Places, { kind, key, record }: Told): ReadonlySet<Key> {
  const { world, writing, hosts } = places;
  if (record.kind === 'APIServer') return hosts.takeApiServer({ kind, key, record });
  if (kind === 'delete') {
    if (record.kind === 'Workload') return leave(world, record);
    if (record.kind === 'NetworkPolicy') writing.note('delete', record);
    return world.remove(record);
  }
  if (record.kind === 'NetworkPolicy') return writing.takeIn(record);
  return isKnown(world, record) ? nobody : world.put(record);
}

/** Takes a change in where nobody has to hear of it, since everything is going to be looked at. */
export function fill({ world, writing, hosts }: Places, { kind, key, record }: Told): void {
  if (record.kind === 'NetworkPolicy') writing.note(kind, record);
  if (record.kind === 'APIServer') hosts.takeApiServer({ kind, key, record });
  else if (kind === 'delete') world.remove(record);
  else world.load([record]);
}

import { isDeepStrictEqual } from 'node:util';
import { keyOf } from '../core/model/identity.ts';
import type { WorldRecord } from '../core/model/records.ts';
import { isRecord, readObject } from '../core/record/read.ts';
import type { World } from '../core/world/world.ts';
import { apiVersionOf } from '../kube/resources.ts';
import { isOlder, isWritten, type Newest, type Written } from './newest.ts';
import type { Reporter } from './report/reporter.ts';
import type { Change } from './watch/store.ts';

/**
 * How a report listens: asked before it is sent, it gives what takes in the answer, as a watch would
 * tell of it, so that no run says the same again while the echo is on the way. Not told is what is no
 * news, and what is said of an object that is not known any more.
 */
export function listening(
  world: World,
  newest: Newest,
  onTold: (told: Change<WorldRecord>) => void,
): Reporter['listen'] {
  return (resource) => {
    const lists = newest.listsOf(resource.kind);
    return (answer) => {
      const record = readObject(apiVersionOf(resource), resource.kind, answer);
      if (!isRecord(record) || !isWritten(record)) return;
      if (lists !== newest.listsOf(resource.kind) || !isNews(world, record)) return;
      newest.note(record);
      onTold({ kind: 'apply', key: '', record });
    };
  };
}

/** Whether a record says nothing that is not known, such as the echo of what an answer told. */
export function isKnown(world: World, record: WorldRecord): boolean {
  return isWritten(record) && isDeepStrictEqual(knownIn(world, record), record);
}

function isNews(world: World, record: Written): boolean {
  const known = knownIn(world, record);
  return known?.uid === record.uid && isOlder(known.resourceVersion, record.resourceVersion);
}

/** The object of that name as the world has it. */
export function knownIn(world: World, record: Written): Written | undefined {
  if (record.kind === 'AppConnectivity') return world.resource(keyOf(record))?.record;
  const { namespace, name } = record.policy.metadata;
  return world.state(namespace)?.policies.get(name);
}

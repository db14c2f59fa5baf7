import type { Declaration } from '../model/declaration.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';

/** A declaration whose entries have no place of their own: what stands there now is other text. */
export function atOnce(declaration: Declaration): Declaration {
  const { at, entries } = declaration;
  return { ...declaration, entries: entries.map((entry) => ({ ...entry, at })) };
}

/**
 * What becomes of a text that is invalid: what was accepted last stands, or, where nothing was, it
 * is as if it were not there. `field` is the path of a resource's field, or an annotation's key.
 */
export function fateOf(
  object: ObjectRef,
  key: string,
  standIns: readonly Declaration[] | undefined,
): Finding {
  const inResource = object.kind === 'AppConnectivity';
  const at = { path: inResource ? key.split('.') : ['metadata', 'annotations', key] };
  if (standIns === undefined) return finding('NothingAccepted', object, at, { key });
  const said = standIns.flatMap(({ nobody, entries }) =>
    nobody ? ['none'] : entries.map(({ text }) => text),
  );
  return finding('LastAcceptedStands', object, at, { key, text: said.join(', ') });
}

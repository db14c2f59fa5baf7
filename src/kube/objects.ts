import { isRecord, malformed, streamFailure } from './failures.ts';

/** An object as the server sent it: natural JSON, nothing renamed, nothing left out. */
export interface RawObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: RawMetadata;
  readonly [field: string]: unknown;
}

/** The metadata that every list item has been checked for; the rest is as it came. */
export interface RawMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly [field: string]: unknown;
}

/** A page of a list. Items of built-in kinds carry neither kind nor apiVersion. */
export interface Page {
  readonly items: readonly RawObject[];
  /** Asks for the next page; absent on the last one. */
  readonly continue?: string;
  readonly resourceVersion: string;
}

/** A change that a watch reports. A BOOKMARK's object has nothing but a resourceVersion. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: RawObject;
  readonly resourceVersion: string;
}

/** Checks a list answer. Throws a KubeError (MALFORMED) rather than give a part of it. */
export function readPage(what: string, answer: unknown): Page {
  const list = isRecord(answer) && isRecord(answer.metadata) ? answer : undefined;
  const metadata = isRecord(list?.metadata) ? list.metadata : {};
  // Go writes an empty slice that was never made as null.
  const items = list?.items === null ? [] : list?.items;
  if (!Array.isArray(items) || typeof metadata.resourceVersion !== 'string') {
    throw malformed(what, 'was not answered with a list');
  }
  if (!items.every(isRawObject)) throw malformed(what, 'was answered with an item without a name');
  const next = metadata.continue;
  return {
    items,
    resourceVersion: metadata.resourceVersion,
    ...(typeof next === 'string' && next !== '' && { continue: next }),
  };
}

/** Reads one line of a watch. Throws a KubeError for an ERROR event and for what is no event. */
export function readEvent(what: string, line: string): WatchEvent {
  const event = parseLine(what, line);
  if (event.type === 'ERROR') throw streamFailure(what, event.object);
  const { type, object } = event;
  if (!isEventType(type)) throw malformed(what, 'sent an event of an unknown type');
  const version = isRecord(object) && isRecord(object.metadata) && object.metadata.resourceVersion;
  if (typeof version !== 'string' || version === '') {
    throw malformed(what, 'sent an event without a resourceVersion');
  }
  if (type !== 'BOOKMARK' && !isRawObject(object)) {
    throw malformed(what, 'sent an event about an object without a name');
  }
  return { type, object: object as RawObject, resourceVersion: version };
}

function parseLine(what: string, line: string): Readonly<Record<string, unknown>> {
  try {
    const event: unknown = JSON.parse(line);
    if (isRecord(event)) return event;
  } catch {
    // Said below, without the text: an object may hold anything.
  }
  throw malformed(what, 'sent a line that is not JSON');
}

function isEventType(type: unknown): type is WatchEvent['type'] {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK';
}

function isRawObject(value: unknown): value is RawObject {
  const metadata = isRecord(value) ? value.metadata : undefined;
  if (!isRecord(metadata)) return false;
  const { name, uid, resourceVersion } = metadata;
  return [name, uid, resourceVersion].every((text) => typeof text === 'string' && text !== '');
}

import { COLLECTION_STYLE, constructFromEvents, EVENT_ID, type Event, parseEvents } from 'js-yaml';
import { fastSchema } from './yaml-tags.ts';

/** A tab where a line begins; a line that goes on after an empty one. */
const doubtful = /(?<![^\n]) *\t|\\\r?\n[ \t]*\r?\n/;

/**
 * The value of one document, by a parser that keeps no places. Undefined for what it refuses, and for
 * what it may read otherwise than the parser that has the last word: also aliases, anchors, tags, and a
 * document that is a scalar.
 */
export function readQuickly(text: string): { readonly value: unknown } | undefined {
  if (doubtful.test(text)) return undefined;
  try {
    const events = parseEvents(text, {});
    if (!isPlain(events, text)) return undefined;
    const [value, ...more] = constructFromEvents(events, { source: text, schema: fastSchema });
    return more.length === 0 ? { value } : undefined;
  } catch {
    return undefined;
  }
}

function isPlain(events: readonly Event[], text: string): boolean {
  const [document, root] = events;
  if (document?.type !== EVENT_ID.DOCUMENT || root?.type === EVENT_ID.SCALAR) return false;
  // To js-yaml an indented marker is one, too.
  if (document.explicitStart && !/(?<![^\n])---/.test(text)) return false;
  return !events.some(hasProperties) && !hasKeyBesideItem(events, text);
}

function hasProperties(event: Event): boolean {
  if ('tagStart' in event && event.tagStart >= 0) return true;
  return 'anchorStart' in event && event.anchorStart >= 0;
}

/** js-yaml takes the key in `- "item"key: value` for one of the mapping that the sequence stands in. */
function hasKeyBesideItem(events: readonly Event[], text: string): boolean {
  const open: Event[] = [];
  let isAfterItems = false;
  let end = 0;
  for (const event of events) {
    if (event.type === EVENT_ID.POP) isAfterItems ||= isBlockSequence(open.pop());
    else {
      const { start, last } = extentOf(event);
      if (event.type !== EVENT_ID.SCALAR) open.push(event);
      if (start < 0) continue;
      // The last character of a block scalar is its line break.
      if (isAfterItems && !text.slice(Math.max(0, end - 1), start).includes('\n')) return true;
      isAfterItems = false;
      end = last;
    }
  }
  return false;
}

/** Of a collection no more than its start; -1 for what is not written. */
function extentOf(event: Event): { readonly start: number; readonly last: number } {
  if (event.type === EVENT_ID.SCALAR) return { start: event.valueStart, last: event.valueEnd };
  return 'start' in event ? { start: event.start, last: event.start } : { start: -1, last: -1 };
}

function isBlockSequence(event: Event | undefined): boolean {
  return event?.type === EVENT_ID.SEQUENCE && event.style === COLLECTION_STYLE.BLOCK;
}

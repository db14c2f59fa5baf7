import type { Declaration, Entry, PeerRef, Position, SubjectRef } from '../model/declaration.ts';
import { type Finding, locate, type Problem } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Direction } from '../model/policy.ts';
import type { Language } from '../model/settings.ts';
import { type ParsedEntry, parseEntry } from './entry.ts';
import { findIdle } from './idle.ts';
import { pieces } from './selector-text.ts';

/** Bounds of one declaration; more is Invalid, so that no text can grow a policy without end. */
const mostEntries = 256;
export const mostCharacters = 16 * 1024;

/** An annotation whose text is a declaration, and whom it speaks for. */
export interface DeclaringText {
  readonly source: ObjectRef;
  readonly subject: SubjectRef;
  readonly direction: Direction;
  readonly key: string;
  readonly text: string;
}

/** What a text says: a declaration when every entry is valid, else findings and no declaration. */
export interface ReadText {
  readonly declaration?: Declaration;
  readonly findings: readonly Finding[];
}

interface Piece {
  readonly text: string;
  readonly offset: number;
}

/**
 * Reads the text of a `talks-to` or `accepts-from` annotation: entries separated by commas or
 * newlines, or `none` alone. One invalid entry makes the whole text invalid (nothing of it is
 * accepted), and every invalid entry is reported.
 */
export function readText(declaring: DeclaringText, language: Language): ReadText {
  const at: Position = { path: ['metadata', 'annotations', declaring.key] };
  const pieces = split(declaring.text);
  const whole = wholeTextProblem(declaring, pieces.length);
  if (whole !== undefined) return { findings: [locate(whole, declaring.source, at)] };
  const { source, subject, direction } = declaring;
  const header = { source, subject, direction, at };
  if (pieces.length === 1 && pieces[0]?.text === 'none') {
    return { declaration: { ...header, nobody: true, entries: [] }, findings: [] };
  }
  const entries: Entry[] = [];
  const findings: Finding[] = [];
  for (const { text, offset } of pieces) {
    const place: Position = { ...at, offset };
    const entry = readPiece(text, direction, language);
    if ('code' in entry) findings.push(locate(entry, source, place));
    else entries.push({ ...entry, at: place, text });
  }
  if (findings.length > 0) return { findings };
  const declaration: Declaration = { ...header, nobody: false, entries };
  return { declaration, findings: findIdle(declaration) };
}

function readPiece(text: string, direction: Direction, language: Language) {
  if (text === 'none') return { code: 'NoneNotAlone', data: { text } } satisfies Problem;
  if (text.toLowerCase() === 'none') {
    const rule = 'nobody is written none, in lower case';
    return { code: 'InvalidName', data: { text, part: text, rule } } satisfies Problem;
  }
  const entry = parseEntry(text, language);
  if ('code' in entry || direction === 'Ingress') return entry;
  return missingPort(entry, text) ?? strangeName(entry, text) ?? entry;
}

/** Nodes have no ports of their own: without one, an app could reach the kubelet. */
function missingPort({ peer, ports }: ParsedEntry, text: string): Problem | undefined {
  const nodes = peer.type === 'party' && peer.party === 'Nodes';
  return nodes && ports.length === 0 ? { code: 'PortNeeded', data: { text } } : undefined;
}

/** A port of theirs by a name that addresses have not. In `accepts-from` the port is one's own. */
function strangeName({ peer, ports }: ParsedEntry, text: string): Problem | undefined {
  const name = ports.map(({ port }) => port).find((port) => typeof port === 'string');
  if (name === undefined || !meansAddresses(peer)) return undefined;
  return { code: 'PortNameNeedsPods', data: { text, port: name } };
}

/** Whether a party has addresses and no pods. */
function meansAddresses(peer: PeerRef): boolean {
  if (peer.type === 'party') return peer.party === 'KubeAPIServer' || peer.party === 'Nodes';
  return peer.type === 'block' || peer.type === 'internet' || peer.type === 'host';
}

function wholeTextProblem({ key, text }: DeclaringText, count: number): Problem | undefined {
  if (text.length > mostCharacters) {
    return { code: 'TextTooLong', data: { length: text.length, most: mostCharacters } };
  }
  if (count === 0) return { code: 'EmptyDeclaration', data: { key } };
  if (count > mostEntries) return { code: 'TooManyEntries', data: { count, most: mostEntries } };
  return undefined;
}

/** The entries with their offsets; blank lines and a trailing comma are no entries. */
function split(text: string): Piece[] {
  const plain = !text.includes('(');
  const all = plain ? [...text.matchAll(/[^,\r\n]+/g)].map(asPiece) : pieces(text, separates);
  return all.flatMap(({ piece, offset }) => {
    const trimmed = piece.trim();
    return trimmed === '' ? [] : { text: trimmed, offset: offset + piece.indexOf(trimmed) };
  });
}

function asPiece({ 0: piece, index: offset }: RegExpExecArray): { piece: string; offset: number } {
  return { piece, offset };
}

function separates(character: string): boolean {
  return character === ',' || character === '\r' || character === '\n';
}

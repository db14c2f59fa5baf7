import type { PeerRef } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import { parseSelector } from './selector-text.ts';

/** Whether an entry means pods or namespaces by their labels. */
export function isSelected(head: string): boolean {
  return /^(pods|namespaces)\s*\(/.test(head);
}

const forms =
  'it is written as pods(tier=api), pods(tier=api) in namespaces(team=a), or namespaces(team=a)';

/** Reads `pods(tier=api)`, `pods(tier=api) in namespaces(team=a)` or `namespaces(team=a)`. */
export function parseSelected(head: string, text: string): PeerRef | Problem {
  const first = readCall(head);
  const behind = /^\s+in\s+(.*)$/s.exec(first?.rest ?? '')?.[1];
  const second = behind === undefined ? undefined : readCall(behind);
  const isWhole = (second ?? first)?.rest === '';
  const within = second === undefined || (first?.word === 'pods' && second.word === 'namespaces');
  if (first === undefined || !isWhole || !within) return problem(text, forms);
  const selector = parseSelector(first.inside);
  const namespaceSelector = second && parseSelector(second.inside);
  if (typeof selector === 'string') return problem(text, selector);
  if (typeof namespaceSelector === 'string') return problem(text, namespaceSelector);
  if (first.word === 'namespaces') return { type: 'namespaces', selector };
  return { type: 'pods', selector, ...(namespaceSelector !== undefined && { namespaceSelector }) };
}

function problem(text: string, rule: string): Problem {
  return { code: 'InvalidSelector', data: { text, rule } };
}

interface Call {
  readonly word: string;
  readonly inside: string;
  readonly rest: string;
}

/** The word before a pair of parentheses, what is in them, and what comes behind. */
function readCall(text: string): Call | undefined {
  const open = /^(pods|namespaces)\s*\(/.exec(text);
  if (open === null) return undefined;
  const start = open[0].length;
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')') depth--;
    if (depth === 0) {
      return { word: open[1] ?? '', inside: text.slice(start, at), rest: text.slice(at + 1) };
    }
  }
  return undefined;
}

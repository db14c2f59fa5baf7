import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../src/core/model/finding.ts';
import { eventsOf } from '../../src/core/status/events.ts';
import { findingCodes } from '../../src/core/status/messages.ts';

/** Reasons that are no finding's. */
const ofConditionsOnly = ['InvalidDeclaration', 'NoPolicy'];

interface Row {
  readonly codes: readonly string[];
  /** Those of which the table says that they are Events. */
  readonly events: readonly string[];
}

/** The rows of the section "Reasons" of docs/operations.md. */
function documented(): Row[] {
  const text = readFileSync('docs/operations.md', 'utf8');
  const section = text.slice(text.indexOf('\n## Reasons\n'));
  const lines = section.split('\n');
  let all = false;
  return lines.flatMap((line) => {
    if (line.startsWith('**')) all = line.includes('All *E*');
    const [, names, remedy = ''] = /^\| (`.*`) \| (.*) \|$/.exec(line) ?? [];
    if (names === undefined) return [];
    const codes = [...names.matchAll(/`(\w+)`/g)].map(([, code = '']) => code);
    const but = [...remedy.matchAll(/\(but `(\w+)`\)/g)].map(([, code]) => code);
    const told = remedy.includes('*E*') || (all && !remedy.startsWith('('));
    return [{ codes, events: told ? codes.filter((code) => !but.includes(code)) : [] }];
  });
}

describe('The reasons in docs/operations.md', () => {
  test('are all that the operator gives, each once, and no others', () => {
    const named = documented().flatMap(({ codes }) => codes);
    expect(named.toSorted()).toEqual([...findingCodes, ...ofConditionsOnly].toSorted());
  });

  test('are marked where they come as Events', () => {
    const at = { path: [] };
    const object = { group: '', kind: 'Namespace', namespace: '', name: 'shop' };
    // Some are only for what else is to be said of it.
    const all = ['', 'said'].map((text) => new Proxy({}, { get: () => text }));
    const isEvent = (code: string) =>
      all.some((data) => eventsOf([{ code, object, at, data } as unknown as Finding]).length > 0);
    const marked = documented().flatMap(({ events }) => events);
    expect(marked.toSorted()).toEqual(findingCodes.filter(isEvent).toSorted());
  });
});

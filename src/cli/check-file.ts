import { z } from 'zod';
import { type Assertion, type PortWord, readPortWord } from '../core/check/assertion.ts';
import { explain, quote } from '../core/intent/explain.ts';
import { type InputProblem, readDocuments, type YamlDocument } from './manifests.ts';
import type { FieldPath } from './places.ts';

/** An assertion of a tests file, and where it stands. */
export interface WrittenAssertion extends Assertion {
  /** Its own, or who and whom it is about; on one line. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

const parties = z.preprocess(
  asList,
  z.array(z.string()).min(1, 'it is empty; name a party, such as shop/deployment/web'),
);
const ports = z.preprocess(
  asList,
  z
    .array(z.union([z.string(), z.number()], 'a port is 80, 443/TCP, http or 8000-8100/UDP'))
    .min(1, 'it is empty; leave it out for every port'),
);
const assertion = z.strictObject({
  name: z.string().optional(),
  from: parties,
  except: parties.optional(),
  to: parties,
  ports: ports.optional(),
});
const testsFile = z.strictObject({
  allow: z.array(assertion).optional(),
  deny: z.array(assertion).optional(),
});

const kinds = ['allow', 'deny'] as const;

/**
 * Reads tests files, each of any number of documents. Out: the assertions in the order in which they
 * stand; none where something is wrong with the files, which is said then. Throws UsageError for a path that cannot be opened.
 */
export function readAssertions(
  paths: readonly string[],
  standardInput: () => string,
): {
  readonly assertions: readonly WrittenAssertion[];
  readonly problems: readonly InputProblem[];
} {
  const { documents, problems } = readDocuments(paths, standardInput);
  const all = problems.map(({ place, message }) => ({ place, message: withRemedy(message) }));
  const assertions = documents
    .filter(({ value }) => value !== undefined && value !== null)
    .flatMap((document) => readDocument(document, all));
  return { assertions: all.length > 0 ? [] : assertions, problems: all };
}

function readDocument(document: YamlDocument, problems: InputProblem[]): WrittenAssertion[] {
  const report = (path: FieldPath, message: string, key?: string) => {
    const fields = path.filter((part) => typeof part === 'string').join('.');
    problems.push({
      place: document.locate(key === undefined ? path : [...path, key]),
      message: fields === '' ? message : `${fields}: ${message}`,
    });
  };
  const read = testsFile.safeParse(document.value, { error: explain });
  if (!read.success) {
    for (const issue of read.error.issues) {
      const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
      report(issue.path.filter(isField), issue.message, key);
    }
    return [];
  }
  return kinds
    .flatMap((kind) =>
      (read.data[kind] ?? []).map((each, index) => {
        const { name, from, except = [], to } = each;
        const words = (each.ports ?? []).flatMap((written, at): PortWord[] => {
          const word = readPortWord(written);
          if (!('error' in word)) return [word];
          report([kind, index, 'ports', at], word.error);
          return [];
        });
        const own = { kind, from, except, to, ports: words };
        const title = name ?? titleOf(own, each.ports ?? []);
        const line = Number(/:(\d+):\d+$/.exec(document.locate([kind, index]))?.[1]);
        return { ...own, name: onOneLine(title), file: document.file, line };
      }),
    )
    .sort((a, b) => a.line - b.line);
}

function titleOf({ kind, from, except, to }: Assertion, written: readonly (string | number)[]) {
  const left = except.length === 0 ? '' : ` except ${except.join(', ')}`;
  const on = written.length === 0 ? '' : ` on ${written.join(', ')}`;
  return `${kind} ${from.join(', ')}${left} to ${to.join(', ')}${on}`;
}

function onOneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** To YAML a word that begins with a star is an alias. */
function withRemedy(message: string): string {
  const [, name] = /^Unresolved alias .*: (\S+)$/.exec(message) ?? [];
  if (name === undefined) return message;
  return `a pattern that begins with a star needs quotes; write ${quote(`*${name}`)}`;
}

function asList(value: unknown): unknown {
  return Array.isArray(value) ? value : [value];
}

function isField(part: PropertyKey): part is string | number {
  return typeof part !== 'symbol';
}

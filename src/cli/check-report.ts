import type { Counterexample, Outcome } from '../core/check/check.ts';
import type { Unknown } from '../core/inventory/question.ts';
import { type Locate, type Reason, reasonsOf } from '../core/inventory/words.ts';
import type { WrittenAssertion } from './check-file.ts';

export type CheckFormat = 'text' | 'tap' | 'junit' | 'json';

export interface Result {
  readonly assertion: WrittenAssertion;
  readonly outcome: Outcome | Unknown;
}

/** The version of the JSON form: its fields keep their meaning until it changes. */
const formatVersion = 1;

/** The results in the order in which they are given, as people or machines read them. */
export function formatReport(
  results: readonly Result[],
  format: CheckFormat,
  locate: Locate,
  paint: (yes: boolean, text: string) => string,
): string {
  switch (format) {
    case 'text':
      return formatText(results, locate, paint);
    case 'tap':
      return formatTap(results, locate);
    case 'junit':
      return formatJunit(results, locate);
    case 'json':
      return formatJson(results, locate);
  }
}

function formatText(
  results: readonly Result[],
  locate: Locate,
  paint: (yes: boolean, text: string) => string,
): string {
  const blocks = results.map(({ assertion, outcome }) => {
    const { name, file, line } = assertion;
    const word = 'error' in outcome ? 'error' : outcome.ok ? 'ok   ' : 'FAIL ';
    const head = paint(word === 'ok   ', `${word} ${name} (${file}:${line})`);
    return [head, ...details(assertion, outcome, locate).map((text) => `      ${text}`)];
  });
  const { passed, failed, errors } = countsOf(results);
  const wrong = [
    ...(failed === 0 ? [] : [`${failed} ${failed === 1 ? 'fails' : 'fail'}`]),
    ...(errors === 0 ? [] : [`${errors} cannot be judged`]),
  ];
  const total = [`${passed} of ${results.length} assertions hold`, ...wrong].join(', ');
  return `${[...blocks.flat(), '', total].join('\n')}.\n`;
}

/** TAP 14; what went wrong stands in a YAML block, in which every value is a JSON text. */
function formatTap(results: readonly Result[], locate: Locate): string {
  const points = results.flatMap(({ assertion, outcome }, index) => {
    const { name, file, line } = assertion;
    const ok = isOk(outcome);
    const title = name.replaceAll(/[\\#]/g, '\\$&');
    const head = `${ok ? 'ok' : 'not ok'} ${index + 1} - ${title}`;
    if (ok) return [head];
    const fields = [
      `message: ${JSON.stringify(details(assertion, outcome, locate).join(' '))}`,
      `severity: ${'error' in outcome ? 'error' : 'fail'}`,
      `at: ${JSON.stringify({ file, line })}`,
    ];
    return [head, '  ---', ...fields.map((field) => `  ${field}`), '  ...'];
  });
  return `${['TAP version 14', `1..${results.length}`, ...points].join('\n')}\n`;
}

function formatJunit(results: readonly Result[], locate: Locate): string {
  const suites = [...Map.groupBy(results, ({ assertion }) => assertion.file)];
  const lines = suites.flatMap(([file, own]) => [
    `  <testsuite name="${escapeXml(file)}"${countAttributes(own)}>`,
    ...own.flatMap((result) => formatCase(result, locate)),
    '  </testsuite>',
  ]);
  const head = `<testsuites name="appconn check"${countAttributes(results)}>`;
  return `${['<?xml version="1.0" encoding="UTF-8"?>', head, ...lines, '</testsuites>'].join('\n')}\n`;
}

function countAttributes(results: readonly Result[]): string {
  const { failed, errors } = countsOf(results);
  return ` tests="${results.length}" failures="${failed}" errors="${errors}"`;
}

function formatCase({ assertion, outcome }: Result, locate: Locate): string[] {
  const { name, kind, file, line } = assertion;
  const place = `classname="${escapeXml(file)}" file="${escapeXml(file)}" line="${line}"`;
  const open = `    <testcase name="${escapeXml(name)}" ${place}`;
  if (isOk(outcome)) return [`${open}/>`];
  const tag = 'error' in outcome ? 'error' : 'failure';
  const [first = '', ...rest] = details(assertion, outcome, locate);
  const message = `message="${escapeXml(first)}" type="${kind}"`;
  const body = [first, ...rest].map(escapeXml).join('\n');
  return [`${open}>`, `      <${tag} ${message}>${body}</${tag}>`, '    </testcase>'];
}

function formatJson(results: readonly Result[], locate: Locate): string {
  const { passed, failed, errors } = countsOf(results);
  const all = results.map(({ assertion, outcome }) => {
    const { name, kind, file, line } = assertion;
    const own = { name, kind, file, line, ok: isOk(outcome) };
    if ('error' in outcome) return { ...own, ...outcome };
    const listed = outcome.listed.map((each) => {
      const { from, to, ports } = each;
      return { from, to, ports, reasons: reasonsFor(each, locate) };
    });
    return { ...own, counterexamples: { total: outcome.total, listed } };
  });
  const whole = { version: formatVersion, passed, failed, errors, results: all };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function countsOf(results: readonly Result[]) {
  const errors = results.filter(({ outcome }) => 'error' in outcome).length;
  const passed = results.filter(({ outcome }) => isOk(outcome)).length;
  return { passed, failed: results.length - passed - errors, errors };
}

function isOk(outcome: Outcome | Unknown): boolean {
  return 'ok' in outcome && outcome.ok;
}

/** What went wrong, a sentence each: the first counterexample, how many there are, and why. */
function details(
  { kind }: WrittenAssertion,
  outcome: Outcome | Unknown,
  locate: Locate,
): readonly string[] {
  if ('error' in outcome) return [outcome.error];
  const [first] = outcome.listed;
  if (first === undefined) return [];
  const { ports, answer } = first;
  const [from, to] = [nameFor(first.from, answer, 'from'), nameFor(first.to, answer, 'to')];
  const may = kind === 'deny' ? 'may open connections' : 'may not open connections';
  const on = ports.length === 0 ? '' : ` on ${portsText(ports)}`;
  const more = outcome.total - 1;
  const others =
    more === 0 ? '' : `, and so it is for ${more} more ${more === 1 ? 'pair' : 'pairs'}`;
  const messages = reasonsFor(first, locate).map(({ message }) => message);
  return [`${from} ${may} to ${to}${on}${others}.`, ...messages];
}

/** A class of addresses comes with one of them. */
function nameFor(name: string, answer: Counterexample['answer'], side: 'from' | 'to'): string {
  const meant = 'error' in answer ? undefined : answer[side];
  if (meant?.type !== 'address' || name.startsWith(meant.address)) return name;
  return `${name}, such as ${meant.address},`;
}

const mostPorts = 5;

function portsText(ports: readonly string[]): string {
  if (ports.length === 1 && ports[0] === 'all') return 'all ports';
  const shown = ports.slice(0, mostPorts);
  const more = ports.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function reasonsFor({ answer }: Counterexample, locate: Locate): readonly Reason[] {
  return 'error' in answer ? [{ message: answer.error }] : reasonsOf(answer, locate);
}

/** As text and as the value of an attribute; characters that XML 1.0 has not are left out. */
function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' },
  };
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/[&<>"]/g, (character) => names[character] ?? '');
}

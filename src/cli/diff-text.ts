import { type Direction, directions } from '../core/model/policy.ts';
import { listPorts } from '../core/reach/port-text.ts';
import { type ConnectionsList, groupConnections } from './changes.ts';
import { type DiffReport, isSame } from './diff-report.ts';
import { formatNames } from './names.ts';

/** More lines of connections than this are not read by anyone. */
const mostLines = 200;
/** Longer lists are folded in Markdown. */
const mostUnfolded = 20;
/** Characters of each of three lists in Markdown: hosts take 65,536 in a comment. */
const mostCharacters = 19_000;

/** The version of the JSON form: its fields keep their meaning until it changes. */
const formatVersion = 1;

/** The differences for people. */
export function formatDiffText(report: DiffReport): string {
  if (isSame(report)) return 'Nothing differs: the same policies, and the same connections.\n';
  const lines = [
    policiesHeading(report),
    ...policyLines(report).map((line) => `  ${line}`),
    ...notes(report),
    ...(['lost', 'gained'] as const).flatMap((word) => [
      '',
      connectionsHeading(word, report[word]),
      ...connectionLines(report[word]).map((line) => `  ${line}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The same for a comment on a pull request; long lists are folded. */
export function formatDiffMarkdown(report: DiffReport): string {
  const title = '### Network policies\n\n';
  if (isSame(report))
    return `${title}Nothing differs: the same policies, and the same connections.\n`;
  const parts = [
    policiesHeading(report),
    listed(policyLines(report)),
    ...notes(report),
    ...(['lost', 'gained'] as const).flatMap((word) => [
      `**${connectionsHeading(word, report[word])}**`,
      listed(connectionLines(report[word])),
    ]),
  ];
  return `${title}${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** The differences in the shape of docs/schemas/diff.json. */
export function formatDiffJson({ gained, lost, isolation, ...report }: DiffReport): string {
  const formatAll = ({ total, listed: all }: ConnectionsList) => ({
    total,
    listed: all.map(({ from, to, ports }) => ({ from, to, ports: listPorts(ports) })),
  });
  const small = (each: readonly Direction[]) => each.map((direction) => direction.toLowerCase());
  const whole = {
    ...{ version: formatVersion, ...report },
    isolation: isolation.map(({ name, begins, ends }) => ({
      ...{ name, begins: small(begins), ends: small(ends) },
    })),
    connections: { gained: formatAll(gained), lost: formatAll(lost) },
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function policiesHeading({ policies }: DiffReport): string {
  const count = (wanted: string) => policies.filter(({ action }) => action === wanted).length;
  return `NetworkPolicies: ${count('create')} created, ${count('update')} updated, ${count('delete')} deleted.`;
}

function policyLines({ policies }: DiffReport): string[] {
  return policies.map(
    ({ action, namespace, name, change }) => `${action} ${namespace}/${name}: ${change}`,
  );
}

const isolationTexts = {
  begins: {
    Ingress: 'Isolated from now on (ingress), so that whoever no rule names loses access',
    Egress: 'Isolated from now on (egress), so that they reach only whom a rule names',
  },
  ends: {
    Ingress: 'Isolated no more (ingress), so that anyone may reach them',
    Egress: 'Isolated no more (egress), so that they may reach anyone',
  },
} as const;

function notes({ come, gone, isolation }: DiffReport): string[] {
  const lines = [
    ['New', come],
    ['Gone', gone],
    ...(['begins', 'ends'] as const).flatMap((change) =>
      directions.map((direction) => {
        const concerned = isolation.filter((each) => each[change].includes(direction));
        return [isolationTexts[change][direction], concerned.map(({ name }) => name)] as const;
      }),
    ),
  ] as const;
  return lines
    .filter(([, names]) => names.length > 0)
    .map(([text, names]) => `${text}: ${formatNames(names)}.`);
}

function connectionsHeading(word: string, { total, listed: all }: ConnectionsList): string {
  if (total === 0) return `No connection is ${word}.`;
  const cut = total > all.length || groupConnections(all).length > mostLines;
  return `Connections ${word}: ${total}${cut ? ', of which these are the first' : ''}.`;
}

function connectionLines({ listed: all }: ConnectionsList): string[] {
  return groupConnections(all).slice(0, mostLines);
}

function listed(lines: readonly string[]): string {
  const items = cut(lines.map((line) => `- ${line.replaceAll('->', '→')}`)).join('\n');
  if (lines.length <= mostUnfolded) return items;
  return `<details><summary>${lines.length} lines</summary>\n\n${items}\n\n</details>`;
}

/** As many items as there is room for, and how many are left out. */
function cut(items: readonly string[]): string[] {
  let room = mostCharacters;
  const kept = items.filter((item) => {
    room -= item.length + 1;
    return room >= 0;
  });
  const more = items.length - kept.length;
  return more === 0 ? kept : [...kept, `- and ${more} more`];
}

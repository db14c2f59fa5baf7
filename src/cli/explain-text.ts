import { formatTime } from '../core/intent/time.ts';
import type { CarriedEdge, Isolation } from '../core/judge/explain.ts';
import type { Edge } from '../core/model/edge.ts';
import { keyOf, type ObjectRef, partsOf } from '../core/model/identity.ts';
import type { Direction } from '../core/model/policy.ts';
import type { RuleRef } from '../core/reach/rules.ts';
import { tellAddresses } from '../core/status/addresses.ts';
import { messageOf, severityOf } from '../core/status/messages.ts';
import { explainState } from '../core/status/resource-status.ts';
import type { Explained } from './explain.ts';
import { formatNames } from './names.ts';
import type { Undeclared } from './undeclared.ts';

/** The version of the JSON form: its fields keep their meaning until it changes. */
const formatVersion = 1;

/** The explanation for people. */
export function formatExplanation(explained: Explained): string {
  const { key, isAudited, isPlanned, own, others, findings, undeclared } = explained;
  const notices = findings.filter(({ code }) => severityOf(code) !== 'notice');
  const lines = [
    key,
    ...(isPlanned ? ['  as if the operator had written its policies'] : []),
    ...(isAudited ? ['  in audit: nothing of it is enforced'] : []),
    ...explained.isolation.map((each) => `  ${isolationText(each, explained)}`),
    ...section(
      'It says',
      own.flatMap((each) => edgeLines(each, explained)),
    ),
    ...section(
      'Others say',
      others.flatMap((each) => edgeLines(each, explained)),
    ),
    ...section(
      'Allowed without being declared',
      explained.allowed.flatMap((each) => edgeLines(each, explained)),
    ),
    ...section(
      'Needs somebody',
      notices.map(
        (each) =>
          `${explained.locate(each.object, each.at.path, each.at.offset)}: ${severityOf(each.code)}: ${messageOf(each)}`,
      ),
    ),
    ...section(
      'Named without being declared',
      undeclared.map((each) => mentionText(each, explained)),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function isolationText({ direction, ...isolation }: Isolation, { locate }: Explained): string {
  const { policies, declarations, isDenied } = isolation;
  const side = direction.toLowerCase();
  if (policies.length === 0) {
    const any = direction === 'Egress' ? 'it may open any connection' : 'it accepts any connection';
    return `Not isolated for ${side}: ${any}.`;
  }
  const names = policies.map(({ namespace, name, ours }) => {
    const object: ObjectRef = {
      group: 'networking.k8s.io',
      kind: 'NetworkPolicy',
      namespace,
      name,
    };
    const place = locate(object, []);
    const where = place === keyOf(object) ? '' : ` (${place})`;
    return `${namespace}/${name}${where}${ours ? '' : ', not of the operator'}`;
  });
  const causes = [
    ...declarations.map(
      ({ source, at }) => `${keyOf(source)} says so at ${locate(source, at.path, at.offset)}`,
    ),
    ...(isDenied ? ['its namespace is default-deny'] : []),
  ];
  const because = causes.length === 0 ? '' : `, because ${formatNames(causes)}`;
  return `Isolated for ${side} by ${formatNames(names)}${because}.`;
}

function edgeLines({ edge, state, carriers }: CarriedEdge, explained: Explained): string[] {
  const why = explainState(state);
  const place = explained.locate(edge.source, edge.at.path, edge.at.offset);
  const reason = state.reason.code === state.state ? '' : `/${state.reason.code}`;
  const addresses = tellAddresses(edge);
  return [
    `${titleOf(edge, explained)}: ${state.state}${reason} (${place})`,
    ...(why === '' ? [] : [`    ${why}`]),
    ...(addresses === '' ? [] : [`    ${addresses}`]),
    ...(carriers.length === 0
      ? []
      : [`    by ${formatNames(carriers.map((each) => carrierText(each, explained)))}`]),
  ];
}

/** What is allowed without being declared is told by its cause. */
function titleOf({ direction, text, source, allowance }: Edge, { key }: Explained): string {
  const word = direction === 'Egress' ? 'talks-to' : 'accepts-from';
  if (allowance !== undefined) return `${allowance}: ${text}`;
  const by = keyOf(source) === key ? '' : `${keyOf(source)}: `;
  return `${by}${word} ${text}`;
}

function carrierText(
  { rule, direction }: { readonly rule: RuleRef; readonly direction: Direction },
  { locate }: Explained,
): string {
  const side = direction.toLowerCase();
  const { namespace, name, rule: index } = rule;
  const object: ObjectRef = { group: 'networking.k8s.io', kind: 'NetworkPolicy', namespace, name };
  const place = locate(object, ['spec', side, ...(index === undefined ? [] : [index])]);
  const known = place === keyOf(object) ? '' : ` (${place})`;
  return `${side}${index === undefined ? '' : `[${index}]`} of ${namespace}/${name}${known}`;
}

function mentionText(mention: Undeclared, { key, isolation }: Explained): string {
  const { service, namespace } = mention;
  const entry = namespace === partsOf(key).namespace ? service : `${service}.${namespace}`;
  const egress = isolation.find(({ direction }) => direction === 'Egress');
  const first = egress?.declarations.length === 0 ? ', which then lists all that it talks to' : '';
  return `${mention.by} names Service ${namespace}/${service} (${mention.place}); if it is called, add ${entry} to talks-to${first}`;
}

function addressesOf({ targets }: Edge) {
  const known = targets.flatMap(({ learnt }) => learnt ?? []);
  const addresses = known.map(({ address, until }) => ({
    address,
    ...(until !== undefined && { graceUntil: formatTime(until) }),
  }));
  return addresses.length === 0 ? {} : { addresses };
}

/** The explanation in the shape of docs/schemas/explain.json. */
export function formatExplanationJson(explained: Explained): string {
  const { key, isAudited, isPlanned, isolation, own, others, allowed } = explained;
  const { findings, undeclared } = explained;
  const { locate } = explained;
  const edgeOf = ({ edge, state, carriers }: CarriedEdge) => ({
    direction: edge.direction.toLowerCase(),
    entry: edge.text,
    ...(edge.allowance !== undefined && { allowance: edge.allowance }),
    source: keyOf(edge.source),
    place: locate(edge.source, edge.at.path, edge.at.offset),
    state: state.state,
    reason: state.reason.code,
    message: explainState(state),
    ...addressesOf(edge),
    carriedBy: carriers.map(({ rule, direction }) => ({
      ...{ namespace: rule.namespace, name: rule.name, direction: direction.toLowerCase() },
      ...(rule.rule !== undefined && { rule: rule.rule }),
    })),
  });
  const whole = {
    ...{ version: formatVersion, workload: key, audited: isAudited, planned: isPlanned },
    isolation: isolation.map(({ direction, policies, declarations, isDenied }) => ({
      direction: direction.toLowerCase(),
      isolated: policies.length > 0,
      policies: policies.map(({ namespace, name, ours }) => ({ namespace, name, ours })),
      declaredAt: declarations.map(({ source, at }) => locate(source, at.path, at.offset)),
      defaultDeny: isDenied,
    })),
    own: own.map(edgeOf),
    others: others.map(edgeOf),
    allowed: allowed.map(edgeOf),
    findings: findings.map(({ object, at, code, data }) => ({
      ...{ place: locate(object, at.path, at.offset), severity: severityOf(code), code },
      message: messageOf({ code, data } as Parameters<typeof messageOf>[0]),
    })),
    undeclared: undeclared.map((mention) => ({
      service: `${mention.namespace}/${mention.service}`,
      by: mention.by,
      place: mention.place,
    })),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

import { type Direction, protocols } from '../model/policy.ts';
import type { DirectionVerdict } from '../reach/judge.ts';
import { isNoPort } from '../reach/port-set.ts';
import { portsText } from '../reach/port-text.ts';
import type { RuleRef } from '../reach/rules.ts';
import { type Answer, type Connection, endsOf } from './ask.ts';
import type { PortName } from './question.ts';
import type { Asked, Lacking } from './resolve.ts';

/** Where a policy, or a rule of it, stands: `file:line:column`; undefined where that is not known. */
export type Locate = (ref: RuleRef, direction: Direction) => string | undefined;

/** A policy that decided, and which of its rules; without `rule` it isolates and none allows. */
export interface DecidingPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly rule?: number;
  readonly place?: string;
}

/** Why an answer is as it is, as data and as a sentence. */
export interface Reason {
  /** Absent where no policy decided. */
  readonly direction?: 'egress' | 'ingress';
  /** The pod that policies were asked about: it opens the connection, or accepts it. */
  readonly of?: string;
  readonly isolated?: boolean;
  readonly allowed?: boolean;
  readonly policies?: readonly DecidingPolicy[];
  readonly message: string;
}

const mostNamed = 3;

/** The reasons of an answer: one for each direction, and what else there is to know. */
export function reasonsOf(answer: Answer, locate: Locate): Reason[] {
  const { decided, differing, lacking } = answer;
  if (lacking !== undefined) return [{ message: sentenceOfLack(lacking) }];
  if (decided === undefined) return [];
  return [
    reasonOf(decided, 'Egress', locate),
    reasonOf(decided, 'Ingress', locate),
    ...(differing.length > 0 ? [{ message: sentenceOfDifference(differing) }] : []),
  ];
}

/** The answer in one paragraph. */
export function paragraphOf(answer: Answer, locate: Locate): string {
  const { from, to } = endsOf(answer);
  const { allowed, port, decided } = answer;
  const verb = allowed ? 'may' : 'may not';
  const head = `${allowed ? 'yes' : 'no'}: ${from} ${verb} open connections to ${to} on ${portText(port)}.`;
  const pair = decided && pairText(answer, decided);
  const reasons = reasonsOf(answer, locate).map(({ message }) => message);
  return [head, ...(pair ? [pair] : []), ...new Set(reasons)].join(' ');
}

/** Which pods and which port decided, where a Service stands for others. */
function pairText({ from, to, allowed }: Answer, decided: Connection): string | undefined {
  if (from.type !== 'service' && to.type !== 'service') return undefined;
  const { from: sender, to: receiver, asked } = decided;
  const how = allowed ? 'That is' : 'What is refused is';
  return `${how} ${sender.name} to ${receiver.name} on ${askedText(asked)}.`;
}

function reasonOf(connection: Connection, direction: Direction, locate: Locate): Reason {
  const side = direction === 'Egress' ? 'egress' : 'ingress';
  const near = direction === 'Egress' ? connection.from : connection.to;
  const verdict = connection[side];
  const policies = verdict.by.map((ref): DecidingPolicy => {
    const place = locate(ref, direction);
    return { ...ref, ...(place !== undefined && { place }) };
  });
  const { isolated, allowed } = verdict;
  const message = sentenceOf(connection, direction, policies);
  return { direction: side, of: near.name, isolated, allowed, policies, message };
}

function sentenceOf(
  connection: Connection,
  direction: Direction,
  policies: readonly DecidingPolicy[],
): string {
  const side = direction === 'Egress' ? 'egress' : 'ingress';
  const { party, name } = direction === 'Egress' ? connection.from : connection.to;
  const verdict: DirectionVerdict = connection[side];
  if ('address' in party) return `${name} is outside, where no NetworkPolicy holds.`;
  if (party.hostNetwork) return `${name} is on its node's network, where no NetworkPolicy holds.`;
  if (!verdict.isolated) {
    const any = direction === 'Egress' ? 'may open any connection' : 'accepts any connection';
    return `No NetworkPolicy isolates ${name} for ${side}, so that it ${any}.`;
  }
  if (verdict.allowed) {
    if (policies.length === 0) return `A pod always reaches itself.`;
    const rules = policies.map((each) => `${side}[${each.rule}] of ${policyText(each)}`);
    const does = direction === 'Egress' ? `${name} open it` : `it in to ${name}`;
    return `${listed(rules)} ${rules.length > 1 ? 'let' : 'lets'} ${does}.`;
  }
  return refusal(connection, direction, policies);
}

function refusal(
  { from, to, ports, isBlind }: Connection,
  direction: Direction,
  policies: readonly DecidingPolicy[],
): string {
  const side = direction === 'Egress' ? 'egress' : 'ingress';
  const [near, far] = direction === 'Egress' ? [from, to] : [to, from];
  const many = policies.length > 1;
  const what = `${listed(policies.map(policyText))} ${many ? 'isolate' : 'isolates'} ${near.name} for ${side}`;
  const theirs = many ? 'no rule of theirs' : 'no rule of it';
  const lets = direction === 'Egress' ? `lets it reach ${far.name}` : `lets ${far.name} in`;
  const set = ports[side];
  const unseen = isBlind[side]
    ? ` Rules by address were not compared, since the addresses of ${far.name} are not known; ask about one of its pods.`
    : '';
  return isNoPort(set)
    ? `${what}, and ${theirs} ${lets}.${unseen}`
    : `${what}, with rules that allow ${far.name} ${portsText(set)} only.${unseen}`;
}

function sentenceOfDifference(tried: readonly Connection[]): string {
  const open = tried.filter(({ allowed }) => allowed).map(({ to }) => to.name);
  const closed = tried.filter(({ allowed }) => !allowed).map(({ to }) => to.name);
  return `Not every pod behind the Service can be reached: ${listed(open)} can, ${listed(closed)} cannot, so that some connections fail.`;
}

/** Why a Service grants nothing, as a sentence. */
export function sentenceOfLack(lacking: Lacking): string {
  const { namespace, name, ports } = lacking.service;
  const service = `Service ${namespace}/${name}`;
  switch (lacking.code) {
    case 'NobodyBehind':
      return `No pod or workload in the input is behind ${service}, so that nobody answers.`;
    case 'NoSuchPort': {
      const known = ports.map((each) => `${each.port}/${each.protocol}`);
      const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
      const { port, protocol = '' } = lacking.port;
      const wanted =
        port === undefined ? `${protocol} port`.trim() : `port ${portText(lacking.port)}`;
      return `${service} has no ${wanted}; ${has}.`;
    }
    case 'NoEndpoint': {
      const { targetPort, port } = lacking.port;
      return `No pod behind ${service} has a container port named ${targetPort}, which its port ${port} leads to.`;
    }
  }
}

function policyText({ namespace, name, place }: DecidingPolicy): string {
  return `NetworkPolicy ${namespace}/${name}${place === undefined ? '' : ` (${place})`}`;
}

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, mostNamed);
  const more = texts.length - shown.length;
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  return all.length > 1 ? `${all.slice(0, -1).join(', ')} and ${all.at(-1)}` : (all[0] ?? 'none');
}

function askedText(asked: Asked): string {
  if ('port' in asked) return `${asked.port}/${asked.protocol}`;
  return asked.every.length === protocols.length ? 'every port' : `every ${asked.every[0]} port`;
}

function portText({ port, protocol }: PortName): string {
  if (port === undefined) return protocol === undefined ? 'every port' : `every ${protocol} port`;
  if (typeof port === 'string') return protocol === undefined ? port : `${port}/${protocol}`;
  return `${port}/${protocol ?? 'TCP'}`;
}

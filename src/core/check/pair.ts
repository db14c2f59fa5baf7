import type { Question } from '../inventory/ask.ts';
import { protocols } from '../model/policy.ts';
import { allowedPortsBetween } from '../reach/allowed-ports.ts';
import {
  everyPort,
  intersectPorts,
  isEveryPort,
  isNoPort,
  noPort,
  type PortSet,
  portSetOf,
  subtractPorts,
  unitePorts,
} from '../reach/port-set.ts';
import type { Assertion } from './assertion.ts';
import type { Sender } from './senders.ts';
import type { Target, TargetEnd, Wanted } from './targets.ts';

type Kind = Assertion['kind'];

/** Whether an assertion says anything about a pair. */
export function isJudged(kind: Kind, sender: Sender, target: Target): boolean {
  if (kind === 'allow') return true;
  return target.demands.some(({ ends }) => ends.some((end) => !isSkipped(sender, target, end)));
}

/** Whether a pair is not as the assertion says. */
export function failsBetween(kind: Kind, sender: Sender, target: Target): boolean {
  if (kind === 'allow') {
    return target.lacking !== undefined || target.demands.some((each) => isRefused(sender, each));
  }
  return target.demands.some(({ ends }) =>
    ends.some((end) => !isSkipped(sender, target, end) && !isNoPort(openPorts(sender, end))),
  );
}

/** Of a pair that fails: on which ports, and the question whose answer tells why. */
export function explainPair(
  kind: Kind,
  sender: Sender,
  target: Target,
): { readonly ports: PortSet; readonly question: Question } {
  return kind === 'allow' ? explainRefused(sender, target) : explainOpen(sender, target);
}

function explainRefused(sender: Sender, target: Target) {
  const question = { from: sender.asked, to: target.asked };
  if (target.lacking !== undefined) {
    return { ports: noPort, question: { ...question, ...target.lacking } };
  }
  const refused = target.demands.filter((each) => isRefused(sender, each));
  const ports = refused
    .map((demand) => servicePorts(demand) ?? missingPorts(sender, demand.ends[0]))
    .reduce(unitePorts, noPort);
  const isWhole = !target.isService && refused.every(({ ends }) => ends[0]?.ports === everyPort);
  return { ports, question: isWhole ? question : { ...question, ...firstOf(ports) } };
}

function explainOpen(sender: Sender, target: Target) {
  const open = target.demands.flatMap((demand) =>
    demand.ends
      .filter((end) => !isSkipped(sender, target, end))
      .map((end) => ({ demand, end, ports: openPorts(sender, end) }))
      .filter(({ ports }) => !isNoPort(ports)),
  );
  const ports = open
    .map(({ demand, ports: own }) => servicePorts(demand) ?? own)
    .reduce(unitePorts, noPort);
  const [first] = open;
  const question = { from: sender.asked, to: first ? first.end.asked : target.asked };
  const isWhole = first === undefined || isEveryPort(first.ports);
  return { ports, question: isWhole ? question : { ...question, ...firstOf(first.ports) } };
}

/**
 * Where a pattern has brought a party together with itself, or with what makes it. Two pods of one
 * workload are two parties.
 */
function isSkipped(sender: Sender, target: Target, { name, unit, top }: TargetEnd): boolean {
  if (!sender.byPattern && !target.byPattern) return false;
  return (
    sender.name === name ||
    (unit !== undefined && (sender.unit === unit || sender.top === unit || top === sender.unit))
  );
}

function isRefused({ endpoint }: Sender, { ends }: Wanted): boolean {
  return !ends.some((end) => {
    const allowed = allowedPortsBetween(endpoint, end.endpoint);
    return allowed === everyPort || isNoPort(subtractPorts(end.ports, allowed));
  });
}

function openPorts({ endpoint }: Sender, end: TargetEnd): PortSet {
  const allowed = allowedPortsBetween(endpoint, end.endpoint);
  return isNoPort(allowed) ? allowed : intersectPorts(end.ports, allowed);
}

function missingPorts({ endpoint }: Sender, end: TargetEnd | undefined): PortSet {
  if (end === undefined) return noPort;
  return subtractPorts(end.ports, allowedPortsBetween(endpoint, end.endpoint));
}

function servicePorts({ servicePort }: Wanted): PortSet | undefined {
  if (servicePort === undefined) return undefined;
  const { port, protocol } = servicePort;
  return portSetOf([{ first: port, last: port, protocol }]);
}

function firstOf(ports: PortSet) {
  for (const protocol of protocols) {
    const [range] = ports[protocol];
    if (range !== undefined) return { port: range.first, protocol };
  }
  return {};
}

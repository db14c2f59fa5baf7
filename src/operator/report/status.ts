import { isDeepStrictEqual } from 'node:util';
import { type Compiled, compile } from '../../core/compile/compile.ts';
import { formatTime } from '../../core/intent/time.ts';
import type { JudgedEdge } from '../../core/model/edge-state.ts';
import type { Finding, FindingData } from '../../core/model/finding.ts';
import { type Key, keyOf, partsOf } from '../../core/model/identity.ts';
import { fieldManager } from '../../core/model/names.ts';
import { directions, type NetworkPolicy } from '../../core/model/policy.ts';
import type { ResourceRecord } from '../../core/model/records.ts';
import { planKey } from '../../core/plan/plan.ts';
import type { Programmed } from '../../core/status/conditions.ts';
import { messageOf } from '../../core/status/messages.ts';
import { statusOf } from '../../core/status/resource-status.ts';
import { type Status, statusSchema } from '../../core/status/schema.ts';
import type { World } from '../../core/world/world.ts';
import { apiVersionOf, objectPath, resources } from '../../kube/resources.ts';
import { stopCodes } from '../memory.ts';
import type { Reporter } from './reporter.ts';

/** What the status of a resource follows from, besides the world. */
interface Reported {
  readonly record: ResourceRecord;
  readonly compiled: Compiled;
  readonly edges: readonly JudgedEdge[];
  /** What holds the writes of keys back. */
  readonly stops: ReadonlyMap<Key, Finding>;
}

/** Writes the status of a resource, if it is another than the live one. */
export async function reportStatus(
  { client, wallClock, listen }: Reporter,
  world: World,
  { record, compiled, edges, stops }: Reported,
  signal: AbortSignal,
): Promise<void> {
  const live = statusSchema.safeParse(record.status);
  const conditions = live.success ? (live.data.conditions ?? []) : [];
  const { policies, programmed, audited } = carrierOf(world, compiled, stops);
  const [policy] = policies;
  const types = new Set(policy?.spec.policyTypes ?? []);
  const status = statusOf(
    {
      generation: record.generation,
      accepted: world.resource(compiled.key)?.intent.subject !== undefined,
      findings: compiled.findings,
      isolated: new Set(directions.filter((direction) => !audited && types.has(direction))),
      edges,
      ...(policy !== undefined && { policy: policy.metadata.name }),
      programmed,
    },
    conditions,
    formatTime(wallClock()),
  );
  if (isSameStatus(status, record.status, live.data?.conditions)) return;
  const hear = listen(resources.appConnectivities);
  const answer = await client.applyStatus(
    objectPath(resources.appConnectivities, record),
    {
      apiVersion: apiVersionOf(resources.appConnectivities),
      kind: resources.appConnectivities.kind,
      metadata: { namespace: record.namespace, name: record.name },
      status,
    },
    { fieldManager, force: true, signal },
  );
  hear(answer);
}

/** Compared as JSON, since that is what the server has. Conditions of types that are not ours may stay. */
function isSameStatus(status: Status, live: unknown, conditions: Status['conditions']): boolean {
  const types = new Set(status.conditions?.map(({ type }) => type));
  const ours = conditions?.filter(({ type }) => types.has(type));
  const shown = ours === undefined ? live : { ...(live as object), conditions: ours };
  return isDeepStrictEqual(JSON.parse(JSON.stringify(status)), shown);
}

/** The policies that carry a resource's edges: its own, or those of the workload that it names. */
function carrierOf(
  world: World,
  compiled: Compiled,
  stops: Reported['stops'],
): {
  readonly policies: readonly NetworkPolicy[];
  readonly programmed: Programmed;
  readonly audited: boolean;
} {
  const { namespace } = partsOf(compiled.key);
  const subject = world.resource(compiled.key)?.intent.subject;
  if (subject?.type !== 'workload') {
    const programmed = programmedOf(world, compiled, stops);
    return { policies: compiled.policies, programmed, audited: isAudited(compiled) };
  }
  const carrier = compile(world, keyOf({ kind: subject.kind, namespace, name: subject.name }));
  const missing = compiled.findings.find(({ code }) => code === 'WorkloadNotFound');
  const programmed: Programmed =
    missing === undefined
      ? programmedOf(world, carrier, stops)
      : { done: false, reason: missing.code, message: messageOf(missing) };
  return { policies: carrier.policies, programmed, audited: isAudited(carrier) };
}

/** Whether the live policies of a key are the wanted ones, and what is in the way. */
function programmedOf(
  world: World,
  { key, policies, findings }: Pick<Compiled, 'key' | 'policies' | 'findings'>,
  stops: Reported['stops'],
): Programmed {
  const plan = planKey(world, key, policies);
  const pending = plan.changes.length + plan.withheld.length > 0 || plan.held;
  const stop = [...plan.findings, ...(pending ? [stops.get(key)] : [])].find(isStop);
  if (stop !== undefined) return stoppedBy(stop);
  const pods = findings.find(({ code, at }) => code === 'NoSelectableLabels' && isSelector(at));
  if (pods !== undefined && policies.length === 0) return stoppedBy(pods);
  if (pending) return notWritten;
  if (policies.length > 0) return { done: true };
  const audit = findings.find(({ code }) => code === 'InAudit');
  return audit === undefined ? nothing : { done: true, reason: 'Audit', message: messageOf(audit) };
}

/** A policy that stays in audit allows its pods everything. */
function isAudited({ findings }: Pick<Compiled, 'findings'>): boolean {
  return findings.some(({ code }) => code === 'InAudit');
}

function isStop(found: Finding | undefined): found is Finding {
  if (found === undefined) return false;
  if (found.code !== 'NameConflict') return stopCodes.has(found.code);
  return (found.data as FindingData['NameConflict']).instead === '';
}

/** `NotKnownWhole` ends by itself: the kind is read again as soon as the server lets it be. */
function stoppedBy(stop: Finding): Programmed {
  const { code } = stop;
  const stalled = code !== 'NotKnownWhole';
  return { done: false, reason: code, message: messageOf(stop), ...(stalled && { stalled }) };
}

const notWritten: Programmed = {
  ...{ done: false, reason: 'NotWritten', message: 'its policies are being written' },
};
const nothing: Programmed = {
  ...{ done: false, reason: 'NoPolicy', message: 'nothing of it could be accepted' },
};

function isSelector({ path }: { readonly path: readonly (string | number)[] }): boolean {
  return path.join('.') === 'spec.selector';
}

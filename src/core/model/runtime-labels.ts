import { nameOfKind } from './kinds.ts';
import type { LabelRequirement } from './labels.ts';
import type { WorkloadRecord } from './records.ts';

/** A label that controllers of Kubernetes put on pods beside those of their template. */
interface RuntimeLabel {
  /** The kinds of workloads whose pods get it; those of other kinds of Kubernetes never do. */
  readonly kinds: readonly string[];
  readonly values: (name: string, value: string) => boolean;
}

const isNumber = (value: string) => /^\d+$/.test(value);
const afterName = (name: string, value: string) =>
  value.startsWith(`${name}-`) ? value.slice(name.length + 1) : '';

const runtimeLabels = new Map<string, RuntimeLabel>([
  [
    'statefulset.kubernetes.io/pod-name',
    { kinds: ['StatefulSet'], values: (name, value) => isNumber(afterName(name, value)) },
  ],
  [
    'apps.kubernetes.io/pod-index',
    { kinds: ['StatefulSet'], values: (_, value) => isNumber(value) },
  ],
  [
    'batch.kubernetes.io/job-completion-index',
    { kinds: ['Job', 'CronJob'], values: (_, value) => isNumber(value) },
  ],
]);

/** Whether a key is that of a label that pods get from Kubernetes itself at run time. */
export function isRuntimeLabel(key: string): boolean {
  return runtimeLabels.has(key);
}

/**
 * Whether pods of a workload get a label at run time that meets what is demanded of it: `yes` where
 * Kubernetes itself puts it there, `no` where it never does so for this kind, or never such a value;
 * else somebody may.
 */
export function getsLabel(
  { ref }: WorkloadRecord,
  { key, operator, values = [] }: LabelRequirement,
): 'yes' | 'no' | 'maybe' {
  const label = runtimeLabels.get(key);
  if (label === undefined) return 'maybe';
  const kind = nameOfKind(ref.group, ref.kind);
  // A kind that others define may be a StatefulSet in all but name.
  if (kind.includes('.')) return 'maybe';
  if (!label.kinds.includes(kind)) return 'no';
  const fits = operator === 'Exists' || values.some((value) => label.values(ref.name, value));
  return fits ? 'yes' : 'no';
}

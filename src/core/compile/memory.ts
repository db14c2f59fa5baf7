import { formatKept, type Kept, keepSpec, keepTexts } from '../intent/accepted.ts';
import { formatPorts } from '../intent/template-ports.ts';
import { acceptedAnnotation, portsAnnotation } from '../model/names.ts';
import type { Direction } from '../model/policy.ts';
import type { NamespaceState, Resource, Workload } from '../world/namespace-state.ts';

/** What a policy remembers beside its rules. */
export interface Memory {
  readonly annotations: Readonly<Record<string, string>>;
  /** Resources whose texts did not fit. */
  readonly left: readonly string[];
}

/**
 * A policy carries every text whose entries are in it: those of the workload, of the resources about
 * it, and of its namespace in the directions in which it is isolated. And the ports of its template,
 * for when the workload is gone and its pods still drain.
 */
export function memoryOfWorkload(
  state: NamespaceState,
  workload: Workload,
  isolated: readonly Direction[],
): Memory {
  const memory = format({
    own: keepTexts(workload.intent),
    namespace: namespaceTexts(state, isolated),
    resources: specsOf(state.resourcesAbout(workload)),
  });
  const ports = formatPorts(workload.record.ports);
  if (ports === '') return memory;
  return { ...memory, annotations: { ...memory.annotations, [portsAnnotation]: ports } };
}

export function memoryOfResource(
  state: NamespaceState,
  resource: Resource,
  isolated: readonly Direction[],
): Memory {
  const namespace = namespaceTexts(state, isolated);
  return format({ own: {}, namespace, resources: specsOf([resource]) });
}

/** A default-deny remembers all that its Namespace says. */
export function memoryOfNamespace({ object }: NamespaceState): Memory {
  const namespace = object === undefined ? {} : keepTexts(object.intent);
  return format({ own: {}, namespace, resources: {} });
}

function namespaceTexts({ object }: NamespaceState, isolated: readonly Direction[]) {
  if (object === undefined) return {};
  const { declarations, switches } = object.intent;
  const said = declarations.filter(({ direction }) => isolated.includes(direction));
  return keepTexts({ declarations: said, switches });
}

function specsOf(resources: readonly Resource[]): Kept['resources'] {
  return Object.fromEntries(
    resources.flatMap(({ record, intent }) => {
      const spec = keepSpec(intent);
      return spec === undefined ? [] : [[record.name, spec] as const];
    }),
  );
}

function format(kept: Kept): Memory {
  const { text, left } = formatKept(kept);
  return { annotations: text === undefined ? {} : { [acceptedAnnotation]: text }, left };
}

import { z } from 'zod';
import { labelSelector, namespaceName } from '../core/intent/fields.ts';
import { canonicalSelector, type LabelSelector } from '../core/model/labels.ts';
import type { PartySettings } from '../core/model/settings.ts';
import { sourceRange } from './fields.ts';

const pods = { namespace: namespaceName, selector: labelSelector };

/** Who the parties are that no object of the cluster tells of (docs/design/0010, *Parties*). */
export const partiesSchema = z
  .strictObject({
    /** Through whom requests from outside come in, and the controllers that they belong to. */
    ingress: z
      .array(z.strictObject({ ...pods, controllers: z.array(z.string().min(1)).min(1).optional() }))
      .default([]),
    monitoring: z.array(z.strictObject(pods)).default([]),
    apiServerSources: z.array(sourceRange).default([]),
    nodeSources: z.array(sourceRange).default([]),
  })
  .default({ ingress: [], monitoring: [], apiServerSources: [], nodeSources: [] });

type Parties = z.infer<typeof partiesSchema>;

export function partiesOf({ ingress, monitoring, ...sources }: Parties): PartySettings {
  return {
    ...sources,
    ingress: ingress.map(({ controllers, ...party }) => ({
      ...inOneForm(party),
      ...(controllers !== undefined && { controllers }),
    })),
    monitoring: monitoring.map(inOneForm),
  };
}

/** The namespaces that hold them. */
export function namespacesOf({ ingress, monitoring }: Parties): string[] {
  return [...ingress, ...monitoring].map(({ namespace }) => namespace);
}

function inOneForm({ namespace, selector }: Parties['monitoring'][number]) {
  return { namespace, selector: canonicalSelector(selector as LabelSelector) };
}

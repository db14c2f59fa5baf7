import { z } from 'zod';
import { edgeStates } from '../model/edge-state.ts';

/**
 * The AppConnectivity resource, `status` side: the other half of the CRD. The server refuses a
 * status beyond these bounds as a whole, so whoever writes one cuts to them first.
 */
export const statusBounds = {
  edges: 256,
  conditions: 16,
  ports: 32,
  /** Other sources of one edge. */
  sources: 8,
  /** Names, and parties as they were written. */
  text: 512,
  reason: 128,
  message: 1024,
} as const;

const count = z.int().min(0).max(2_147_483_647);
const generation = z.int().min(0);
const reason = z
  .string()
  .max(statusBounds.reason)
  .regex(/^([A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?)?$/);
const text = z.string().max(statusBounds.text);

const edge = z.object({
  direction: z.enum(['Ingress', 'Egress']),
  peer: text.meta({ description: 'The party, in the language of the annotations.' }),
  ports: z.array(z.string().max(32)).max(statusBounds.ports).optional(),
  source: text
    .optional()
    .meta({ description: 'What declares it, such as AppConnectivity/checkout.' }),
  alsoDeclaredBy: z
    .array(text)
    .max(statusBounds.sources)
    .optional()
    .meta({ description: 'What declares it from its other end, with the namespace if another.' }),
  state: z.enum(edgeStates),
  reason: reason.optional(),
  message: z.string().max(statusBounds.message).optional(),
  policy: z
    .string()
    .max(253)
    .optional()
    .meta({ description: 'The NetworkPolicy of this namespace that holds it.' }),
});

/** meta/v1 Condition. */
const condition = z.object({
  type: z.string().min(1).max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: generation.optional(),
  lastTransitionTime: z.string().meta({ format: 'date-time' }),
  reason: reason.min(1),
  message: z.string().max(32_768),
});

/** `status` of an AppConnectivity resource. The operator writes it and never reads it as input. */
export const statusSchema = z.object({
  observedGeneration: generation
    .optional()
    .meta({ description: 'The generation of the spec that the rest is about.' }),
  isolation: z
    .object({ ingress: z.boolean().optional(), egress: z.boolean().optional() })
    .optional()
    .meta({ description: 'Whether the pods are isolated by us, in each direction.' }),
  edges: z
    .array(edge)
    .max(statusBounds.edges)
    .optional()
    .meta({ description: 'The flows that are declared; cut to those that need a person first.' }),
  edgesReady: count.optional(),
  edgesTotal: count.optional(),
  summary: z.string().max(64).optional().meta({ description: 'Edges ready of all, such as 5/6.' }),
  conditions: z
    .array(condition)
    .max(statusBounds.conditions)
    .optional()
    .meta({
      description: 'Accepted, ResolvedRefs, Programmed, Ready, Reconciling, Stalled.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    }),
});

export type Status = z.infer<typeof statusSchema>;

import { z } from 'zod';
import { anySelector } from '../intent/fields.ts';
import { portNameProblem } from '../intent/ports.ts';
import { canonicalSelector, type LabelSelector } from '../model/labels.ts';
import type { MonitorPort, MonitorRecord } from '../model/records.ts';
import { apart, placed, readable, refusedOf } from './apart.ts';
import { refOf } from './metadata.ts';
import { explained, withoutNulls } from './parsing.ts';
import { distinct } from './routes.ts';
import { metadata, portNumber, strings } from './schemas.ts';

/** A number, or the name of a containerPort. */
const targetPort = z.union([portNumber, z.string().min(1)], {
  error: 'a port is a number from 1 to 65535, or the name of a port',
});

const namespaceSelector = z.object({ any: z.boolean().nullish(), matchNames: strings });
const endpoint = z.object({ port: z.string().nullish(), targetPort: targetPort.nullish() });
const podEndpoint = endpoint.extend({ portNumber: portNumber.nullish() });

// Nothing checks these selectors before us; one that is missing would match everything.
const spec = z.object({
  selector: anySelector,
  namespaceSelector: namespaceSelector.nullish(),
});
const serviceMonitorObject = z.object({
  metadata,
  spec: spec.extend({ endpoints: z.array(apart(endpoint)).nullish() }),
});
const podMonitorObject = z.object({
  metadata,
  spec: spec.extend({ podMetricsEndpoints: z.array(apart(podEndpoint)).nullish() }),
});

export const monitoringGroup = 'monitoring.coreos.com';

export function readServiceMonitor(raw: unknown): MonitorRecord {
  const { metadata: own, spec: said } = serviceMonitorObject.parse(raw, explained);
  const endpoints = placed(['spec', 'endpoints'], said.endpoints);
  return {
    ...{ kind: 'Monitor', ref: refOf(own, monitoringGroup, 'ServiceMonitor') },
    ...scopeOf(said),
    ports: distinct(readable(endpoints).flatMap(portOf)),
    ...refusedOf(endpoints),
  };
}

export function readPodMonitor(raw: unknown): MonitorRecord {
  const { metadata: own, spec: said } = podMonitorObject.parse(raw, explained);
  const endpoints = placed(['spec', 'podMetricsEndpoints'], said.podMetricsEndpoints);
  const ports = readable(endpoints).flatMap(portOf);
  return {
    ...{ kind: 'Monitor', ref: refOf(own, monitoringGroup, 'PodMonitor') },
    ...scopeOf(said),
    ports: distinct(ports.filter((each) => !('name' in each) || isPortName(each.name))),
    ...refusedOf(endpoints),
  };
}

function scopeOf({ selector, namespaceSelector: names }: z.infer<typeof spec>) {
  const listed = names?.matchNames ?? [];
  const namespaces: MonitorRecord['namespaces'] = listed.length > 0 ? listed : 'own';
  return {
    selector: canonicalSelector(withoutNulls(selector) as LabelSelector),
    namespaces: names?.any === true ? 'any' : namespaces,
  } as const;
}

/**
 * The first of these that is written counts, as for the operator of Prometheus; none: no port. Nor is
 * one a name that no containerPort can have: a policy with it would be refused, with all else in it.
 */
function portOf({
  port,
  portNumber: number,
  targetPort: target,
}: Partial<z.infer<typeof podEndpoint>>): MonitorPort[] {
  if (port) return [{ name: port }];
  const meant = number ?? target;
  if (meant == null || (typeof meant === 'string' && !isPortName(meant))) return [];
  return [{ targetPort: meant }];
}

function isPortName(text: string): boolean {
  return portNameProblem(text) === undefined;
}

import { Counter, Histogram, type Registry } from 'prom-client';
import type { CallReport } from '../../kube/calls.ts';
import { seconds } from './buckets.ts';

export interface CallMetrics {
  onCall(report: CallReport): void;
}

/** Calls to the API server. Which codes there will be is not known, so none starts at zero. */
export function createCallMetrics(registry: Registry): CallMetrics {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Calls to the API server, by verb, resource and HTTP code.',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long calls to the API server took.',
    labelNames: ['verb', 'resource'],
    buckets: seconds,
    registers: [registry],
  });
  return {
    onCall: ({ verb, resource, code, seconds: lasted }) => {
      requests.inc({ verb, resource, code: `${code}` });
      durations.observe({ verb, resource }, lasted);
    },
  };
}

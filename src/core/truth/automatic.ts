import type { WorkloadRecord } from '../model/records.ts';
import { isDenied } from './declared.ts';
import { metricsRules } from './metrics.ts';
import { routeRules } from './routes.ts';
import type { Rule } from './rule.ts';
import type { Voices } from './voices.ts';
import { webhookRules } from './webhooks.ts';

/* "When allowances count" of 0010. */

/** What is added to the ingress word of an isolated W that is not vetoed. */
export function automaticRules(voices: Voices, workload: WorkloadRecord): Rule[] {
  return [
    ...(isDenied(voices, workload, 'routes') ? [] : routeRules(voices, workload)),
    ...(isDenied(voices, workload, 'metrics') ? [] : metricsRules(voices, workload)),
    ...(isDenied(voices, workload, 'webhooks') ? [] : webhookRules(voices.world, workload)),
  ];
}

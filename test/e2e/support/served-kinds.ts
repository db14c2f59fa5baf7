import { defaultKinds } from '../../../src/core/model/kinds.ts';
import { watchedKinds } from '../../../src/operator/watched-kinds.ts';

/** Groups that a server without any CRD but ours does not have. */
const absent: ReadonlySet<string> = new Set([
  ...['argoproj.io', 'gateway.networking.k8s.io', 'monitoring.coreos.com'],
]);

/** The kinds that the operator watches where nobody has installed other CRDs. */
export const servedKinds = watchedKinds(defaultKinds).filter(
  ({ resource }) => !absent.has(resource.group),
);

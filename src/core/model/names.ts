/** Our label and annotations on generated policies, and the one fixed name. */
export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedBy = 'appconnectivity';
/** The label that the API server keeps on every Namespace (KEP-2161). */
export const namespaceNameLabel = 'kubernetes.io/metadata.name';
export const identityAnnotation = 'appconnectivity.dev/identity';
/**
 * On a policy that allows everything: its value says why. NetworkPolicy cannot exempt pods from
 * another policy, so whoever is in audit under one keeps such a policy.
 */
export const exemptAnnotation = 'appconnectivity.dev/exempt';
export const exemptReason = 'audit';
export const defaultDenyName = 'appconn-default-deny';

/** The field manager of every server-side apply of ours. */
export const fieldManager = 'appconnectivity';

/** On a shard that allows all in these directions (`Ingress,Egress`) until its siblings are there. */
export const bridgeAnnotation = 'appconnectivity.dev/bridge';

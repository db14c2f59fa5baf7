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
/** The declarations whose entries are in the policy, as JSON: what stands in for invalid ones. */
export const acceptedAnnotation = 'appconnectivity.dev/accepted';
/** The containerPorts of the workload's template, for when it is gone and its pods still drain. */
export const portsAnnotation = 'appconnectivity.dev/ports';
/** The addresses that it is made of and that no object tells, as JSON: of hosts, and of the API server. */
export const addressesAnnotation = 'appconnectivity.dev/addresses';
/** What tells a policy of ours that a backup brought back from one that somebody wrote or copied. */
export const checksumAnnotation = 'appconnectivity.dev/checksum';
/** What a policy says, in one line for people; part of what is compiled. */
export const summaryAnnotation = 'appconnectivity.dev/summary';
/** What the names of all our policies begin with. */
export const policyPrefix = 'appconn-';

/** The edges of a policy's workload that need a person; written apart, once they are judged. */
export const attentionAnnotation = 'appconnectivity.dev/attention';
export const defaultDenyName = `${policyPrefix}default-deny`;

/** The field manager of every server-side apply of ours. */
export const fieldManager = 'appconnectivity';

/** On a shard that allows all in these directions (`Ingress,Egress`) until its siblings are there. */
export const bridgeAnnotation = 'appconnectivity.dev/bridge';
/** The field manager of the one annotation that is written apart from its policy. */
export const statusManager = 'appconnectivity-status';

/** The pods of NodeLocal DNSCache, wherever its manifest comes from. */
export const localDnsLabels = { 'k8s-app': 'node-local-dns' } as const;

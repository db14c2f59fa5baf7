import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import type { WorldRecord } from '../../src/core/model/records.ts';
import { allowedPorts } from '../../src/core/reach/allowed-ports.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { policySet } from '../../src/core/reach/policy-set.ts';
import { isEveryPort, isNoPort, type PortSet } from '../../src/core/reach/port-set.ts';

/** Addresses that stand for the outside: one that the examples name, and any other. */
const outside: readonly string[] = ['203.0.113.7', '198.51.100.1'];

/**
 * What some policies allow, as lines `from -> to: ports`, sorted: between every two workloads, and
 * from and to the outside. Judged by `reach` alone.
 */
export function listConnections(
  records: readonly WorldRecord[],
  policies: readonly NetworkPolicy[],
): string[] {
  const namespaces = new Map(
    records.flatMap((record) =>
      record.kind === 'Namespace' ? [[record.name, record.labels]] : [],
    ),
  );
  const source = policySet(namespaces, policies);
  const parties = partiesOf(records);
  const lines: string[] = [];
  for (const [from, sender] of parties) {
    for (const [to, receiver] of parties) {
      if (from === to || ('address' in sender && 'address' in receiver)) continue;
      const ports = allowedPorts(source, sender, receiver);
      if (!isNoPort(ports)) lines.push(`${from} -> ${to}: ${formatPorts(ports)}`);
    }
  }
  return lines.sort();
}

function partiesOf(records: readonly WorldRecord[]): Map<string, Party> {
  const parties = new Map<string, Party>(outside.map((address) => [address, { address }]));
  for (const record of records) {
    if (record.kind !== 'Workload') continue;
    const { ref, labels, ports } = record;
    const name = `${ref.namespace}/${ref.name}`;
    parties.set(name, { namespace: ref.namespace, labels, ports, name });
  }
  return parties;
}

function formatPorts(ports: PortSet): string {
  if (isEveryPort(ports)) return 'all ports';
  const texts = Object.entries(ports).flatMap(([protocol, ranges]) =>
    ranges.map(({ first, last }) => `${first === last ? first : `${first}-${last}`}/${protocol}`),
  );
  return texts.join(' ');
}

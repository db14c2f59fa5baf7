import { quote } from '../core/intent/explain.ts';
import { Connections, outside } from '../core/inventory/connections.ts';
import type { Inventory, Unit } from '../core/inventory/inventory.ts';
import { nameOfUnit } from '../core/inventory/inventory.ts';
import { findAll } from '../core/inventory/pattern.ts';
import { type Meant, nameOf, sendersOf } from '../core/inventory/resolve.ts';
import { type GatherOptions, gather } from './gather.ts';
import type { ExitCode, Host } from './host.ts';
import { UsageError } from './manifests.ts';
import { formatDot, formatMermaid } from './reach-graph.ts';
import { formatCsv, formatJson, formatTable, formatWide } from './reach-text.ts';

export interface ReachOptions extends GatherOptions {
  /** Parties as `can-reach` takes them, patterns as `check` does, or `outside`; empty: everyone. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Only what addresses outside and pods of any namespace may reach. */
  readonly exposed: boolean;
  readonly output: keyof typeof formats;
}

const formats = {
  table: formatTable,
  wide: formatWide,
  json: formatJson,
  csv: formatCsv,
  dot: formatDot,
  mermaid: formatMermaid,
};

/** Output is written in pieces of about this length (characters). */
const pieceLength = 65_536;

/**
 * Prints who may open connections to whom, as policies allow it. 0; 2 where something in the input
 * cannot be read, so that the answer may be wrong. Throws UsageError for a party that is not known.
 */
export async function reach(
  options: ReachOptions,
  host: Host,
  standardInput: () => string,
): Promise<ExitCode> {
  refuse(options);
  const { inventory, policies, locate, isBroken } = await gather(options, host, standardInput);
  const from = wantedOf(inventory, options.from, options.namespace);
  const to = wantedOf(inventory, options.to, options.namespace);
  const others = [...(from?.units ?? []), ...(to?.units ?? [])];
  const connections = new Connections(inventory, policies, others);
  const rows = options.exposed
    ? connections.exposed(to?.names)
    : connections.between({ from: from?.names, to: to?.names });
  if (connections.units.length === 0) host.say(noUnits);
  const isPart = options.exposed || from !== undefined || to !== undefined;
  const context = { standings: connections.standings(), isPart, locate };
  const pieces = formats[options.output](rows, context);
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < pieceLength) continue;
    host.print(text);
    text = '';
  }
  host.print(text);
  return isBroken ? 2 : 0;
}

const noUnits =
  'notice: there is no pod or workload here, so that there is nothing that connections could join';

function refuse({ exposed, from, to }: ReachOptions): void {
  if (exposed && from.length > 0) {
    throw new UsageError('--exposed asks what everybody may reach; leave --from out');
  }
  if ([from, to].every((names) => names.length > 0 && names.every((each) => each === outside))) {
    throw new UsageError(
      'from outside to outside is no matter of these policies; name a pod or workload',
    );
  }
  if (exposed && to.includes(outside)) {
    throw new UsageError(
      '--exposed asks what is reached from outside; name a pod or workload in --to',
    );
  }
}

interface WantedParties {
  readonly names: ReadonlySet<string>;
  readonly units: readonly Unit[];
}

/** Undefined: everyone. A Service is its pods. */
function wantedOf(
  inventory: Inventory,
  texts: readonly string[],
  namespace: string,
): WantedParties | undefined {
  if (texts.length === 0) return undefined;
  const names = new Set<string>();
  const units: Unit[] = [];
  for (const text of texts) {
    if (text === outside) names.add(outside);
    else units.push(...unitsNamed(inventory, text, namespace));
  }
  for (const unit of units) names.add(nameOfUnit(unit));
  return { names, units };
}

/** Of what a pattern matches, Services that nobody is behind bring nobody. */
function unitsNamed(inventory: Inventory, text: string, namespace: string): readonly Unit[] {
  const named = findAll(inventory, text, namespace);
  if ('error' in named) throw new UsageError(named.error);
  const units = named.flatMap(({ meant, byPattern }) =>
    byPattern && meant.type === 'service'
      ? inventory.behind(meant.service)
      : unitsOf(inventory, meant, text),
  );
  if (units.length > 0) return units;
  throw new UsageError(`no pod or workload is behind what ${quote(text)} matches`);
}

function unitsOf(inventory: Inventory, meant: Meant, text: string): readonly Unit[] {
  if (meant.type === 'address') {
    throw new UsageError(`${text} is outside: write "outside", or ask can-reach about one address`);
  }
  if (meant.type === 'unit' && meant.address !== undefined) {
    throw new UsageError(
      `${nameOf(meant)} has other addresses, too; name the pod, or ask can-reach about one address`,
    );
  }
  if (meant.type === 'unit') return [meant.unit];
  const units = inventory.behind(meant.service);
  if (units.length > 0) return units;
  const { selector, external } = meant.service;
  const refused = sendersOf(inventory, meant);
  const isStrange = external || selector === undefined;
  throw new UsageError(
    isStrange && 'error' in refused
      ? refused.error
      : `no pod or workload is behind ${nameOf(meant)}; give its manifest, or name another`,
  );
}

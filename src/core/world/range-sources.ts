import { compareText } from '../model/labels.ts';
import { meetingIn, outermost } from '../model/range.ts';
import type { NodeFacts, RangeRecord } from '../model/records.ts';
import { alsoThroughNat64, internal, notInternet } from '../model/reserved.ts';

/**
 * What Nodes and ServiceCIDRs tell: the cluster's own ranges, and the addresses of nodes. Answers are
 * made when they are asked for, since a start tells of as many ranges as there are nodes.
 */
export class RangeSources {
  readonly #configured: readonly string[];
  readonly #records = new Map<string, RangeRecord>();
  #ranges: readonly string[] | undefined;
  #notInternet: readonly string[] | undefined;
  #inside: ((address: string) => string[]) | undefined;
  #meeting: ((block: string) => string[]) | undefined;
  #addresses: readonly string[] | undefined;
  #controlPlane: readonly string[] | undefined;
  #gke = 0;
  #nodesWithPods = 0;

  constructor(configured: readonly string[]) {
    this.#configured = configured;
  }

  find({ source }: RangeRecord): RangeRecord | undefined {
    return this.#records.get(source);
  }

  /** Adds a record, of whose source there is none, or removes the one that was found. */
  set(record: RangeRecord, present: boolean): void {
    if (present) this.#records.set(record.source, record);
    else this.#records.delete(record.source);
    const change = present ? 1 : -1;
    if (record.node?.gke) this.#gke += change;
    if (record.node !== undefined && record.ranges.length > 0) this.#nodesWithPods += change;
    this.#ranges = undefined;
    this.#notInternet = undefined;
    this.#inside = undefined;
    this.#meeting = undefined;
    this.#addresses = undefined;
    this.#controlPlane = undefined;
  }

  /** The cluster's own address ranges; empty when nothing tells of them. */
  get ranges(): readonly string[] {
    this.#ranges ??= outermost([
      ...this.#configured,
      ...[...this.#records.values()].flatMap(({ ranges }) => ranges),
    ]);
    return this.#ranges;
  }

  /**
   * What `@internet` leaves out: what leads nowhere outside of the cluster, and its own ranges, also
   * through NAT64.
   */
  get notInternet(): readonly string[] {
    this.#notInternet ??= outermost(alsoThroughNat64(outermost([...notInternet, ...this.ranges])));
    return this.#notInternet;
  }

  /** Whether anything tells where pods are: the settings, or a Node. ServiceCIDRs do not. */
  get knowsPods(): boolean {
    return this.#configured.length > 0 || this.#nodesWithPods > 0;
  }

  /** Whether an address leads into the cluster, be it through NAT64, or nowhere outside of it. */
  isInside(address: string): boolean {
    this.#inside ??= meetingIn([...internal, ...alsoThroughNat64(this.ranges)]);
    return this.#inside(address).length > 0;
  }

  /** Those of the cluster's own ranges that have addresses in common with a block, sorted as text. */
  meeting(block: string): string[] {
    this.#meeting ??= meetingIn(this.ranges);
    return this.#meeting(block).sort();
  }

  /** The InternalIPs of all Nodes. */
  get nodeAddresses(): readonly string[] {
    this.#addresses ??= this.#addressesWhere(() => true);
    return this.#addresses;
  }

  /** Those of the Nodes of the control plane. */
  get controlPlane(): readonly string[] {
    this.#controlPlane ??= this.#addressesWhere(({ controlPlane }) => controlPlane);
    return this.#controlPlane;
  }

  /** Whether some Node is one of Google Kubernetes Engine. */
  get isGke(): boolean {
    return this.#gke > 0;
  }

  #addressesWhere(holds: (node: NodeFacts) => boolean): string[] {
    const nodes = [...this.#records.values()].flatMap(({ node }) => node ?? []);
    const addresses = nodes.filter(holds).flatMap((node) => node.addresses);
    return [...new Set(addresses)].sort(compareText);
  }
}

import { type Key, keyOfIdentity } from '../core/model/identity.ts';
import { type NetworkPolicy, nameOfPolicy } from '../core/model/policy.ts';
import type { PolicyRecord } from '../core/model/records.ts';
import { type Change, policyOf } from '../core/plan/change.ts';
import { saysTheSame } from '../core/plan/compare.ts';
import type { World } from '../core/world/world.ts';
import type { Applied } from './apply.ts';

/** A write that is under way. */
interface Write {
  readonly change: Change;
  /** The watch has told of the policy meanwhile. */
  told: boolean;
  /** Who is concerned by what the watch told as this write's echo, should its answer not come. */
  echoed: ReadonlySet<Key>;
}

const nobody: ReadonlySet<Key> = new Set();

/** What came of a write, and who has to look again because of it. */
export interface Written {
  readonly applied: Applied;
  readonly readers: ReadonlySet<Key>;
}

/**
 * The writes of policies that are under way, and what answers and watches tell of them. The watch
 * may tell of our write, and of what somebody did right after it, before the answer comes in: that
 * answer is then old, and the watch alone counts. What our own write has told affects nobody again.
 */
export class Writing {
  readonly #world: World;
  readonly #underWay = new Map<string, Write>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A watch tells of a policy although nobody has to hear of it. */
  note(policy: NetworkPolicy): void {
    const write = this.#underWay.get(nameOfPolicy(policy));
    if (write !== undefined) write.told = true;
  }

  /** A watch tells of a live policy. Gives the keys to look at again. */
  takeIn(record: PolicyRecord): ReadonlySet<Key> {
    this.note(record.policy);
    const { namespace, name } = record.policy.metadata;
    const known = this.#world.state(namespace)?.policies.get(name);
    if (known?.resourceVersion === record.resourceVersion) return nobody;
    const write = this.#underWay.get(nameOfPolicy(record.policy));
    if (write === undefined || !isEcho(write, record)) return this.#world.put(record);
    write.echoed = this.#world.put(record);
    // Who planned the write knows of it; others may read what the policy remembers.
    const own = keyOfIdentity(record.policy);
    return new Set([...write.echoed].filter((key) => key !== own));
  }

  /**
   * Performs a write and takes its answer into the world, unless the watch was sooner. When it fails,
   * `lost` hears whom the watch's echo of it concerns: the answer may be lost, and the write made.
   */
  async perform(
    change: Change,
    perform: () => Promise<Applied>,
    lost: (keys: ReadonlySet<Key>) => void,
  ): Promise<Written> {
    const name = nameOfPolicy(policyOf(change));
    const write: Write = { change, told: false, echoed: nobody };
    this.#underWay.set(name, write);
    try {
      const applied = await perform();
      if (write.told || applied.result === 'needed') return { applied, readers: nobody };
      const present = applied.result === 'written';
      return { applied, readers: this.#world.takeWritten(applied.record, present) };
    } catch (error) {
      lost(write.echoed);
      throw error;
    } finally {
      this.#underWay.delete(name);
    }
  }
}

/** Whether the watch tells of our own write before its answer does. */
function isEcho({ change }: Write, { policy, applied }: PolicyRecord): boolean {
  return change.type !== 'delete' && applied && saysTheSame(policy, change.policy);
}

import { type Key, keyOfIdentity } from '../core/model/identity.ts';
import { nameOfPolicy } from '../core/model/policy.ts';
import type { PolicyRecord } from '../core/model/records.ts';
import { type Change, policyOf } from '../core/plan/change.ts';
import { saysTheSame } from '../core/plan/compare.ts';
import type { World } from '../core/world/world.ts';
import type { Applied } from './apply.ts';
import { isKnown, knownIn } from './listen.ts';
import { isOlder, type Newest } from './newest.ts';

/** A write that is under way. */
interface Write {
  readonly change: Change;
  /** `listsOf` policies when it began. */
  readonly lists: number;
  /** The watch has told of the policy meanwhile. */
  told: boolean;
  /** The objects (uid) of which the watch has told the end meanwhile. */
  readonly ended: Set<string>;
  /** Who is concerned by what the watch told as this write's echo, should its answer not come. */
  echoed: ReadonlySet<Key>;
}

/** Who has to look again where nothing is told that is not known. */
export const nobody: ReadonlySet<Key> = new Set();

/** What came of a write, and who has to look again because of it. */
export interface Performed {
  readonly applied: Applied;
  readonly readers: ReadonlySet<Key>;
}

/**
 * The writes of policies that are under way, and what answers and watches tell of them: of an object the
 * newest version counts, whoever tells of it. The watch may tell of our write, and of what somebody did
 * right after it, before the answer comes in; or of what was there before, long after it. What our own
 * write has told affects nobody again.
 */
export class Writing {
  readonly #world: World;
  readonly #newest: Newest;
  readonly #underWay = new Map<string, Write>();

  constructor(world: World, newest: Newest) {
    this.#world = world;
    this.#newest = newest;
  }

  /** A watch tells of a policy, or of its end, although nobody has to hear of it. */
  note(kind: 'apply' | 'delete', { policy, uid }: PolicyRecord): void {
    const write = this.#underWay.get(nameOfPolicy(policy));
    if (write === undefined) return;
    write.told = true;
    if (kind === 'delete') write.ended.add(uid);
  }

  /** A watch tells of a live policy. Gives the keys to look at again. */
  takeIn(record: PolicyRecord): ReadonlySet<Key> {
    this.note('apply', record);
    if (isKnown(this.#world, record)) return nobody;
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
  ): Promise<Performed> {
    const name = nameOfPolicy(policyOf(change));
    const lists = this.#newest.listsOf('NetworkPolicy');
    const write: Write = { change, lists, told: false, ended: new Set(), echoed: nobody };
    this.#underWay.set(name, write);
    try {
      const applied = await perform();
      if (!this.#isNews(write, applied)) return { applied, readers: nobody };
      const present = applied.result === 'written';
      this.#newest.note(applied.record, !present);
      return { applied, readers: this.#world.takeWritten(applied.record, present) };
    } catch (error) {
      lost(write.echoed);
      throw error;
    } finally {
      this.#underWay.delete(name);
    }
  }

  /** Whether an answer tells of something that the watch has not told of yet. */
  #isNews(write: Write, applied: Applied): applied is Exclude<Applied, { result: 'needed' }> {
    if (applied.result === 'needed') return false;
    if (write.lists !== this.#newest.listsOf('NetworkPolicy')) return false;
    const { record } = applied;
    const known = knownIn(this.#world, record);
    if (applied.result === 'deleted') return known?.uid === record.uid;
    if (write.ended.has(record.uid)) return false;
    if (known === undefined) return true;
    const [before, now] = [known.resourceVersion, record.resourceVersion];
    // Nothing came of it if they are equal. Else the watch was sooner only if it told anything meanwhile.
    return isOlder(before, now) || (before !== now && !write.told);
  }
}

/** Whether the watch tells of our own write before its answer does. */
function isEcho({ change }: Write, { policy, applied }: PolicyRecord): boolean {
  return change.type !== 'delete' && applied && saysTheSame(policy, change.policy);
}

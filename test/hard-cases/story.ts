import { compileAll } from '../../src/core/compile/compile.ts';
import type { FindingCode } from '../../src/core/model/finding.ts';
import { type NetworkPolicy, nameOfPolicy } from '../../src/core/model/policy.ts';
import type { PolicyRecord, WorldRecord } from '../../src/core/model/records.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { saysTheSame } from '../../src/core/plan/compare.ts';
import { World } from '../../src/core/world/world.ts';
import { identityOfPolicy, written } from '../support/spoil.ts';

/** A cluster and an operator that writes when it is told to, and may be stopped. */
export class Story {
  readonly #records = new Map<string, WorldRecord>();
  readonly policies = new Map<string, PolicyRecord>();
  /** They count from the next restart. */
  settings = defaultSettings;
  #world = new World(defaultSettings);

  constructor(...records: readonly WorldRecord[]) {
    this.put(...records);
  }

  put(...records: readonly WorldRecord[]): this {
    for (const record of records) {
      this.#records.set(idOf(record), record);
      this.#world.put(record);
    }
    return this;
  }

  remove(...records: readonly WorldRecord[]): this {
    for (const record of records) {
      this.#records.delete(idOf(record));
      this.#world.remove(record);
    }
    return this;
  }

  /** All that is wanted becomes live, where the live policies differ. */
  write(): this {
    const wanted = new Map(this.wanted().map((policy) => [nameOfPolicy(policy), policy]));
    for (const [name, record] of this.policies) {
      if (wanted.has(name)) continue;
      this.policies.delete(name);
      this.#world.remove(record);
    }
    for (const [name, policy] of wanted) {
      const live = this.policies.get(name);
      if (live === undefined || !saysTheSame(live.policy, policy)) {
        this.edit(written(policy));
      }
    }
    return this;
  }

  /** A live policy becomes this one. */
  edit(record: PolicyRecord): this {
    this.policies.set(nameOfPolicy(record.policy), record);
    this.#world.put(record);
    return this;
  }

  /** A new process, which knows only what is in the cluster. */
  restart(): this {
    this.#world = new World(this.settings);
    this.#world.load([...this.#records.values(), ...this.policies.values()]);
    return this;
  }

  wanted(): NetworkPolicy[] {
    return compileAll(this.#world).flatMap(({ policies }) => policies);
  }

  policy(identity: string): NetworkPolicy | undefined {
    return this.wanted().find((policy) => identityOfPolicy(policy) === identity);
  }

  live(identity: string): PolicyRecord {
    const found = [...this.policies.values()].find(
      ({ policy }) => identityOfPolicy(policy) === identity,
    );
    if (found === undefined) throw new Error(`no live policy for ${identity}`);
    return found;
  }

  /** What the policy allows, as text that a reader can compare. */
  rules(identity: string): string {
    const { spec } = this.policy(identity) ?? {};
    return JSON.stringify([spec?.policyTypes, spec?.ingress, spec?.egress]);
  }

  codes(): FindingCode[] {
    return compileAll(this.#world).flatMap(({ findings }) => findings.map(({ code }) => code));
  }
}

function idOf(record: WorldRecord): string {
  const name = record.kind === 'Workload' ? record.ref : 'name' in record ? [record.name] : [];
  return JSON.stringify([record.kind, name]);
}

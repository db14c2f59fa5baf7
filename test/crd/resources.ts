/** A resource that both sides refuse, and the words in which each does. */
export interface BadResource {
  readonly wrong: string;
  readonly spec: unknown;
  /** What the API server answers; where it is left out, the same words as ours behind the place. */
  readonly server?: string;
  /** The place and the sentence of our finding. */
  readonly ours: readonly [field: string, problem: string];
}

/** The place of the first entry. */
export const entry = 'spec.talksTo[0]';
export const workload = { kind: 'Deployment', name: 'checkout' };
export const cart = { service: { name: 'cart' } };

export const talksTo = (...entries: readonly unknown[]) => ({ workload, talksTo: entries });
export const toCart = (...ports: readonly unknown[]) => talksTo({ ...cart, ports });
export const toBlock = (block: unknown, ...except: readonly unknown[]) =>
  talksTo({ cidr: { block, ...(except.length > 0 && { except }) } });
export const bySelector = (selector: unknown) => ({ selector, talksTo: [cart] });

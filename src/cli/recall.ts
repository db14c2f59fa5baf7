import type { AddressesRecord } from '../core/model/records.ts';
import { apiServer } from '../core/world/outside.ts';
import { rememberedAddresses } from '../core/world/remembered-addresses.ts';
import type { World } from '../core/world/world.ts';
import { ApiServerGrace } from '../operator/hosts/api-server.ts';
import type { Host } from './host.ts';

/**
 * Lets a world know the addresses that its policies remember, since commands ask no DNS. Those that
 * have ended are left out: the operator drops them with its next answer, or failure.
 */
export function recallAddresses(world: World, { wallClock }: Pick<Host, 'wallClock'>): void {
  recall(world, rememberedAddresses(world), wallClock());
}

/**
 * As `recallAddresses`, for what the operator would write: addresses that the API server has left while
 * no operator ran have an end from the moment that one looks. `grace`: how long they stay (milliseconds).
 */
export function recallAsOperator(
  world: World,
  { wallClock, clock }: Pick<Host, 'wallClock' | 'clock'>,
  grace: number,
): void {
  const remembered = rememberedAddresses(world);
  recall(world, remembered, wallClock());
  const left = new ApiServerGrace({ world, clock, wallClock, grace, onOver: () => {} });
  left.begin(remembered.get(apiServer));
  left.stop();
}

function recall(world: World, remembered: ReadonlyMap<string, AddressesRecord>, now: number): void {
  for (const record of remembered.values()) {
    const isOver = (address: string) => (record.until[address] ?? Number.POSITIVE_INFINITY) <= now;
    const addresses = record.addresses.filter((each) => !isOver(each));
    if (addresses.length > 0) world.load([{ ...record, addresses }]);
  }
}

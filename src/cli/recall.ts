import { rememberedAddresses } from '../core/world/remembered-addresses.ts';
import type { World } from '../core/world/world.ts';
import type { Host } from './host.ts';

/**
 * Lets a world know the addresses that its policies remember, since commands ask no DNS. Those that
 * have ended are left out: the operator drops them with its next answer, or failure.
 */
export function recallAddresses(world: World, { wallClock }: Pick<Host, 'wallClock'>): void {
  const now = wallClock();
  for (const record of rememberedAddresses(world).values()) {
    const addresses = record.addresses.filter((each) => (record.until[each] ?? now + 1) > now);
    if (addresses.length > 0) world.load([{ ...record, addresses }]);
  }
}

import { isFenced } from '../../kube/errors.ts';
import { done, type Outcome } from '../queue/outcome.ts';
import type { Leadership } from './leadership.ts';

/** What the fence has stopped is left to the sweep of whoever leads next. */
export async function whileLeading(
  leadership: Leadership,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  if (!leadership.isLeader()) return done;
  try {
    return await work();
  } catch (error) {
    if (isFenced(error)) return done;
    throw error;
  }
}

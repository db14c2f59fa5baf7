import { tidy } from '../../core/status/text.ts';
import { leaseName } from './lease.ts';
import type { Trouble } from './state.ts';

const lease = `the Lease ${leaseName.namespace}/${leaseName.name}`;

/** Why a candidate does not lead, for `/readyz` and the log. */
export function sentenceOf(trouble: Trouble, installation: string): string {
  switch (trouble.kind) {
    case 'unread':
      return `${lease} has not been read yet`;
    case 'foreign': {
      const other = tidy(trouble.installation);
      return `${lease} belongs to the operator in namespace ${other}; this one, of namespace ${installation}, writes nothing. Remove one of the two; to hand over to this one, remove the other and then delete the Lease`;
    }
    case 'failed':
      return `${lease} cannot be held, so nothing is written: ${trouble.failure.message}`;
  }
}

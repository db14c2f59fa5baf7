import { blockOf, isCovered } from '../model/range.ts';
import { notInternet } from '../model/reserved.ts';
import { canonicalAddresses } from './addresses.ts';
import type { RawPodSpec } from './schemas.ts';

/** The flag of node-cache that lists the addresses on which it listens on every node. */
const flag = /^--?localip(?:=(.*))?$/;

/**
 * Where containers of node-cache listen: its manifest has 169.254.20.10, others have addresses of their
 * own (Kubespray 169.254.25.10). Private and link-local ones only, each once.
 */
export function localDnsOf(spec: RawPodSpec | null | undefined): string[] {
  const listed = (spec?.containers ?? []).flatMap(({ command, args }) => {
    const words = [command, args].flatMap((list) =>
      (Array.isArray(list) ? list : []).map((word) => String(word)),
    );
    return words.flatMap((word, index) => {
      const found = flag.exec(word);
      return found === null ? [] : (found[1] ?? words[index + 1] ?? '').split(',');
    });
  });
  const addresses = canonicalAddresses(listed.map((each) => each.trim()));
  return addresses.filter((address) => isCovered(blockOf(address), notInternet));
}

import fc from 'fast-check';
import { formatSelector, partyTexts } from '../../src/core/intent/format.ts';
import type { Direction } from '../../src/core/model/policy.ts';
import { namespaceSelectors, podSelectors } from './selector-arbitraries.ts';
import {
  apiServerPorts,
  appNames,
  blocks,
  chance,
  dnsPorts,
  missingPortName,
  namedApps,
  namedHosts,
  namedNamespaces,
  pick,
  portNames,
  portNumbers,
  portRanges,
  someProtocol,
  sometimes,
} from './vocabulary.ts';

/** The texts of `talks-to` and `accepts-from` annotations, in every form of this version. */

const withNamespace = fc
  .tuple(
    namedApps,
    sometimes(35, namedNamespaces),
    fc.constantFrom('', '', '.svc', '.svc.cluster.local'),
  )
  .map(([name, namespace, suffix]) =>
    namespace === undefined ? name : `${name}.${namespace}${suffix}`,
  );

const kindWords = pick<string>(
  [7, fc.constantFrom('svc', 'svc', 'deploy', 'deployment', 'sts', 'ds', 'daemonset')],
  [4, fc.constantFrom('rollout', 'rollout.argoproj.io')],
  [1, fc.constantFrom('job', 'cj', 'pod')],
);

const selected = pick<string>(
  [2, podSelectors.map((selector) => `pods(${formatSelector(selector)})`)],
  [
    1,
    fc
      .tuple(podSelectors, namespaceSelectors)
      .map(
        ([pods, within]) =>
          `pods(${formatSelector(pods)}) in namespaces(${formatSelector(within)})`,
      ),
  ],
  [1, namespaceSelectors.map((selector) => `namespaces(${formatSelector(selector)})`)],
);

const podParties: fc.Arbitrary<string> = pick(
  [10, withNamespace],
  [5, fc.tuple(kindWords, withNamespace).map(([kind, name]) => `${kind}/${name}`)],
  [2, namedNamespaces.map((name) => `ns/${name}`)],
  [2, fc.constant('@namespace')],
  [2, fc.constant('@cluster')],
  [2, selected],
);

const addressParties: fc.Arbitrary<string> = pick<string>(
  [2, fc.constant('@internet')],
  [4, fc.constantFrom(...blocks).map(written)],
  [5, namedHosts.map((host) => `host/${host}`)],
);

/** A block as annotations write it: IPv6 in brackets, a single address without its length. */
function written(block: string): string {
  const short = block.replace(/\/(32|128)$/, (length) =>
    block.includes(':') === (length === '/128') ? '' : length,
  );
  return short.includes(':') ? `[${short}]` : short;
}

const protocolSuffix = pick<string>(
  [3, fc.constant('')],
  [1, someProtocol.map((protocol) => `/${protocol.toLowerCase()}`)],
);

const numberSuffix = fc.constantFrom(...portNumbers).map((port) => `:${port}`);
const rangeSuffix = fc.constantFrom(...portRanges).map(([from, to]) => `:${from}-${to}`);
const nameSuffix = fc
  .constantFrom(...portNames, ...portNames, missingPortName)
  .map((name) => `:${name}`);

const portOfPods = pick<string>(
  [4, fc.constant('')],
  [4, fc.tuple(numberSuffix, protocolSuffix).map(join)],
  [1, fc.tuple(rangeSuffix, protocolSuffix).map(join)],
  [3, fc.tuple(nameSuffix, protocolSuffix).map(join)],
);

/** In `accepts-from` the port is the workload's own, and may have a name. */
const portOfAddresses: Readonly<Record<Direction, fc.Arbitrary<string>>> = {
  Ingress: portOfPods,
  Egress: pick<string>(
    [2, fc.constant('')],
    [2, fc.tuple(pick([3, numberSuffix], [1, rangeSuffix]), protocolSuffix).map(join)],
  ),
};

const portOfNodes: Readonly<Record<Direction, fc.Arbitrary<string>>> = {
  Ingress: portOfPods,
  Egress: fc.tuple(numberSuffix, protocolSuffix).map(join),
};

function join(parts: readonly string[]): string {
  return parts.join('');
}

/** Ports of their Services, those behind, and some that are neither. */
const portOfDns = fc.constantFrom(...dnsPorts).map((port) => `:${port}`);
const portOfApiServer = fc.constantFrom(...apiServerPorts).map((port) => `:${port}`);

const { DNS, Ingress, Monitoring, KubeAPIServer, Nodes } = partyTexts;

/** Parties of the cluster; in `talks-to` nodes always with a port, without which it is Invalid. */
const partyEntries = (direction: Direction) =>
  pick<string>(
    [3, fc.tuple(fc.constantFrom(DNS, Ingress, Monitoring), portOfPods).map(join)],
    [2, fc.tuple(fc.constant(DNS), portOfDns, protocolSuffix).map(join)],
    [1, fc.tuple(fc.constant(KubeAPIServer), portOfAddresses[direction]).map(join)],
    [3, fc.tuple(fc.constant(KubeAPIServer), portOfApiServer, protocolSuffix).map(join)],
    [1, fc.tuple(fc.constant(Nodes), portOfNodes[direction]).map(join)],
  );

/** One valid entry. */
const entryTexts = (direction: Direction): fc.Arbitrary<string> =>
  pick(
    [3, partyEntries(direction)],
    [8, fc.tuple(podParties, portOfPods).map(join)],
    [3, fc.tuple(addressParties, portOfAddresses[direction]).map(join)],
  );

const entryLists = (direction: Direction) =>
  fc
    .tuple(fc.array(entryTexts(direction), { minLength: 1, maxLength: 3 }), chance(30))
    .map(([entries, lines]) => entries.join(lines ? '\n' : ', '));

/** Texts that are Invalid as a whole; the port of an address by name in `talks-to` only. */
const invalidTexts = fc.constantFrom(
  ...['', ' , ', 'none, cart', 'cart:0', 'cart:80-70', 'Cart', '203.0.113.7/24', '[10.0.0.1]'],
  ...[
    '@everyone',
    'host/*.example.com',
    'host/cart.shop.svc',
    'pods()',
    'ns/UPPER',
    'cart:80/icmp',
    '203.0.113.0/24:http',
    'cart:a:b',
  ],
);

/** The text of one annotation of a workload. */
export const declarationTexts = (direction: Direction): fc.Arbitrary<string> =>
  pick(
    [20, entryLists(direction)],
    [2, fc.constant('none')],
    [1, invalidTexts],
    [1, fc.tuple(entryLists(direction), invalidTexts).map(([list, other]) => `${list}, ${other}`)],
  );

/** The text of one annotation of a Namespace; `none` is Invalid there. */
export const namespaceTexts = (direction: Direction): fc.Arbitrary<string> =>
  pick(
    [12, entryLists(direction)],
    [3, fc.constantFrom(...appNames)],
    [1, fc.constant('none')],
    [1, invalidTexts],
  );

/** What `auto` switches off; a word that is none of its own changes nothing. */
export const autoTexts: fc.Arbitrary<string> = fc.constantFrom(
  ...['deny', 'deny', 'allow', 'routes', 'metrics, webhooks', 'dns'],
);

export const switchTexts: fc.Arbitrary<string> = fc.constantFrom('deny', 'deny', 'allow', 'Deny');

import fc from 'fast-check';
import { type Allowance, allowances, switchesWhere } from '../../src/core/model/declaration.ts';
import { defaultKinds, optionalKinds } from '../../src/core/model/kinds.ts';
import type { LabelSelector } from '../../src/core/model/labels.ts';
import { namespaceNameLabel } from '../../src/core/model/names.ts';
import { type Direction, directions } from '../../src/core/model/policy.ts';
import {
  type DenyRule,
  defaultSettings,
  type EnvironmentSettings,
  type IngressPods,
  type Mode,
  type PartyPods,
  type PartySettings,
  type Settings,
} from '../../src/core/model/settings.ts';
import {
  appNames,
  chance,
  clusterRanges,
  controllers,
  environmentLabel,
  environmentNames,
  given,
  missingNamespace,
  openShiftNamespace,
  partyNamespace,
  pick,
  sometimes,
  systemNamespace,
  userNamespaces,
} from './vocabulary.ts';

/** Rules of the configuration that fit some of the few namespaces. */
const denyRules: fc.Arbitrary<DenyRule> = fc.record({
  selector: fc.constantFrom<LabelSelector>(
    {},
    { matchLabels: { team: 'a' } },
    { matchLabels: { [namespaceNameLabel]: userNamespaces[0] } },
    { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['b'] }] },
  ),
  directions: fc.constantFrom<readonly Direction[]>(directions, ['Ingress'], ['Egress']),
  strength: fc.constantFrom('floor', 'default'),
});

const partyPods: fc.Arbitrary<PartyPods> = fc.record({
  namespace: pick<string>(
    [5, fc.constant(partyNamespace)],
    [3, fc.constantFrom(...userNamespaces)],
    [1, fc.constant(missingNamespace)],
  ),
  selector: pick<LabelSelector>(
    [3, fc.constantFrom(...appNames).map((app) => ({ matchLabels: { app } }))],
    [1, fc.constant({ matchExpressions: [{ key: 'app', operator: 'Exists' }] })],
  ),
});

const ingressPods: fc.Arbitrary<IngressPods> = fc
  .tuple(partyPods, sometimes(60, fc.subarray([...controllers], { minLength: 1 })))
  .map(([pods, listed]) => ({ ...pods, ...given({ controllers: listed }) }));

/** One or two of them, now and then none. */
function mostly<Value>(one: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> {
  return pick<Value[]>([1, fc.constant([])], [4, fc.array(one, { minLength: 1, maxLength: 2 })]);
}

const parties: fc.Arbitrary<PartySettings> = fc.record({
  ingress: mostly(ingressPods),
  monitoring: mostly(partyPods),
  apiServerSources: fc.subarray(['192.168.1.32/28', '203.0.113.200/32'], { maxLength: 1 }),
  nodeSources: fc.subarray(['10.9.0.0/24', 'fd00:9::/64'], { maxLength: 1 }),
});

/** Environments that the settings would be accepted with: where parties live is shared. */
const environmentsOf = ({ ingress, monitoring }: PartySettings) =>
  fc
    .record({
      allowed: fc.subarray<readonly [string, string]>(
        [
          [environmentNames[0], environmentNames[1]],
          [environmentNames[2], environmentNames[1]],
        ],
        { maxLength: 1 },
      ),
      more: fc.subarray([userNamespaces[1]]),
    })
    .map(({ allowed, more }): EnvironmentSettings => {
      const homes = [...ingress, ...monitoring].map(({ namespace }) => namespace);
      const shared = [systemNamespace, openShiftNamespace, ...homes, ...more];
      const sharedNamespaces = [...new Set(shared)].sort();
      return { label: environmentLabel, allowed, sharedNamespaces };
    });

const switchedOff: fc.Arbitrary<Settings['deny']> = fc
  .tuple(...allowances.map(() => chance(4)))
  .map((denied) => switchesWhere((each: Allowance) => denied[allowances.indexOf(each)] === true));

/** Every kind of workload that random worlds hold is read. */
export const worldlySettings: Settings = {
  ...defaultSettings,
  workloadKinds: [...defaultKinds, ...optionalKinds],
};

export const settingsArbitrary: fc.Arbitrary<Settings> = parties.chain((known) =>
  fc
    .record({
      ranges: sometimes(25, fc.subarray(clusterRanges, { minLength: 1, maxLength: 2 })),
      deny: switchedOff,
      mode: pick<Mode>([9, fc.constant('enforce')], [1, fc.constant('audit')]),
      labelsCount: chance(90),
      rules: pick<DenyRule[]>(
        [2, fc.constant([])],
        [1, fc.array(denyRules, { minLength: 1, maxLength: 2 })],
      ),
      exclude: fc.constantFrom([], [], [userNamespaces[1]]),
      operatorNamespace: fc.constantFrom('operator', 'operator', userNamespaces[1]),
      environments: sometimes(45, environmentsOf(known)),
    })
    .map(({ ranges, labelsCount, rules, exclude, environments, ...rest }) => ({
      ...worldlySettings,
      ...rest,
      clusterRanges: ranges ?? [],
      labels: { mode: labelsCount },
      defaultDeny: { rules, exclude },
      parties: known,
      ...given({ environments }),
    })),
);

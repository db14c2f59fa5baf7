import { readResource } from '../../src/core/intent/resource.ts';
import { directions } from '../../src/core/model/policy.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import {
  declarationsOf,
  isIsolated,
  isResourceVetoed,
  isVetoed,
  workloadsMatching,
} from '../../src/core/truth/declared.ts';
import { dnsRules } from '../../src/core/truth/dns.ts';
import { derivedRules } from '../../src/core/truth/naming.ts';
import { choosesPods, reachedBy } from '../../src/core/truth/service.ts';
import { createTruth } from '../../src/core/truth/truth.ts';
import type { Voices } from '../../src/core/truth/voices.ts';
import { anySubject, type Feature, modeFeatures } from './mode-features.ts';
import { outsideFeatures } from './outside-features.ts';
import { portFeatures } from './port-features.ts';
import { podsToProbe } from './probes.ts';
import { seldomFeatures } from './seldom-features.ts';

const somewhere = (voices: Voices, holds: (text: string) => boolean) =>
  [...voices.world.workloads, ...voices.world.namespaces].some(({ texts }) =>
    Object.values(texts).some(holds),
  );

const spec = ({ world }: Voices, text: RegExp) =>
  world.resources.some((resource) => text.test(JSON.stringify(resource.spec)));

export const features: readonly Feature[] = [
  [
    'a pod that several workloads speak for',
    30,
    ({ world }) => {
      const truth = createTruth(world);
      return podsToProbe(world).some(
        (pod) => truth.speakersFor(pod).filter(({ kind }) => kind === 'Workload').length > 1,
      );
    },
  ],
  [
    'a silent workload with a derived word',
    25,
    (voices) =>
      anySubject(
        voices,
        (one, direction) =>
          isIsolated(voices, one, direction) &&
          declarationsOf(voices, one, direction).length === 0 &&
          derivedRules(voices, one, direction).length > 0,
      ),
  ],
  [
    'a veto',
    30,
    (voices) => anySubject(voices, (one, direction) => isVetoed(voices, one, direction)),
  ],
  [
    'a selector resource that another one’s none vetoes',
    1,
    (voices) =>
      voices.selectorResources.some((resource) =>
        directions.some(
          (direction) =>
            isResourceVetoed(voices, resource, direction) &&
            resource.declarations.some((one) => one.direction === direction && !one.nobody),
        ),
      ),
  ],
  [
    'two kinds of one name',
    10,
    ({ world: { workloads } }) =>
      workloads.some((a) =>
        workloads.some(
          (b) =>
            a.ref.name === b.ref.name &&
            a.ref.namespace === b.ref.namespace &&
            a.ref.kind !== b.ref.kind,
        ),
      ),
  ],
  [
    'an empty selector',
    5,
    ({ world }) => world.workloads.some(({ selector }) => Object.keys(selector).length === 0),
  ],
  [
    'hostNetwork of a user',
    5,
    ({ world }) =>
      world.workloads.some(
        ({ hostNetwork, ref }) => hostNetwork && ref.namespace !== 'kube-system',
      ),
  ],
  ...modeFeatures,
  ...outsideFeatures,
  ...seldomFeatures,
  ...portFeatures,
  [
    'entries of a namespace',
    30,
    ({ namespaces }) => namespaces.some(({ declarations }) => declarations.length > 0),
  ],
  [
    'a namespace without a record',
    3,
    ({ world }) =>
      world.workloads.some(
        ({ ref }) => !world.namespaces.some(({ name }) => name === ref.namespace),
      ),
  ],
  [
    'an invalid text',
    10,
    ({ workloads }) =>
      workloads.some(
        ({ workload, declarations }) =>
          declarations.length <
          Object.keys(workload.texts).filter((key) => /(to|from)$/.test(key)).length,
      ),
  ],
  [
    'an invalid resource',
    5,
    ({ world }) =>
      world.resources.some((one) => readResource(one, defaultSettings).findings.length > 0),
  ],
  [
    'a resource about a workload that exists',
    15,
    ({ world, resources }) =>
      resources.some(
        ({ resource, subject }) =>
          subject.type === 'workload' &&
          world.workloads.some(
            ({ ref }) =>
              ref.kind === subject.kind &&
              ref.name === subject.name &&
              ref.namespace === resource.namespace,
          ),
      ),
  ],
  [
    'several declarations of one workload',
    25,
    (voices) =>
      anySubject(voices, (one, direction) => declarationsOf(voices, one, direction).length > 1),
  ],
  [
    'a selector resource that matches a workload',
    25,
    (voices) =>
      voices.selectorResources.some((resource) => workloadsMatching(voices, resource).length > 0),
  ],
  [
    'a switch',
    20,
    ({ world, resources }) =>
      [...world.workloads, ...world.namespaces].some(({ texts }) =>
        Object.values(texts).includes('deny'),
      ) || resources.some(({ switches }) => switches.dns || switches.self),
  ],
  [
    'a Service that reaches by halves',
    5,
    ({ world }) =>
      world.services.some((service) =>
        reachedBy(world, service).some(({ labels }) =>
          Object.entries(service.selector ?? {}).some(
            ([key, value]) => labels[key] !== value && key !== 'pod-template-hash',
          ),
        ),
      ),
  ],
  [
    'a Service that reaches nobody but has a selector',
    15,
    ({ world }) =>
      world.services.some(
        (service) => choosesPods(service) && reachedBy(world, service).length === 0,
      ),
  ],
  [
    'a Service that reaches several',
    15,
    ({ world }) => world.services.some((service) => reachedBy(world, service).length > 1),
  ],
  [
    'a key of ours on a Service that no workload is behind',
    3,
    ({ world }) =>
      world.services.some(
        (service) => service.strays.length > 0 && reachedBy(world, service).length === 0,
      ),
  ],
  ['a headless Service', 15, ({ world }) => world.services.some(({ headless }) => headless)],
  [
    'a Service without pods',
    15,
    ({ world }) => world.services.some((service) => !choosesPods(service)),
  ],
  [
    'a hash label in a Service',
    10,
    ({ world }) =>
      world.services.some(({ selector }) => selector?.['pod-template-hash'] !== undefined),
  ],
  [
    'a named targetPort',
    40,
    ({ world }) =>
      world.services.some(({ ports }) =>
        ports.some(({ targetPort }) => typeof targetPort === 'string'),
      ),
  ],
  [
    'a Service port that is another’s targetPort',
    5,
    ({ world }) =>
      world.services.some(({ ports }) =>
        ports.some((a) => ports.some((b) => a !== b && a.port === b.targetPort)),
      ),
  ],
  [
    'one port name with two numbers',
    20,
    ({ world: { workloads } }) =>
      workloads.some((a) =>
        workloads.some((b) =>
          a.ports.some((x) =>
            b.ports.some((y) => x.name !== undefined && x.name === y.name && x.port !== y.port),
          ),
        ),
      ),
  ],
  [
    'cluster ranges',
    30,
    ({ world }) => world.ranges.length + world.settings.clusterRanges.length > 0,
  ],
  ['a block in an annotation', 15, (voices) => somewhere(voices, (text) => /\d\.\d|\[/.test(text))],
  ['except', 5, (voices) => spec(voices, /except/)],
  ['pods in other namespaces', 10, (voices) => spec(voices, /namespaceSelector/)],
  ['@internet', 10, (voices) => somewhere(voices, (text) => text.includes('@internet'))],
  ['@cluster', 10, (voices) => somewhere(voices, (text) => text.includes('@cluster'))],
  [
    'a namespace that does not exist',
    10,
    (voices) => somewhere(voices, (text) => text.includes('nowhere')),
  ],
  [
    'a DNS Service',
    30,
    ({ world }) => world.services.some(({ namespace }) => namespace === 'kube-system'),
  ],
  ['DNS by the labels of its pods', 20, ({ world }) => dnsRules(world).length === 1],
];

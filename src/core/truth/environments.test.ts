import { describe, expect, test } from '@jest/globals';
import { ask, strayPod } from '../../../test/support/ask.ts';
import { namespace, service, servicePort, tcp, workload } from '../../../test/support/builders.ts';
import { gateway, gatewayRoute, grant } from '../../../test/support/outside-builders.ts';
import { defaultSettings } from '../model/settings.ts';

const environments = {
  ...{ label: 'stage', allowed: [['test', 'prod'] as const] },
  sharedNamespaces: ['tools'],
};

function talking(talksTo: string, stage: string | undefined) {
  const stages = { dev: 'dev', more: 'dev', test: 'test', prod: 'prod', none: '' };
  return ask({
    namespaces: [
      ...Object.entries(stages).map(([name, value]) =>
        namespace(name, { labels: { stage: value } }),
      ),
      namespace('tools'),
      namespace('shop', { labels: stage === undefined ? {} : { stage } }),
    ],
    workloads: [
      workload('shop/web', { talksTo }),
      ...['dev', 'more', 'test', 'prod', 'none', 'tools'].map((name) => workload(`${name}/api`)),
    ],
    settings: { ...defaultSettings, environments },
  });
}

function reached(talksTo: string, stage: string | undefined): string[] {
  const { can } = talking(talksTo, stage);
  return ['dev', 'more', 'test', 'prod', 'none', 'tools'].filter((name) =>
    can('shop/web', `${name}/api`, 80),
  );
}

describe('environments', () => {
  test.each([
    ['dev', ['dev', 'more', 'tools']],
    ['prod', ['test', 'prod', 'tools']],
    ['', ['tools']],
    [undefined, ['tools']],
  ])('a wide entry of %p means only what is together with its writer', (stage, names) => {
    expect(reached('@cluster', stage)).toEqual(names);
    expect(reached('namespaces(stage)', stage)).toEqual(names.filter((name) => name !== 'tools'));
  });

  test('an entry that means one namespace gives no rule across environments, and isolates', () => {
    const { can, isolated } = talking('api.prod, ns/test', 'dev');
    expect(can('shop/web', 'prod/api', 80)).toBe(false);
    expect(can('shop/web', 'test/api', 80)).toBe(false);
    expect(isolated('shop/web', 'Egress')).toBe(true);
    expect(reached('api.prod, api.tools', 'test')).toEqual(['prod', 'tools']);
  });

  test.each([
    ['dev', false],
    ['prod', true],
    ['test', true],
    ['none', false],
    ['tools', true],
  ])('the pods of a Gateway in %s reach a backend of prod: %p', (home, open) => {
    const world = {
      namespaces: [
        ...Object.entries({ dev: 'dev', test: 'test', prod: 'prod', none: '' }).map(
          ([name, value]) => namespace(name, { labels: { stage: value } }),
        ),
        ...[namespace('tools'), namespace('shop', { deny: 'ingress', labels: { stage: 'prod' } })],
      ],
      workloads: [workload('shop/web', { ports: [tcp(8080, 'http')] })],
      services: [service('shop/web', [servicePort(80, 8080)])],
      outside: [
        gatewayRoute(`${home}/web`, ['shop/web:80'], [`${home}/public`]),
        ...[gateway(`${home}/public`), grant('shop/all', home)],
      ],
      settings: { ...defaultSettings, environments },
    };
    const pod = strayPod(home, { 'gateway.networking.k8s.io/gateway-name': 'public' });
    expect(ask(world).can(pod, 'shop/web', 8080)).toBe(open);
  });
});

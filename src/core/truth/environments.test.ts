import { describe, expect, test } from '@jest/globals';
import { ask } from '../../../test/support/ask.ts';
import { namespace, workload } from '../../../test/support/builders.ts';
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
});

import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import { type DenyRule, defaultSettings, type Settings } from '../../src/core/model/settings.ts';

type Rendered = { readonly policies: readonly NetworkPolicy[] };

/** Settings with rules of default-deny: for every namespace, both directions, as a default. */
export function rules(...some: readonly Partial<DenyRule>[]): Pick<Settings, 'defaultDeny'> {
  const whole: DenyRule = {
    ...{ selector: {}, directions: ['Ingress', 'Egress'], strength: 'default' },
  };
  return {
    defaultDeny: {
      ...defaultSettings.defaultDeny,
      rules: some.map((rule) => ({ ...whole, ...rule })),
    },
  };
}

/** The directions in which a namespace is default-deny. */
export function denied({ policies }: Rendered, name = 'shop'): readonly string[] {
  const found = policies.find(
    ({ metadata }) => metadata.namespace === name && metadata.name === 'appconn-default-deny',
  );
  return found?.spec.policyTypes ?? [];
}

/** What the policies are for, sorted. */
export function identities({ policies }: Rendered): string[] {
  const all = policies.map(
    ({ metadata }) => metadata.annotations?.['appconnectivity.dev/identity'] ?? '',
  );
  return all.sort();
}

import { describe, expect, test } from '@jest/globals';
import { namespace, service, servicePort, workload } from '../../../test/support/builders.ts';
import {
  ingressNginx,
  knowing,
  letsIn,
  nginxPod,
  shop,
  statesOf,
  worldFrom,
} from '../../../test/support/outside.ts';
import {
  gateway,
  gatewayClass,
  gatewayRoute,
  grant,
  ingress,
  ingressClass,
} from '../../../test/support/outside-builders.ts';
import { compileAll } from '../compile/compile.ts';
import type { WorldRecord } from '../model/records.ts';

const nginx = ingressClass('nginx', 'k8s.io/ingress-nginx');
const web80 = 'shop/web:80';
const made = { namespace: 'infra', labels: { 'gateway.networking.k8s.io/gateway-name': 'public' } };

const isOpen = (records: readonly WorldRecord[], port = 8080, settings = knowing()) =>
  letsIn(worldFrom(settings, ...shop, ...records), nginxPod, 'shop/web', port);

describe('An Ingress', () => {
  test('lets the pods of its class in, on the port behind the Service, by number or by name', () => {
    expect(isOpen([])).toBe(false);
    expect(isOpen([nginx, ingress('shop/web', [web80], 'nginx')])).toBe(true);
    expect(isOpen([nginx, ingress('shop/web', ['shop/web:http'], 'nginx')])).toBe(true);
    expect(isOpen([nginx, ingress('shop/web', [web80], 'nginx')], 80)).toBe(false);
    expect(isOpen([nginx, ingress('shop/web', ['shop/web:81'], 'nginx')])).toBe(false);
  });

  test('opens nothing to the pods of another class, nor to who merely looks like them', () => {
    const other = ingressClass('other', 'example.com/other');
    expect(isOpen([nginx, other, ingress('shop/web', [web80], 'other')])).toBe(false);
    const world = worldFrom(knowing(), ...shop, nginx, ingress('shop/web', [web80], 'nginx'));
    expect(letsIn(world, { ...nginxPod, namespace: 'shop' }, 'shop/web', 8080)).toBe(false);
  });

  test.each([
    [undefined, 'a default IngressClass is not known, so nothing is allowed: create it'],
    ['gone', 'IngressClass gone is not known, so nothing is allowed: create it'],
    [
      'other',
      'controller example.com/other is not known, so nothing is allowed: set parties.ingress',
    ],
  ])('that no ingress pods serve, of class %s, says what is not known: %s', (className, said) => {
    const other = ingressClass('other', 'example.com/other');
    const records = [...shop, nginx, other, ingress('shop/web', [web80], className)];
    expect(statesOf(worldFrom(knowing(), ...records))[0]).toContain(said);
  });

  test('without a class means the default one', () => {
    const standard = { ...nginx, isDefault: true };
    expect(isOpen([standard, ingress('shop/web', [web80])])).toBe(true);
    expect(isOpen([nginx, ingress('shop/web', [web80])])).toBe(false);
  });

  test('whose class nobody knows is served by pods that serve every class only', () => {
    const { namespace: home, selector } = ingressNginx;
    const every = knowing({ ingress: [{ namespace: home, selector }] });
    expect(isOpen([ingress('shop/web', [web80], 'gone')])).toBe(false);
    expect(isOpen([ingress('shop/web', [web80], 'gone')], 8080, every)).toBe(true);
  });

  test('opens nothing where the namespace of the ingress pods is not there', () => {
    const records = shop.filter((each) => each.kind !== 'Namespace' || each.name === 'shop');
    const world = worldFrom(knowing(), ...records, nginx, ingress('shop/web', [web80], 'nginx'));
    expect(letsIn(world, nginxPod, 'shop/web', 8080)).toBe(false);
    expect(statesOf(world)[0]).toMatch(
      /^Ingress shop\/web of class nginx: Pending\/PartyUnknown: .* it names namespace ingress-nginx, which is not there$/,
    );
  });

  test('counts not against `none`, nor where routes are switched off', () => {
    const route = [nginx, ingress('shop/web', [web80], 'nginx')];
    expect(isOpen([...route, workload('shop/web', { acceptsFrom: 'none' })])).toBe(false);
    const off = { 'appconnectivity.dev/auto': 'metrics, webhooks' };
    expect(isOpen([...route, { ...workload('shop/web'), texts: off }])).toBe(false);
    const on = { 'appconnectivity.dev/auto': 'routes' };
    expect(isOpen([...route, { ...workload('shop/web'), texts: on }])).toBe(true);
    expect(isOpen([...route, { ...namespace('shop', { deny: 'ingress' }), texts: off }])).toBe(
      false,
    );
  });

  test('counts besides what the workload declares, and isolates nobody', () => {
    const route = [nginx, ingress('shop/web', [web80], 'nginx')];
    expect(isOpen([...route, workload('shop/web', { acceptsFrom: 'cart' })])).toBe(true);
    const world = worldFrom(knowing(), ...shop, namespace('shop'), ...route);
    expect(letsIn(world, { namespace: 'any', labels: {} }, 'shop/web', 1)).toBe(true);
    expect(statesOf(world)).toEqual([]);
  });

  test('reaches the pods of a headless Service on their targetPort', () => {
    const headless = service('shop/web', [servicePort(80, 8080)], { headless: true });
    expect(isOpen([headless, nginx, ingress('shop/web', [web80], 'nginx')])).toBe(true);
  });
});

describe('A route of the Gateway API', () => {
  const route = gatewayRoute('shop/web', [web80], ['infra/public']);
  const through = (records: readonly WorldRecord[], from = made, settings = knowing()) =>
    letsIn(worldFrom(settings, ...shop, ...records), from, 'shop/web', 8080);

  test('lets the pods made for its Gateway in, whoever runs them', () => {
    expect(through([route, gateway('infra/public')])).toBe(true);
    expect(through([route, gateway('infra/public')], { ...made, namespace: 'shop' })).toBe(false);
    expect(through([route])).toBe(false);
  });

  test('whose Gateway has too long a name for a label opens nothing, and breaks no policy', () => {
    const long = `infra/${'a'.repeat(64)}`;
    const world = worldFrom(
      knowing(),
      ...shop,
      gatewayRoute('shop/web', [web80], [long]),
      gateway(long),
    );
    const texts = JSON.stringify(compileAll(world).map(({ policies }) => policies));
    expect(texts).not.toContain('gateway-name');
    expect(statesOf(world)[0]).toMatch(/: Pending\/PartyUnknown: /);
  });

  test('lets configured pods of the controller of its class in, in their stead', () => {
    const main = gatewayClass('main', 'k8s.io/ingress-nginx');
    const records = [route, gateway('infra/public'), main];
    const world = worldFrom(knowing(), ...shop, ...records);
    expect(letsIn(world, nginxPod, 'shop/web', 8080)).toBe(true);
    expect(through(records)).toBe(false);
  });

  test('lets pods in that serve every controller, beside those of its Gateway', () => {
    const { namespace: home, selector } = ingressNginx;
    const every = knowing({ ingress: [{ namespace: home, selector }] });
    const world = worldFrom(every, ...shop, route, gateway('infra/public'));
    expect(letsIn(world, nginxPod, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, made, 'shop/web', 8080)).toBe(true);
  });

  test('of another namespace opens nothing without a grant there, and with one what it grants', () => {
    const foreign = [gatewayRoute('team/web', [web80], ['infra/public']), gateway('infra/public')];
    expect(through(foreign)).toBe(false);
    expect(through([...foreign, grant('shop/all', 'team')])).toBe(true);
    expect(through([...foreign, grant('shop/web', 'team', ['web'])])).toBe(true);
    expect(through([...foreign, grant('shop/other', 'team', ['other'])])).toBe(false);
    expect(through([...foreign, grant('shop/others', 'elsewhere')])).toBe(false);
    expect(through([...foreign, grant('team/own', 'team')])).toBe(false);
    const alike = grant('shop/all', 'team');
    const from = alike.from.map((each) => ({ ...each, group: 'example.com' }));
    expect(through([...foreign, { ...alike, from }])).toBe(false);
    const tcp = gatewayRoute('team/web', [web80], ['infra/public'], 'TCPRoute');
    expect(through([tcp, gateway('infra/public'), grant('shop/all', 'team')])).toBe(false);
  });

  test('tells of itself as the cause, and how it stands', () => {
    const world = worldFrom(knowing(), ...shop, route, gateway('infra/public'));
    const [state, more] = statesOf(world);
    expect(more).toBeUndefined();
    expect(state).toMatch(/^HTTPRoute shop\/web through Gateway infra\/public: Open/);
  });
});

describe('With environments, the pods of a Gateway', () => {
  const environments = {
    ...{ label: 'env', allowed: [['test', 'prod'] as const] },
    sharedNamespaces: ['ingress-nginx', 'kube-system', 'monitoring'],
  };
  const settings = { ...knowing(), environments };
  const granted = [
    gatewayRoute('infra/web', [web80], ['infra/public']),
    ...[gateway('infra/public'), grant('shop/all', 'infra')],
  ];
  const of = (env: string | undefined) => ({ labels: env === undefined ? {} : { env } });
  const between = (infra: string | undefined, records: readonly WorldRecord[] = granted) =>
    worldFrom(
      settings,
      ...shop,
      namespace('shop', { deny: 'ingress', ...of('prod') }),
      namespace('infra', of(infra)),
      ...records,
    );

  test.each([
    ['dev', false],
    [undefined, false],
    ['prod', true],
    ['test', true],
  ])('of %s reach a backend of prod by a ReferenceGrant: %p', (env, open) => {
    expect(letsIn(between(env), made, 'shop/web', 8080)).toBe(open);
  });

  test('reach everyone from a shared namespace', () => {
    const shared = { ...environments, sharedNamespaces: ['infra'] };
    const world = worldFrom(
      { ...settings, environments: shared },
      ...[...shop, namespace('shop', { deny: 'ingress', ...of('prod') }), namespace('infra')],
      ...granted,
    );
    expect(letsIn(world, made, 'shop/web', 8080)).toBe(true);
  });

  test('do not cross for a route beside the backend either', () => {
    const route = gatewayRoute('shop/web', [web80], ['infra/public']);
    const records = [route, gateway('infra/public')];
    expect(letsIn(between('dev', records), made, 'shop/web', 8080)).toBe(false);
  });

  test('that are left out are told of on the edge of the route, with whom to ask', () => {
    expect(statesOf(between('dev'))).toEqual([
      'HTTPRoute infra/web through Gateway infra/public: Refused/CrossEnvironment: "HTTPRoute infra/web through Gateway infra/public" crosses from namespace shop (env: prod) to namespace infra (env: dev), which no route or grant can allow: lead to it through a Gateway of env prod, or have the pair allowed by environments.allowed in the operator\'s settings',
    ]);
    expect(statesOf(between(undefined))[0]).toContain(
      ': have Namespace infra labelled with its env, or shared by environments.sharedNamespaces',
    );
  });

  test('of another Gateway of the same route are let in, and the one that is not is told', () => {
    const both = gatewayRoute('infra/web', [web80], ['infra/public', 'shop/own']);
    const world = between('dev', [...granted, both, gateway('shop/own')]);
    const own = {
      namespace: 'shop',
      labels: { 'gateway.networking.k8s.io/gateway-name': 'own' },
    };
    expect(letsIn(world, own, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, made, 'shop/web', 8080)).toBe(false);
    expect(statesOf(world)[0]).toContain(': Refused/CrossEnvironment: ');
  });

  test('come and go with the label of their Namespace', () => {
    const world = between('prod');
    const keys = world.put(namespace('infra', of('dev')));
    expect([...keys]).toContain('Deployment/shop/web');
    expect([...world.put(namespace('infra', of('prod')))]).toContain('Deployment/shop/web');
  });
});

describe('An ingress controller on the host’s network', () => {
  test('is told of, since no policy can name its pods, instead of being told to be allowed', () => {
    const onHost = workload('ingress-nginx/nginx', { hostNetwork: true });
    const route = [nginx, ingress('shop/web', [web80], 'nginx')];
    expect(statesOf(worldFrom(knowing(), ...shop, ...route, onHost))).toEqual([
      'Ingress shop/web of class nginx: Pending/HostNetworkPeer: "Ingress shop/web of class nginx": Deployment/ingress-nginx/nginx runs on the host\'s network, which no policy can name; where it must be, write @nodes and a port',
    ]);
  });
});

describe('A route whose Gateway is not there', () => {
  test('opens nothing and says so; one of a mesh, without a Gateway, is nobody’s way in', () => {
    const route = gatewayRoute('shop/web', [web80], ['infra/public']);
    expect(statesOf(worldFrom(knowing(), ...shop, route))).toEqual([
      'HTTPRoute shop/web through Gateway infra/public: Pending/PartyUnknown: "HTTPRoute shop/web through Gateway infra/public": Gateway infra/public is not known, so nothing is allowed: create it, or correct the route; or say which pods serve it by parties.ingress in the operator\'s settings',
    ]);
    const mesh = { ...route, gateways: [] };
    expect(statesOf(worldFrom(knowing(), ...shop, mesh))).toEqual([]);
  });
});

describe('Where no ingress pods are configured', () => {
  const records = [...shop, nginx, ingress('shop/web', [web80], 'nginx')];
  const labels = { 'app.kubernetes.io/name': 'ingress-nginx' };
  const alike = workload('ingress-nginx/controller', { labels });

  test('the setting to set is named, and who looks like them is let in by no rule', () => {
    const world = worldFrom(knowing({ ingress: [] }), ...records, alike);
    expect(letsIn(world, { namespace: 'ingress-nginx', labels }, 'shop/web', 8080)).toBe(false);
    expect(statesOf(world)).toEqual([
      'Ingress shop/web of class nginx: Pending/PartyUnknown: "Ingress shop/web of class nginx": @ingress is not known, so nothing is allowed: set parties.ingress in the operator\'s settings to say who that is',
    ]);
  });
});

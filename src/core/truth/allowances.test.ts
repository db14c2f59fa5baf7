import { describe, expect, test } from '@jest/globals';
import { ask, strayPod } from '../../../test/support/ask.ts';
import { namespace, service, servicePort, tcp, workload } from '../../../test/support/builders.ts';
import {
  gateway,
  gatewayClass,
  gatewayRoute,
  grant,
  ingress,
  ingressClass,
  monitor,
  node,
  webhook,
} from '../../../test/support/outside-builders.ts';
import type { OutsideRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';

const nginx = strayPod('edge', { app: 'nginx' });
const prometheus = strayPod('edge', { app: 'prometheus' });
const settings = {
  ...defaultSettings,
  parties: {
    ...defaultSettings.parties,
    ingress: [
      {
        ...{ namespace: 'edge', selector: { matchLabels: { app: 'nginx' } } },
        controllers: ['example.com/nginx'],
      },
    ],
    monitoring: [{ namespace: 'edge', selector: { matchLabels: { app: 'prometheus' } } }],
  },
};

function shop(outside: readonly OutsideRecord[], says: Parameters<typeof namespace>[1] = {}) {
  return ask({
    namespaces: [namespace('shop', { deny: 'ingress', ...says }), namespace('edge')],
    workloads: [workload('shop/web', { ports: [tcp(8080, 'http'), tcp(9090, 'metrics')] })],
    services: [service('shop/web', [servicePort(80, 'http', { name: 'web' })])],
    ranges: [node('one', ['10.0.0.6'], { controlPlane: true })],
    ...{ outside, settings },
  });
}

describe('routes', () => {
  const known = ingressClass('nginx', 'example.com/nginx');

  test('an Ingress lets the pods of its controller in, on the targetPort alone', () => {
    for (const port of ['80', 'web']) {
      const { can } = shop([known, ingress('shop/web', [`shop/web:${port}`], 'nginx')]);
      expect(can(nginx, 'shop/web', 8080)).toBe(true);
      expect(can(nginx, 'shop/web', 9090)).toBe(false);
      expect(can(prometheus, 'shop/web', 8080)).toBe(false);
    }
  });

  test('a class of another controller, one that does not exist, or a port that is not there: nobody', () => {
    const other = ingressClass('other', 'example.com/other');
    for (const one of [
      ingress('shop/web', ['shop/web:80'], 'other'),
      ingress('shop/web', ['shop/web:80'], 'gone'),
      ingress('shop/web', ['shop/web:81'], 'nginx'),
    ]) {
      expect(shop([known, other, one]).can(nginx, 'shop/web', 8080)).toBe(false);
    }
  });

  test('without a class the default one serves it', () => {
    const one = ingress('shop/web', ['shop/web:80']);
    const isDefault = ingressClass('nginx', 'example.com/nginx', true);
    expect(shop([isDefault, one]).can(nginx, 'shop/web', 8080)).toBe(true);
    expect(shop([known, one]).can(nginx, 'shop/web', 8080)).toBe(false);
  });

  test('a route from elsewhere needs a grant for its kind, its namespace and the Service', () => {
    const route = gatewayRoute('edge/web', ['shop/web:80'], ['edge/public']);
    const gateways = [gateway('edge/public', 'nginx'), gatewayClass('nginx', 'example.com/nginx')];
    const opened = (one: OutsideRecord) =>
      shop([route, ...gateways, one]).can(nginx, 'shop/web', 8080);
    expect(opened(grant('shop/let', 'edge'))).toBe(true);
    expect(opened(grant('shop/let', 'edge', ['web']))).toBe(true);
    expect(opened(grant('shop/let', 'edge', ['api']))).toBe(false);
    expect(opened(grant('shop/let', 'billing'))).toBe(false);
    expect(opened(grant('shop/let', 'edge', [undefined], 'TCPRoute'))).toBe(false);
    expect(opened(grant('edge/let', 'edge'))).toBe(false);
  });

  test('a Gateway that no configured controller runs is served by the pods that carry its name', () => {
    const { can } = shop([
      gatewayRoute('shop/web', ['shop/web:80'], ['shop/own']),
      gateway('shop/own', 'gone'),
    ]);
    const label = 'gateway.networking.k8s.io/gateway-name';
    expect(can(strayPod('shop', { [label]: 'own' }), 'shop/web', 8080)).toBe(true);
    expect(can(strayPod('edge', { [label]: 'own' }), 'shop/web', 8080)).toBe(false);
    expect(can(nginx, 'shop/web', 8080)).toBe(false);
  });

  test('auto: deny closes it again, and so does a list without routes', () => {
    const one = ingress('shop/web', ['shop/web:80'], 'nginx');
    for (const [auto, open] of [
      ['deny', false],
      ['metrics', false],
      ['routes', true],
    ] as const) {
      expect(shop([known, one], { auto }).can(nginx, 'shop/web', 8080)).toBe(open);
    }
  });
});

describe('metrics', () => {
  const all = {};
  const metrics = [{ name: 'metrics' }];

  test('a PodMonitor opens the port that it names to monitoring pods alone', () => {
    const { can } = shop([monitor('shop/m', all, metrics, { kind: 'PodMonitor' })]);
    expect(can(prometheus, 'shop/web', 9090)).toBe(true);
    expect(can(prometheus, 'shop/web', 8080)).toBe(false);
    expect(can(nginx, 'shop/web', 9090)).toBe(false);
  });

  test('a ServiceMonitor means a port of the Service, translated', () => {
    expect(
      shop([monitor('shop/m', all, [{ name: 'web' }])]).can(prometheus, 'shop/web', 8080),
    ).toBe(true);
    expect(shop([monitor('shop/m', all, metrics)]).can(prometheus, 'shop/web', 9090)).toBe(false);
  });

  test('a monitor of another namespace counts where the namespace lets it', () => {
    const one = monitor('edge/m', all, metrics, { kind: 'PodMonitor', namespaces: 'any' });
    const own = monitor('edge/m', all, metrics, { kind: 'PodMonitor' });
    const letIn = { monitorsFrom: 'edge' };
    expect(shop([one]).can(prometheus, 'shop/web', 9090)).toBe(false);
    expect(shop([one], letIn).can(prometheus, 'shop/web', 9090)).toBe(true);
    expect(shop([own], letIn).can(prometheus, 'shop/web', 9090)).toBe(false);
  });

  test('scrape annotations open their port, or else all that are declared', () => {
    const scraped = (scrape: { port?: number }) =>
      ask({
        namespaces: [namespace('shop', { deny: 'ingress' }), namespace('edge')],
        workloads: [workload('shop/web', { ports: [8080, tcp(53, 'dns', 'UDP')], scrape })],
        settings,
      });
    expect(scraped({ port: 9100 }).can(prometheus, 'shop/web', 9100)).toBe(true);
    expect(scraped({ port: 9100 }).can(prometheus, 'shop/web', 8080)).toBe(false);
    expect(scraped({}).can(prometheus, 'shop/web', 8080)).toBe(true);
    expect(scraped({}).can(prometheus, 'shop/web', 53, 'UDP')).toBe(false);
  });
});

describe('webhooks', () => {
  test('the API server may reach what its configuration calls, and nothing beside it', () => {
    const { can } = shop([webhook('one', ['shop/web:80'])]);
    expect(can('10.0.0.6', 'shop/web', 8080)).toBe(true);
    expect(can('10.0.0.6', 'shop/web', 9090)).toBe(false);
    expect(can('10.0.0.7', 'shop/web', 8080)).toBe(false);
  });

  test('none is a veto over what is allowed without being declared', () => {
    const { can } = ask({
      workloads: [workload('shop/web', { acceptsFrom: 'none' })],
      services: [service('shop/web', [servicePort(80)])],
      ranges: [node('one', ['10.0.0.6'], { controlPlane: true })],
      outside: [webhook('one', ['shop/web:80'])],
    });
    expect(can('10.0.0.6', 'shop/web', 80)).toBe(false);
  });
});

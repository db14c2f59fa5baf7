import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createWorkplace, deployment, policy, type Workplace, web } from './command.ts';

const service = `apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: bank, namespace: shop}
spec: {type: ExternalName, externalName: bank.example.com}
---
`;

const policies = [
  policy('admit-web', 'cart', { ingress: [{ from: [web], ports: [{ port: 'http' }] }] }),
  policy('admit-probe', 'cart', {
    ingress: [
      { from: [web], ports: [{ port: 9000 }] },
      { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 9000 }] },
    ],
  }),
  policy('quiet', 'cart', { policyTypes: ['Egress'] }),
].join('');

let place: Workplace;
beforeAll(() => {
  place = createWorkplace();
  place.write('shop.yaml', deployment('web') + deployment('cart') + service + policies);
});
afterAll(() => place.remove());

function reach(...args: readonly string[]) {
  const { status, stdout, stderr } = place.appconn(['reach', '-f', 'shop.yaml', ...args]);
  return { status, stderr, lines: stdout.trimEnd().split('\n') };
}

describe('appconn reach', () => {
  test('prints a line for each sender and ports; outside is one word for both families', () => {
    expect(reach()).toEqual({
      ...{ status: 0, stderr: '' },
      lines: [
        'FROM                  TO                             PORTS',
        '10.0.0.0/8            Deployment/shop/cart           9000/TCP',
        'outside               Deployment/shop/web            all ports',
        'Deployment/shop/web   outside, Deployment/shop/web   all ports',
        'Deployment/shop/web   Deployment/shop/cart           8080/TCP, 9000/TCP',
      ],
    });
  });

  test('wide names every policy that lets some of the ports through, and where it stands', () => {
    const { lines } = reach('-o', 'wide', '--from', 'shop/web', '--to', 'shop/svc/cart');
    expect(lines.map((line) => line.split(/ {3,}/))).toEqual([
      ['FROM', 'TO', 'PORTS', 'EGRESS BY', 'INGRESS BY'],
      [
        ...['Deployment/shop/web', 'Deployment/shop/cart', '8080/TCP, 9000/TCP', '-'],
        'shop/admit-probe (shop.yaml:36:178), shop/admit-web (shop.yaml:34:176)',
      ],
    ]);
  });

  test('--from and --to take patterns, of which Services without pods are none', () => {
    const { lines } = reach('--from', 'shop/*/w*', '--to', '*/svc/*');
    expect(lines.slice(1)).toEqual([
      'Deployment/shop/web   Deployment/shop/cart   8080/TCP, 9000/TCP',
    ]);
    expect(reach('--to', 'shop/svc/nob*')).toMatchObject({
      ...{
        status: 2,
        stderr: 'error: no pod or workload is behind what "shop/svc/nob*" matches\n',
      },
    });
    expect(reach('--to', 'shp/*/*')).toMatchObject({
      status: 2,
      stderr: 'error: "shp/*/*" matches nobody in the input; did you mean shop/*/*?\n',
    });
  });

  test('CSV has a line for each pair', () => {
    expect(reach('-o', 'csv', '--to', 'shop/svc/cart').lines).toEqual([
      'from,to,ports',
      '10.0.0.0/8,Deployment/shop/cart,9000/TCP',
      'Deployment/shop/web,Deployment/shop/cart,8080/TCP 9000/TCP',
    ]);
  });

  test('JSON has every party with its isolation, and every pair', () => {
    const { lines } = reach('-o', 'json', '--from', 'outside', '--from', 'shop/deployment/web');
    expect(JSON.parse(lines.join('\n'))).toEqual({
      version: 1,
      parties: [
        { name: 'Deployment/shop/cart', isolated: ['ingress', 'egress'] },
        { name: 'Deployment/shop/web', isolated: [] },
      ],
      connections: [
        { from: '10.0.0.0/8', to: 'Deployment/shop/cart', ports: ['9000/TCP'] },
        { from: 'outside (IPv4)', to: 'Deployment/shop/web', ports: ['all'] },
        { from: 'outside (IPv6)', to: 'Deployment/shop/web', ports: ['all'] },
        { from: 'Deployment/shop/web', to: 'outside (IPv4)', ports: ['all'] },
        { from: 'Deployment/shop/web', to: 'outside (IPv6)', ports: ['all'] },
        {
          ...{ from: 'Deployment/shop/web', to: 'Deployment/shop/cart' },
          ports: ['8080/TCP', '9000/TCP'],
        },
        { from: 'Deployment/shop/web', to: 'Deployment/shop/web', ports: ['all'] },
      ],
    });
  });

  test('graphs have a node for outside where both families have the same ports', () => {
    expect(reach('-o', 'mermaid').lines).toEqual([
      'flowchart LR',
      '  subgraph s0["shop"]',
      '    n0["Deployment/cart"]',
      '    n1["Deployment/web"]',
      '  end',
      '  n2["10.0.0.0/8"]',
      '  n3["outside"]',
      '  n2 -->|"9000/TCP"| n0',
      '  n3 -->|"all ports"| n1',
      '  n1 -->|"all ports"| n3',
      '  n1 -->|"8080/TCP, 9000/TCP"| n0',
      '  n1 -->|"all ports"| n1',
    ]);
  });

  test('a graph of some draws nobody who has no connection among them', () => {
    expect(reach('-o', 'dot', '--to', 'outside').lines).toEqual([
      'digraph connections {',
      '  rankdir=LR;',
      '  node [shape=box];',
      '  subgraph cluster_0 {',
      '    label="shop";',
      '    n0 [label="Deployment/web"];',
      '  }',
      '  n1 [label="outside"];',
      '  n0 -> n1 [label="all ports"];',
      '}',
    ]);
  });

  test('--exposed is what the internet and any pod may reach', () => {
    expect(reach('--exposed').lines).toEqual([
      'FROM               TO                     PORTS',
      '10.0.0.0/8         Deployment/shop/cart   9000/TCP',
      'outside, any pod   Deployment/shop/web    all ports',
    ]);
  });

  test.each([
    [['--to', 'shop/svc/car'], '"shop/svc/car" is not in the input; did you mean shop/svc/cart?'],
    [
      ['--to', 'shop/svc/nobody'],
      'no pod or workload is behind Service/shop/nobody; give its manifest, or name another',
    ],
    [
      ['--to', 'shop/svc/bank'],
      'Service/shop/bank is a name outside of the cluster (ExternalName); ask with an address',
    ],
    [
      ['--from', '192.0.2.1'],
      '192.0.2.1 is outside: write "outside", or ask can-reach about one address',
    ],
    [
      ['--from', 'outside', '--to', 'outside'],
      'from outside to outside is no matter of these policies; name a pod or workload',
    ],
    [
      ['--exposed', '--to', 'outside'],
      '--exposed asks what is reached from outside; name a pod or workload in --to',
    ],
  ])('%j is no question: a sentence, and exit code 2', (args, sentence) => {
    expect(reach(...args)).toEqual({ status: 2, stderr: `error: ${sentence}\n`, lines: [''] });
  });

  test('what cannot be read is told with its place; the rest is answered, with exit code 2', () => {
    const broken = 'apiVersion: v1\nkind: [\n---\n';
    const other = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n';
    const name = place.write('broken.yaml', broken + other + deployment('web').repeat(2));
    const { status, stdout, stderr } = place.appconn(['reach', '-f', name]);
    expect(status).toBe(2);
    expect(stdout).toContain('Deployment/shop/web   outside, Deployment/shop/web   all ports');
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^broken\.yaml:3:1: error: Flow sequence/),
      'broken.yaml:17:1: warning: Deployment/shop/web is given twice, first at broken.yaml:8:1; the last one counts',
      'notice: 1 object says nothing about connections and is left out: 1 ConfigMap',
      '',
    ]);
  });

  test('an input without any object is refused; one without workloads is told to say nothing', () => {
    expect(place.appconn(['reach', '-f', '-'])).toEqual({
      ...{ status: 2, stdout: '' },
      stderr: 'error: there is no Kubernetes object in stdin, so there is nothing to judge\n',
    });
    expect(place.appconn(['reach', '-f', '-'], policies)).toEqual({
      ...{ status: 0, stdout: 'FROM   TO   PORTS\n' },
      stderr:
        'notice: there is no pod or workload here, so that there is nothing that connections could join\n',
    });
  });
});

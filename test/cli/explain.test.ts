import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { appconn } from './appconn.ts';

const explain = (args: readonly string[], input?: string) => appconn(['explain', ...args], input);

function workload(name: string, { says = '', env = '' } = {}): string {
  return `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
  annotations: {${says}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: main
          env: [${env}]
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec: {selector: {app: ${name}}, ports: [{port: 80}]}
`;
}

const ours = 'appconnectivity.dev/';
const shop = [
  workload('web', {
    says: `"${ours}talks-to": "cart, vault"`,
    env: '{name: CART, value: "http://cart"}, {name: LEDGER_URL, value: "http://ledger:80/x"}',
  }),
  workload('cart', { says: `"${ours}accepts-from": web` }),
  workload('vault', { says: `"${ours}accepts-from": ledger` }),
  workload('ledger'),
  workload('front', { says: `"${ours}talks-to": web` }),
].join('');

/** Settings in a file: the ingress controller is the cart. */
const folder = mkdtempSync(join(tmpdir(), 'appconn-explain-'));
const ingressIsCart = join(folder, 'settings.yaml');
const pods = '{namespace: shop, selector: {matchLabels: {app: cart}}}';
writeFileSync(ingressIsCart, `parties: {ingress: [${pods}]}\n`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('appconn explain', () => {
  test('says what isolates a workload and where that was said, and how each edge stands and why', () => {
    const { status, stdout } = explain(['-f', '-', 'shop/deployment/web'], shop);
    expect(status).toBe(1);
    expect(stdout).toContain('Not isolated for ingress: it accepts any connection.');
    expect(stdout).toMatch(
      /Isolated for egress by shop\/appconn-web-\w+, because Deployment\/shop\/web says so at stdin:7:\d+\./,
    );
    expect(stdout).toMatch(
      /talks-to cart: Allowed \(stdin:7:\d+\)\n.*by egress\[\d\] of shop\/appconn-web-\w+, ingress\[\d\] of shop\/appconn-cart-\w+/,
    );
    expect(stdout).toMatch(
      /talks-to vault: Refused\/NotAccepted \(stdin:7:\d+\)\n.*add web to its/,
    );
    expect(stdout).toContain('Deployment/shop/front: talks-to web: Open');
  });

  test('lists what is allowed without being declared, each with its cause and the rule', () => {
    const { stdout } = explain(['-f', '-', 'shop/deployment/web'], shop);
    const [, allowed = ''] = stdout.split('Allowed without being declared:\n');
    expect(allowed).toMatch(/dns: the cluster's DNS: \w+.*\(stdin:2:1\)/);
    expect(allowed).toMatch(
      /self: its own replicas: .*\n.*\n.*by egress\[\d\] of shop\/appconn-web-\w+/,
    );
    const json = JSON.parse(explain(['-f', '-', '-o', 'json', 'shop/deployment/web'], shop).stdout);
    expect(json.allowed).toMatchObject([
      { allowance: 'dns', direction: 'egress', source: 'Deployment/shop/web' },
      { allowance: 'self', direction: 'egress', source: 'Deployment/shop/web' },
    ]);
  });

  test.each([
    ['ingress', 'shop/deployment/web', 'routes: Ingress shop/shop of class nginx'],
    [
      'gateway-with-grant',
      'shop/deployment/cart',
      'routes: HTTPRoute web/all through Gateway infra/public',
    ],
    ['scraping', 'shop/deployment/web', 'metrics: scrape annotation of the pods of Deployment'],
    ['scraping', 'billing/deployment/invoices', 'metrics: ServiceMonitor monitoring/everything'],
    [
      'admission-webhook',
      'policies/deployment/checker',
      'webhooks: ValidatingWebhookConfiguration',
    ],
    ['openshift-dns', 'shop/deployment/web', "dns: the cluster's DNS"],
  ])('in the example %s names what lets others in to %s: %s', (folder, who, cause) => {
    const settings = `examples/${folder}/settings.yaml`;
    const config = existsSync(settings) ? ['--config', settings] : [];
    const { stdout } = explain(['-f', `examples/${folder}/input.yaml`, ...config, who]);
    const [, allowed = ''] = stdout.split('Allowed without being declared:\n');
    expect(allowed).toContain(`  ${cause}`);
    const [, rule] = allowed.split(cause);
    expect(rule).toMatch(
      /^[^\n]*: (Allowed|Open) \(examples\/[^\n]*\)\n(.*\n)?\s+by (in|e)gress\[\d\] of /,
    );
  });

  test.each([
    [
      'an admission webhook',
      `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: policy}
webhooks:
  - name: policy.example.com
    clientConfig: {service: {namespace: shop, name: cart, port: 80}}
`,
      [],
      'the API server from the webhook of ValidatingWebhookConfiguration policy (80/tcp)',
    ],
    [
      'the ingress controller',
      '',
      ['--config'],
      'everyone outside from an ingress controller (80/tcp)',
    ],
  ])('says why the policy of %s is not written', (_what, more, config, cut) => {
    const who = ['shop/deployment/cart', ...config, ...config.map(() => ingressIsCart)];
    const { stdout } = explain(['-f', '-', ...who], `${shop}${more}`);
    expect(stdout).toContain('Not isolated for ingress');
    expect(stdout.split('Needs somebody:\n')[1]).toContain(
      `warning: not written: it would cut ${cut}; accept `,
    );
  });

  test('tells a Service that the template names and no entry covers, and where', () => {
    const { stdout } = explain(['-f', '-', 'shop/deployment/web'], shop);
    const [, named] = stdout.split('Named without being declared:\n');
    expect(named).toMatch(
      /^ {2}LEDGER_URL names Service shop\/ledger \(stdin:15:\d+\); if it is called, add ledger to talks-to\n$/,
    );
  });

  test('tells none that an entry means in any form, that is let through, or that is its own', () => {
    const env =
      '{name: A, value: "cart:80"}, {name: B, value: "ledger:80"}, {name: C, value: "web:80"}';
    const wide = workload('web', { says: `"${ours}talks-to": "@namespace"`, env });
    const pods = `${wide}${workload('cart')}${workload('ledger')}`;
    expect(explain(['-f', '-', 'shop/deployment/web'], pods).stdout).not.toContain('Named');
    const silent = workload('web', { env });
    const namespace =
      '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {appconnectivity.dev/default-deny: "true"}}\n';
    const word = workload('cart', { says: `"${ours}accepts-from": web` });
    const { stdout } = explain(
      ['-f', '-', 'shop/deployment/web'],
      `${silent}${word}${workload('ledger')}${namespace}`,
    );
    expect(stdout.split('Named without being declared:\n')[1]).toMatch(
      /^ {2}B names Service shop\/ledger \(stdin:15:\d+\); .* add ledger to talks-to, which then lists all that it talks to\n$/,
    );
  });

  test('names every rule that carries an edge without ports, whoever wrote it', () => {
    const admits = (name: string, port: number) => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}, namespace: shop}
spec: {podSelector: {matchLabels: {app: cart}}, ingress: [{ports: [{port: ${port}}]}]}
`;
    const web = workload('web', { says: `"${ours}talks-to": cart` });
    const cart = workload('cart')
      .replace(', ports: [{port: 80}]', '')
      .replace('kind: Service', 'kind: ServiceAccount');
    const { stdout } = explain(
      ['-f', '-', 'shop/deployment/web'],
      web + cart + admits('one', 80) + admits('two', 90),
    );
    expect(stdout).toMatch(
      /by egress\[\d\] of shop\/appconn-web-\w+, ingress\[0\] of shop\/one \(stdin:\d+:\d+\), ingress\[0\] of shop\/two/,
    );
  });

  test('names the rules of entries that mean many', () => {
    const web = workload('web', { says: `"${ours}talks-to": "@namespace, @cluster"` });
    const pods = `---
apiVersion: appconnectivity.dev/v1alpha1
kind: AppConnectivity
metadata: {name: more, namespace: shop}
spec:
  workload: {kind: Deployment, name: web}
  talksTo: [{pods: {selector: {matchLabels: {tier: back}}}, ports: [{port: 80}]}]
`;
    const { stdout } = explain(['-f', '-', 'shop/deployment/web'], web + pods + workload('cart'));
    for (const entry of ['@namespace: Allowed', '@cluster: Open', 'pods\\(tier=back\\):80: Open']) {
      expect(stdout).toMatch(
        new RegExp(
          `talks-to ${entry}.*\\n(.*\\n)?\\s+by egress\\[\\d\\] of shop/appconn-web-\\w+[,\\n]`,
        ),
      );
    }
  });

  test('an entry for another Service whose name has this one in it does not hide it', () => {
    const env = '{name: CART, value: "cart:80"}';
    const web = workload('web', { says: `"${ours}talks-to": cartservice`, env });
    const all = `${web}${workload('cart')}${workload('cartservice')}`;
    expect(explain(['-f', '-', 'shop/deployment/web'], all).stdout).toContain('CART names Service');
  });

  test('one whose edges all hold exits 0, and JSON tells the same', () => {
    const { status, stdout } = explain(['-f', '-', '-n', 'shop', 'front', '-o', 'json'], shop);
    expect(status).toBe(0);
    const schema = JSON.parse(readFileSync('docs/schemas/explain.json', 'utf8'));
    expect(z.fromJSONSchema(schema).safeParse(JSON.parse(stdout)).error).toBeUndefined();
    const wrong = { ...JSON.parse(stdout), more: 1 };
    expect(z.fromJSONSchema(schema).safeParse(wrong).success).toBe(false);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ version: 1, workload: 'Deployment/shop/front', audited: false, planned: true },
      isolation: [
        { direction: 'ingress', isolated: false, defaultDeny: false },
        { direction: 'egress', isolated: true, policies: [{ namespace: 'shop', ours: true }] },
      ],
      own: [{ direction: 'egress', entry: 'web', state: 'Open', source: 'Deployment/shop/front' }],
      undeclared: [],
    });
  });

  test('a policy of somebody else is told as such, and blocks', () => {
    const foreign = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: lock, namespace: shop}
spec: {podSelector: {matchLabels: {app: ledger}}, policyTypes: [Ingress]}
`;
    const says = workload('ledger').replace('{}', `{"${ours}accepts-from": web}`);
    const { stdout } = explain(['-f', '-', 'shop/deployment/ledger'], says + foreign);
    expect(stdout).toMatch(/by .*shop\/lock \(stdin:\d+:1\), not of the operator/);
    const web = workload('web', { says: `"${ours}talks-to": ledger` });
    const blocked = explain(['-f', '-', 'shop/deployment/web'], web + workload('ledger') + foreign);
    expect(blocked.stdout).toContain('talks-to ledger: Blocked/ForeignPolicy');
    expect(blocked.status).toBe(1);
  });

  test('who looks like a party that is not known is told of, as by render', () => {
    const says = workload('web', { says: `"${ours}accepts-from": "@monitoring"` });
    const labels = '{app.kubernetes.io/name: prometheus}';
    const input = says + workload('metrics').replaceAll('{app: metrics}', labels);
    const hint = /stdin:22:1: warning: it looks like @monitoring, .* by parties\.monitoring in/;
    expect(explain(['-f', '-', 'shop/deployment/web'], input).stdout).toMatch(hint);
    expect(appconn(['render', '-f', '-'], input).stderr).toMatch(hint);
  });

  test.each(['shop/deployment/wep', 'shop/svc/web', 'web'])(
    'a wrong name, %s, exits 2 and says which one may be meant',
    (name) => {
      expect(explain(['-f', '-', name], shop)).toMatchObject({
        ...{ status: 2, stdout: '' },
        stderr: `error: there is no workload "${name}"; did you mean shop/deployment/web?\n`,
      });
    },
  );

  test('an input that cannot be read whole exits 2, and the rest is explained', () => {
    const broken = explain(['-f', '-', 'shop/deployment/front'], `${shop}---\nkind: [\n`);
    expect(broken.status).toBe(2);
    expect(broken.stdout).toContain('talks-to web: Open');
    expect(broken.stderr).toMatch(/^stdin:\d+:\d+: error: .*\n$/);
  });

  test('the example of the documentation is what the command prints', () => {
    const text = readFileSync('docs/cli.md', 'utf8');
    const [, command = '', output = ''] =
      /```\n\$ appconn explain ([^\n]*)\n([^`]*)```/.exec(text) ?? [];
    expect(output).not.toBe('');
    expect(explain(command.split(' ')).stdout).toBe(output);
  });
});

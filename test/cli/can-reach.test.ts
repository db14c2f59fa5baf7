import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'appconn-can-reach-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pod = (name: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}\n`;
const admitsWeb = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {matchLabels: {app: cart}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 8080}]
`;
const shop = [pod('web'), pod('cart'), pod('other'), admitsWeb].join('---\n');

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Without our own variables, so that settings of whoever runs the tests do not count. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^APPCONN_|^(NO|FORCE)_COLOR$/.test(name)),
);

function canReach(args: readonly string[], input = '') {
  const options = {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...environment, NODE_OPTIONS: '' },
  } as const;
  const command = ['src/main.ts', 'can-reach', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, options);
  return { status, stdout, stderr: stderr.replaceAll(`${folder}/`, '') };
}

const ask = (...parties: string[]) => canReach(['-f', '-', ...parties], shop);

describe('appconn can-reach', () => {
  test('says yes with exit code 0, no with 1, and why, without colours', () => {
    const yes = ask('shop/pod/web', 'shop/pod/cart:8080');
    expect(yes).toEqual({
      status: 0,
      stderr: '',
      stdout:
        'yes: Pod/shop/web may open connections to Pod/shop/cart on 8080/TCP. ' +
        'No NetworkPolicy isolates Pod/shop/web for egress, so that it may open any connection. ' +
        'ingress[0] of NetworkPolicy shop/cart (stdin:19:7) lets it in to Pod/shop/cart.\n',
    });
    const no = ask('shop/pod/other', 'shop/pod/cart:8080/TCP');
    expect(no).toMatchObject({ status: 1, stderr: '' });
    expect(no.stdout).toContain(
      'NetworkPolicy shop/cart (stdin:13:1) isolates Pod/shop/cart for ingress, and no rule of it lets Pod/shop/other in.',
    );
  });

  test('answers as JSON', () => {
    const { status, stdout } = ask('web', 'cart:8080', '-n', 'shop', '-o', 'json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ version: 1, from: 'Pod/shop/web', to: 'Pod/shop/cart', port: 8080, protocol: 'TCP' },
      ...{ allowed: true, egress: true, ingress: true },
      reasons: [
        { direction: 'egress', of: 'Pod/shop/web', isolated: false, allowed: true, policies: [] },
        {
          ...{ direction: 'ingress', of: 'Pod/shop/cart', isolated: true, allowed: true },
          policies: [{ namespace: 'shop', name: 'cart', rule: 0, place: 'stdin:19:7' }],
        },
      ],
    });
  });

  test('an unknown party and wrong usage are one sentence and exit code 2', () => {
    const crash = ask('shop/constructor/web', 'shop/pod/cart');
    expect(crash).toMatchObject({ status: 2, stdout: '' });
    expect(crash.stderr).toMatch(
      /^error: "constructor" in .* is no kind that is known here; .*\n$/,
    );
    const unknown = ask('shop/pod/wbe', 'shop/pod/cart', '-o', 'json');
    const error = '"shop/pod/wbe" is not in the input; did you mean shop/pod/web?';
    expect(unknown).toMatchObject({ status: 2, stderr: `error: ${error}\n` });
    expect(JSON.parse(unknown.stdout)).toEqual({ error });
    expect(ask('shop/pod/web')).toEqual({
      ...{ status: 2, stdout: '' },
      stderr: 'error: name who and whom: appconn can-reach FROM TO[:PORT[/PROTOCOL]]\n',
    });
    expect(ask('shop/pod/web', 'shop/pod/cart:99999').stderr).toBe(
      'error: "99999" is no port; ports are 1 to 65535 (in "shop/pod/cart:99999")\n',
    );
  });

  test('without anything to read it says so', () => {
    expect(canReach(['-f', '-', 'a', 'b'])).toEqual({
      ...{ status: 2, stdout: '' },
      stderr: 'error: there is no Kubernetes object in stdin, so there is nothing to judge\n',
    });
    const command = ['-c', '"$NODE" src/main.ts can-reach -f - a b < .'];
    const env = { ...environment, NODE_OPTIONS: '', NODE: process.execPath };
    const { status, stderr } = spawnSync('sh', command, { encoding: 'utf8', env });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: cannot read stdin \(EISDIR.*\); pipe the manifests in\n$/);
    const gone = canReach(['-f', join(folder, 'gone.yaml'), 'a', 'b']);
    expect(gone).toMatchObject({ status: 2, stdout: '' });
    expect(gone.stderr).toBe(
      'error: cannot read gone.yaml (ENOENT); give a file, a folder, or - for stdin\n',
    );
  });
});

describe('the input of can-reach', () => {
  test('may be a folder; what is broken is told with its place, and the rest is read', () => {
    mkdirSync(join(folder, 'k8s', 'charts.yaml'), { recursive: true });
    write('k8s/a.yaml', shop);
    write('k8s/b.yaml', `${pod('late')}---\nkind: [unclosed\n`);
    write('k8s/notes.txt', '{');
    const read = canReach(['-f', join(folder, 'k8s'), 'shop/pod/late', 'shop/pod/web:80']);
    expect(read).toMatchObject({ status: 2, stdout: expect.stringMatching(/^yes: /) });
    expect(read.stderr).toMatch(/^k8s\/b\.yaml:\d+:\d+: error: .*\n$/);
    symlinkSync('nowhere', join(folder, 'k8s', 'c.yaml'));
    symlinkSync('.', join(folder, 'k8s', 'again'));
    const dangling = canReach(['-f', join(folder, 'k8s'), 'shop/pod/web', 'shop/pod/web']);
    expect(dangling).toMatchObject({ status: 2, stdout: expect.stringMatching(/^yes: /) });
    expect(dangling.stderr).toContain('k8s/c.yaml: error: it cannot be read (ENOENT)\n');
    expect(dangling.stderr).not.toContain('twice');
  });

  test('may hold kinds that say nothing, and one object twice, of which the last one counts', () => {
    const others = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n';
    const cilium =
      'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a}\n---\n';
    const twice = `${others}${cilium}${shop}---\n${admitsWeb.replace('app: web', 'app: other')}`;
    const { status, stderr } = canReach(['-f', '-', 'shop/pod/other', 'shop/pod/cart:8080'], twice);
    expect(status).toBe(0);
    expect(stderr.split('\n')).toEqual([
      'stdin:30:1: warning: NetworkPolicy/shop/cart is given twice, first at stdin:21:1; the last one counts',
      'warning: policies of other APIs are not judged, only NetworkPolicies of networking.k8s.io/v1 are: 1 CiliumNetworkPolicy',
      'notice: 1 object says nothing about connections and is left out: 1 ConfigMap',
      '',
    ]);
  });

  test('may hold an object that cannot be read: it is told, and the exit code says so', () => {
    const wrong = `${shop}---\n${pod('bad').replace('app: bad', 'app: 1')}`;
    const read = canReach(['-f', '-', 'shop/pod/web', 'shop/pod/other'], wrong);
    expect(read).toMatchObject({ status: 2, stdout: expect.stringMatching(/^yes: /) });
    expect(read.stderr).toMatch(/^stdin:24:54: error: Pod: metadata\.labels\.app: .*\n$/);
  });

  test('with --with-intent the policies that the declarations would render count too', () => {
    const declared = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop, annotations: {appconnectivity.dev/accepts-from: none}}
spec:
  selector: {matchLabels: {app: api}}
  template: {metadata: {labels: {app: api}}}
`;
    const given = `${shop}---\n${declared}`;
    const parties = ['-f', '-', 'shop/pod/web', 'shop/deployment/api:80'];
    expect(canReach(parties, given)).toMatchObject({ status: 0, stderr: '' });
    const rendered = canReach([...parties, '--with-intent'], given);
    expect(rendered).toMatchObject({ status: 1, stderr: '' });
    expect(rendered.stdout).toContain('NetworkPolicy shop/appconn-api-');
    const resource = `---
apiVersion: appconnectivity.dev/v1alpha1
kind: AppConnectivity
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, talksTo: [{nobody: true}]}
`;
    const twice = canReach([...parties, '--with-intent'], `${given}${resource}${resource}`);
    expect(twice.status).toBe(1);
    expect(twice.stderr).toMatch(
      /^stdin:\d+:1: warning: AppConnectivity\/shop\/web is given twice, first at .*\n$/,
    );
    const invalid = canReach(
      [...parties, '--with-intent'],
      given.replace('accepts-from: none', 'accepts-from: "a b"'),
    );
    expect(invalid.status).toBe(2);
    expect(invalid.stderr).toMatch(/^stdin:24:89: error: /);
  });
});

describe('can-reach --queries', () => {
  const queries = [
    { from: 'shop/pod/web', to: 'shop/pod/cart', port: 8080, protocol: 'TCP' },
    { from: 'shop/pod/gone', to: 'shop/pod/cart', port: 80 },
    { from: 'shop/pod/other', to: 'shop/pod/cart', port: '8080', protocol: null },
    { from: 'shop/pod/web', to: 'shop/pod/cart', port: 0 },
    { from: '192.0.2.1', to: 'shop/pod/web' },
    { from: 'shop/pod/web' },
    null,
    { from: 'shop/pod/web', to: 'shop/pod/cart', port: true },
  ];

  test('answers in order, with errors in their place', () => {
    const args = ['-f', write('shop.yaml', shop), '--queries', '-'];
    const { status, stdout, stderr } = canReach([...args, '-o', 'json'], JSON.stringify(queries));
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual([
      {
        allowed: true,
        ingress: true,
        egress: true,
        reasons: [expect.anything(), expect.anything()],
      },
      { error: '"shop/pod/gone" is not in the input' },
      { allowed: false, ingress: false, egress: true, reasons: expect.anything() },
      { error: '0 is no port; ports are 1 to 65535' },
      { allowed: true, ingress: true, egress: true, reasons: expect.anything() },
      { error: expect.stringMatching(/^to: .*; a question is \{"from": "…", /) },
      { error: expect.stringMatching(/; a question is \{"from": "…", /) },
      { error: expect.stringMatching(/^port: a port is a number or a name; a question is /) },
    ]);
    const text = canReach(args, JSON.stringify(queries.slice(0, 3)));
    expect(text.stdout.split('\n').map((line) => line.slice(0, 19))).toEqual([
      ...['yes: Pod/shop/web m', 'error: question 2: ', 'no: Pod/shop/other ', ''],
    ]);
  });

  test('takes more questions than it writes at once, and ends with 1 for one no', () => {
    const many = Array.from({ length: 10_001 }, (_, index) => ({
      ...{ from: 'shop/pod/web', to: 'shop/pod/cart', port: index === 7000 ? 81 : 8080 },
    }));
    const path = write('many.json', JSON.stringify(many));
    const { status, stdout } = canReach(['-f', '-', '--queries', path, '-o', 'json'], shop);
    expect(status).toBe(1);
    const answers = JSON.parse(stdout) as { allowed: boolean }[];
    expect(answers).toHaveLength(many.length);
    expect(answers.findIndex(({ allowed }) => !allowed)).toBe(7000);
  });

  test('ends without a trace when nobody reads on', () => {
    const many = Array.from({ length: 5000 }, () => queries[0]);
    const [manifests, questions] = [
      write('shop.yaml', shop),
      write('q.json', JSON.stringify(many)),
    ];
    const command = `"$NODE" src/main.ts can-reach -f ${manifests} --queries ${questions} | head -c 4`;
    const env = { ...environment, NODE_OPTIONS: '', NODE: process.execPath };
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8', env });
    expect({ stdout, stderr }).toEqual({ stdout: 'yes:', stderr: '' });
  });

  test('refuses a file that is no list of questions', () => {
    const refused = (text: string, ...args: string[]) =>
      canReach(['-f', write('shop.yaml', shop), '--queries', '-', ...args], text);
    expect(refused('{"from": "a"}')).toEqual({
      ...{ status: 2, stdout: '' },
      stderr:
        'error: - is no list of questions: [{"from": "…", "to": "…", "port": 80, "protocol": "TCP"}]\n',
    });
    expect(refused('{').stderr).toMatch(/^error: - is no JSON: .*\n$/);
    expect(refused('[]', 'a', 'b').stderr).toBe(
      'error: give FROM and TO, or --queries, not both\n',
    );
    expect(refused('\uFEFF[]', '-o', 'json')).toEqual({ status: 0, stdout: '[]\n', stderr: '' });
  });
});

describe('the policies that the authors of Online Boutique wrote', () => {
  const boutique = 'examples/online-boutique';
  const files = [`${boutique}/kubernetes-manifests.yaml`, `${boutique}/upstream-network-policies`];

  test('allow the calls of the shop and no others', () => {
    const calls: readonly (readonly [string, string, number, boolean])[] = [
      ['deployment/loadgenerator', 'svc/frontend', 80, true],
      ['deployment/frontend', 'svc/cartservice', 7070, true],
      ['deployment/checkoutservice', 'svc/cartservice', 7070, true],
      ['deployment/cartservice', 'svc/redis-cart', 6379, true],
      ['deployment/checkoutservice', 'svc/paymentservice', 50051, true],
      ['deployment/frontend', 'svc/frontend-external', 80, true],
      ['deployment/frontend', 'svc/redis-cart', 6379, false],
      ['deployment/adservice', 'svc/cartservice', 7070, false],
      ['deployment/frontend', 'deployment/cartservice', 7071, false],
      ['deployment/frontend', 'svc/paymentservice', 50051, false],
      ['deployment/cartservice', '203.0.113.7', 443, true],
      ['203.0.113.7', 'svc/frontend', 80, true],
      ['203.0.113.7', 'svc/redis-cart', 6379, false],
    ];
    const questions = calls.map(([from, to, port]) => ({ from, to, port }));
    const args = files.flatMap((path) => ['-f', path]);
    const { status, stdout } = canReach(
      [...args, '--queries', '-', '-o', 'json'],
      JSON.stringify(questions),
    );
    expect(status).toBe(1);
    const answers = JSON.parse(stdout) as { allowed: boolean }[];
    expect(answers.map(({ allowed }) => allowed)).toEqual(calls.map(([, , , allowed]) => allowed));
  });

  test('are what the example of the documentation asks about, and it answers as printed there', () => {
    const text = readFileSync('docs/cli.md', 'utf8');
    const blocks = text.matchAll(
      /```console\n\$ appconn can-reach ((?:.*\\\n)*.*)\n([\s\S]*?)```/g,
    );
    const shown = [...blocks].map(([, args = '', output = '']) => ({ args, output }));
    expect(shown.length).toBeGreaterThanOrEqual(2);
    for (const { args, output } of shown) {
      const { stdout } = canReach(args.split(/[\s\\]+/));
      expect(stdout.replaceAll(/\s+/g, ' ')).toBe(output.replaceAll(/\s+/g, ' '));
    }
  });
});

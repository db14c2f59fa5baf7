import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { appconn, environment } from './appconn.ts';
import { admitsWeb, createQuestions, pod, shop } from './questions.ts';

const { folder, write, canReach, remove } = createQuestions();
afterAll(remove);

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
    const env = { ...environment, NODE: process.execPath };
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

  test('with --with-intent has the policies that the declarations would render; without either, that is said', () => {
    const declared = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop, annotations: {appconnectivity.dev/accepts-from: none}}
spec:
  selector: {matchLabels: {app: api}}
  template: {metadata: {labels: {app: api}}}
`;
    const given = `${shop}---\n${declared}`;
    const parties = ['-f', '-', 'shop/pod/web', 'shop/deployment/api:80'];
    expect(canReach(parties, given)).toMatchObject({
      status: 0,
      stderr:
        'notice: 1 object declares connectivity, of which no policy is here, so it is not judged; --with-intent adds what it renders to\n',
    });
    const rendered = canReach([...parties, '--with-intent'], given);
    expect(rendered).toMatchObject({ status: 1, stderr: '' });
    expect(rendered.stdout).toContain('NetworkPolicy shop/appconn-api-');
    const { stdout: policies } = appconn(['render', '-f', '-'], given);
    const beside = canReach(parties, `${given}---\n${policies}`);
    expect(beside).toMatchObject({ status: 1, stderr: '' });
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

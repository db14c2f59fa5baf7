import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { appconn } from './appconn.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'appconn-render-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cart = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  annotations:
    appconnectivity.dev/accepts-from: web
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
`;

function deployment(annotation: string, name = 'web'): string {
  return cart.replaceAll('cart', name).replace(/^ {4}appconn.*$/m, `    ${annotation}`);
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Names of files as they are in the folder. */
function ask(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = appconn(args, input);
  return { status, stdout, stderr: stderr.replaceAll(`${folder}/`, '') };
}

function names(stdout: string): string[] {
  return parseAllDocuments(stdout).map((document) => String(document.getIn(['metadata', 'name'])));
}

describe('appconn render', () => {
  test('reads files, folders, stdin, lists and several documents alike', () => {
    const single = write('single.yaml', cart);
    mkdirSync(join(folder, 'apps', 'deep'), { recursive: true });
    write('apps/deep/cart.yml', cart);
    write('apps/notes.txt', 'not read');
    const list = `apiVersion: v1\nkind: List\nitems:\n${cart.replace(/^/gm, '  ').replace('  api', '- api')}`;
    const typed = JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'DeploymentList',
      items: [
        {
          metadata: { name: 'cart', annotations: { 'appconnectivity.dev/accepts-from': 'web' } },
          spec: {
            selector: { matchLabels: { app: 'cart' } },
            template: { metadata: { labels: { app: 'cart' } } },
          },
        },
      ],
    });
    const first = ask(['render', '-f', single]).stdout;
    expect(names(first)).toHaveLength(1);
    expect(ask(['render', '-f', join(folder, 'apps')]).stdout).toBe(first);
    expect(ask(['render', '-f', '-'], list).stdout).toBe(first);
    expect(ask(['render', '-f', '-'], typed).stdout).toBe(first);
    expect(
      ask(
        ['render', '-f', '-'],
        `---\n${cart}---\n---\n${deployment('appconnectivity.dev/talks-to: cart')}`,
      ).stdout,
    ).toContain('app: web');
  });

  test('objects without a namespace get -n; the JSON form is one array', () => {
    const { stdout, status } = ask(['render', '-f', '-', '-n', 'shop', '-o', 'json'], cart);
    expect(JSON.parse(stdout)).toMatchObject([
      { kind: 'NetworkPolicy', metadata: { namespace: 'shop' } },
    ]);
    expect(status).toBe(0);
  });

  test.each([
    ['plain', 'appconnectivity.dev/talks-to: cart, Bad', '6:41'],
    ['quoted', 'appconnectivity.dev/talks-to: "cart, Bad"', '6:42'],
    ['single-quoted', "appconnectivity.dev/talks-to: 'cart, Bad'", '6:42'],
    ['literal', 'appconnectivity.dev/talks-to: |\n      cart\n      ok, Bad', '8:11'],
    ['literal with a chomp', 'appconnectivity.dev/talks-to: |-\n      cart\n\n      Bad', '9:7'],
    ['key of an unknown annotation', 'appconnectivity.dev/talk-to: cart', '6:34'],
  ])('a finding points at the very character (%s)', (_form, annotation, place) => {
    const { stderr, status } = ask([
      'render',
      '-f',
      write('web.yaml', deployment(annotation)),
      '-f',
      write('cart.yaml', cart),
    ]);
    expect(stderr).toContain(`web.yaml:${place}: error: `);
    expect(status).toBe(1);
  });

  test('a finding in a list item and in a resource points into that object', () => {
    const resource = `apiVersion: v1
kind: List
items:
- apiVersion: appconnectivity.dev/v1alpha1
  kind: AppConnectivity
  metadata: {name: web}
  spec:
    workload: {kind: Deployment, name: web}
    talksTo:
    - service: {name: cart}
    - cidr: {block: 203.0.113.7/24}
`;
    const { stderr, status } = ask(['render', '-f', '-'], resource);
    expect(stderr).toMatch(/stdin:11:\d+: error: .*203\.0\.113\.0\/24/);
    expect(status).toBe(1);
  });

  test('what cannot be read is said with its place, and stops nothing else', () => {
    const broken = write('broken.yaml', 'kind: [\n');
    const { stdout, stderr, status } = ask([
      'render',
      '-f',
      broken,
      '-f',
      write('cart.yaml', cart),
    ]);
    expect(names(stdout)).toHaveLength(1);
    expect(stderr).toMatch(/broken\.yaml:2:1: error: /);
    expect(status).toBe(1);
  });

  test.each([
    ['no kind', 'a: 1', 'not a Kubernetes object: it needs apiVersion and kind'],
    ['a text', 'hello', 'not a Kubernetes object: it needs apiVersion and kind'],
    [
      'numbers for text',
      cart.replace('app: cart', 'app: 8'),
      'Deployment/default/cart: spec.selector.matchLabels.app: ',
    ],
    [
      'no template',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {}',
      'spec.template: ',
    ],
    ['a duplicate key', `${cart}kind: Pod\n`, 'unique'],
    [
      'an annotation on a kind that is not read',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {appconnectivity.dev/talks-to: x}}',
      'appconnectivity.dev/talks-to on a Pod (v1) is not read; put it on the workload',
    ],
    [
      'a resource of another version',
      'apiVersion: appconnectivity.dev/v1\nkind: AppConnectivity\nmetadata: {name: x}\nspec: {}',
      'AppConnectivity (appconnectivity.dev/v1) is not read; it is written apiVersion: appconnectivity.dev/v1alpha1, kind: AppConnectivity',
    ],
    [
      'a resource of a kind in other letters',
      'apiVersion: appconnectivity.dev/v1alpha1\nkind: Appconnectivity\nmetadata: {name: x}\nspec: {}',
      'Appconnectivity (appconnectivity.dev/v1alpha1) is not read',
    ],
    [
      'a selector that is not that of its pods',
      cart.replace('labels: {app: cart}', 'labels: {app: other}'),
      'Deployment/default/cart: spec.selector: it does not match spec.template.metadata.labels',
    ],
    [
      'an annotation on the pod template',
      `${cart.trimEnd().replace('{labels: {app: cart}}', '{labels: {app: cart}, annotations: {appconnectivity.dev/talks-to: x}}')}`,
      "is not read on spec.template.metadata; put it on the workload's own",
    ],
    ['the same object twice', `${cart}---\n${cart}`, 'Deployment/default/cart is given twice'],
  ])('%s is an error in one sentence', (_what, text, sentence) => {
    const { stderr, status } = ask(['render', '-f', '-'], text);
    expect(stderr).toContain(sentence);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .filter((line) => line.includes('error')),
    ).toHaveLength(1);
    expect(status).toBe(1);
  });

  test.each([
    ['a path that is not there', ['render', '-f', '/nowhere'], 'cannot read /nowhere (ENOENT)'],
    ['no path', ['render'], "required option '-f, --filename"],
    ['an unknown format', ['render', '-f', '-', '-o', 'xml'], 'Allowed choices are yaml, json'],
    ['an unknown command', ['rendr'], "unknown command 'rendr'"],
    [
      'a namespace that is none',
      ['render', '-f', '-', '-n', ''],
      '-n "": the namespace is missing',
    ],
    ['a wrong setting', ['run', '--rate', '0'], 'rate: it must be at least 1; this is 0'],
    ['a range that is none', ['run', '--cluster-ranges', '10.1.2.3/8'], 'write it as 10.0.0.0/8'],
    [
      'a settings file that is not there',
      ['run', '--config', '/nowhere'],
      'cannot read the settings in /nowhere',
    ],
    [
      'a kubeconfig that is not there',
      ['run', '--kubeconfig', '/nowhere'],
      'the kubeconfig /nowhere cannot be used',
    ],
  ])('%s is wrong usage: exit code 2 and one sentence', (_what, args, sentence) => {
    const { stderr, stdout, status } = ask(args);
    expect(stderr).toContain(sentence);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('defaultDeny and mode of the settings count, and what is in audit is told', () => {
    const shop = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
    const given = (settings: string, input: string) => {
      const config = ['--config', write('settings.yaml', settings)];
      return ask(['render', '-f', '-', '-n', 'shop', ...config], input);
    };
    const rules = 'defaultDeny: {rules: [{selector: {}}]}\n';
    const enforced = given(rules, `${shop}---\n${cart}`);
    expect(names(enforced.stdout)).toContain('appconn-default-deny');
    const audited = given(`${rules}mode: audit\n`, `${shop}---\n${cart}`);
    expect(audited).toMatchObject({ stdout: '', status: 0 });
    expect(audited.stderr).toContain(
      "stdin:5:1: notice: in audit (the operator's setting mode): no policy is written; enforced, ingress and egress would be restricted",
    );
    const unknown = given(rules, cart);
    expect(names(unknown.stdout)).not.toContain('appconn-default-deny');
    expect(unknown.stderr).toContain('Namespace/shop: notice: not in the input');
  });

  test('names of 253 characters, unicode and control characters are told safely', () => {
    const name = `a${'.b'.repeat(126)}`;
    const long = ask(['render', '-f', '-', '-o', 'json'], cart.replaceAll('cart', name));
    const [policy] = JSON.parse(long.stdout) as [{ metadata: { name: string } }];
    expect(policy.metadata.name).toMatch(/^appconn-[a-z0-9-]{1,46}-[a-z2-7]{8}$/);
    const odd = ask(
      ['render', '-f', '-'],
      deployment('appconnectivity.dev/talks-to: "k\\u0007ärt\\u202e"'),
    );
    expect(odd.stderr).toMatch(/^stdin:6:\d+: error: "k ärt"/m);
  });
});

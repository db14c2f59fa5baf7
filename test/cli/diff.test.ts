import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createWorkplace, deployment, policy, type Workplace, web } from './command.ts';

const talks = { 'appconnectivity.dev/talks-to': 'cart:8080' };
const accepts = { 'appconnectivity.dev/accepts-from': 'web:8080' };
const shop = deployment('web') + deployment('cart');
const admitWeb = policy('admit-web', 'cart', { ingress: [{ from: [web] }] });

let place: Workplace;
beforeAll(() => {
  place = createWorkplace();
});
afterAll(() => place.remove());

/** The two sides as files. */
function diff(old: string, now: string, ...args: readonly string[]) {
  const sides = [place.write('old/shop.yaml', old), place.write('new/shop.yaml', now)];
  return place.appconn(['diff', ...sides, ...args]);
}

describe('appconn diff', () => {
  test('two sides that say the same: a sentence, and exit code 0', () => {
    expect(diff(shop + admitWeb, admitWeb + shop)).toEqual({
      ...{ status: 0, stderr: '' },
      stdout: 'Nothing differs: the same policies, and the same connections.\n',
    });
  });

  test('tells policies, who is isolated, and the connections lost and gained; exit code 1', () => {
    expect(diff(shop, shop + admitWeb)).toEqual({
      ...{ status: 1, stderr: '' },
      stdout: `NetworkPolicies: 1 created, 0 updated, 0 deleted.
  create shop/admit-web: +Ingress, +1 peer
Isolated from now on (ingress), so that whoever no rule names loses access: Deployment/shop/cart.

Connections lost: 3.
  outside, Deployment/shop/cart -> Deployment/shop/cart: all ports

No connection is gained.
`,
    });
  });

  test('isolation that cuts nothing yet, and workloads without connections, differ as well', () => {
    const everyone = policy('everyone', 'cart', { ingress: [{}] });
    const shut = policy('shut', 'cart', { policyTypes: ['Ingress', 'Egress'] });
    const unlabelled = deployment('cart').replaceAll('app: cart', 'app: other');
    const isolated = diff(unlabelled + everyone, deployment('cart') + everyone);
    expect(isolated.status).toBe(1);
    expect(isolated.stdout).toContain('Isolated from now on (ingress)');
    const come = diff(deployment('web') + shut, shop + shut);
    expect(come.status).toBe(1);
    expect(come.stdout).toContain('New: Deployment/shop/cart.\n');
    expect(come.stdout).not.toContain('Nothing differs');
  });

  test('what declarations render is compared, in place of what was rendered of them before', () => {
    const old = deployment('web', talks) + deployment('cart', accepts);
    const now = deployment('web', talks) + deployment('cart');
    const rendered = place.appconn(['render', '-f', place.write('render.yaml', old)]).stdout;
    const compared = JSON.parse(diff(`${old}---\n${rendered}`, now, '-o', 'json').stdout);
    expect(compared).toMatchObject({
      version: 1,
      policies: [{ action: 'delete', namespace: 'shop', name: 'appconn-cart-avx3kken' }],
      isolation: [{ name: 'Deployment/shop/cart', begins: [], ends: ['ingress'] }],
      connections: {
        gained: { total: 2, listed: [{ to: 'Deployment/shop/cart' }, { ports: ['all'] }] },
        lost: { total: 0, listed: [] },
      },
    });
    expect(diff(old, now, '--policies-only')).toMatchObject({ status: 0 });
  });

  test('what became invalid keeps what it said before, as the operator does; exit code 2', () => {
    const old = deployment('web', talks) + deployment('cart');
    const wrong = deployment('web', { 'appconnectivity.dev/talks-to': 'cart:no port' });
    const { status, stdout, stderr } = diff(old, wrong + deployment('cart'));
    expect(stderr).toMatch(/^new\/shop\.yaml:\d+:\d+: error: /);
    expect(stdout).toBe('Nothing differs: the same policies, and the same connections.\n');
    expect(status).toBe(2);
    const gone = diff(old, deployment('web') + deployment('cart'));
    expect(gone.stdout).toContain('NetworkPolicies: 0 created, 0 updated, 1 deleted.');
  });

  test('rendered policies whose declarations are elsewhere are compared as they are', () => {
    const old = deployment('web', talks);
    const rendered = place.appconn(['render', '-f', place.write('render.yaml', old)]).stdout;
    const { status, stdout, stderr } = diff(rendered, rendered.replaceAll('8080', '8081'));
    expect(stdout).toContain('update shop/appconn-web-');
    expect(status).toBe(1);
    expect(stderr).toBe(
      'notice: there is no pod or workload on either side, so that no connection can differ\n',
    );
  });

  test('Markdown folds long lists', () => {
    const many = Array.from({ length: 21 }, (_, index) => policy(`p${index}`, `a${index}`, {}));
    const { stdout } = diff(shop, shop + admitWeb + many.join(''), '-o', 'markdown');
    const lines = stdout.split('\n');
    expect(lines.slice(0, 7)).toEqual([
      ...['### Network policies', '', 'NetworkPolicies: 22 created, 0 updated, 0 deleted.', ''],
      ...['<details><summary>22 lines</summary>', '', '- create shop/admit-web: +Ingress, +1 peer'],
    ]);
    expect(lines.slice(-6)).toEqual([
      ...['**Connections lost: 3.**', ''],
      ...['- outside, Deployment/shop/cart → Deployment/shop/cart: all ports', ''],
      '**No connection is gained.**',
      '',
    ]);
  });

  test('Markdown stays within the 65,536 characters of a comment, and says what it leaves out', () => {
    const many = Array.from({ length: 2000 }, (_, index) => policy(`policy-${index}`, 'cart', {}));
    const { stdout } = diff(shop, shop + many.join(''), '-o', 'markdown');
    expect(stdout.length).toBeLessThan(65_536);
    expect(stdout).toContain('<details><summary>2000 lines</summary>');
    expect(stdout).toMatch(/\n- and \d+ more\n\n<\/details>/);
  });

  test('what cannot be read is told with its place; exit code 2', () => {
    const { status, stdout, stderr } = diff(`${shop}kind: [\n`, shop + admitWeb);
    expect(status).toBe(2);
    expect(stdout).toContain('Connections lost: 3.');
    expect(stderr).toMatch(/^old\/shop\.yaml:\d+:\d+: error: Flow sequence/);
  });

  test.each([
    [[], 'name two sides: appconn diff OLD NEW, or --git A..B, or --live FILE'],
    [['-', '-'], 'both sides are stdin, which can be read once; give a file for one of them'],
    [['a.yaml', '-'], 'there is no Kubernetes object in stdin, so there is nothing to judge'],
    [
      ['a.yaml', 'a.yaml', '-n', 'No'],
      '-n "No": the name of a namespace has lower-case letters, digits and "-" only',
    ],
  ])('%j is no comparison: a sentence, and exit code 2', (args, sentence) => {
    place.write('a.yaml', shop);
    expect(place.appconn(['diff', ...args])).toEqual({
      ...{ status: 2, stdout: '', stderr: `error: ${sentence}\n` },
    });
  });
});

describe('appconn diff --git', () => {
  let repository: Workplace;
  beforeAll(() => {
    repository = createWorkplace();
    repository.git('init', '-q', '-b', 'main');
    repository.write('k8s/shop.yaml', shop);
    repository.write('values.yaml', 'replicas: 1\n');
    repository.git('add', '.');
    repository.git('commit', '-qm', 'the shop');
    repository.git('checkout', '-qb', 'closed');
    repository.write('k8s/net/a "b"\nc.yaml', admitWeb);
    repository.git('add', '.');
    repository.git('commit', '-qm', 'a policy');
    // Changes that are not committed do not count.
    repository.write('k8s/shop.yaml', 'kind: [');
  });
  afterAll(() => repository.remove());

  test('compares two revisions, whatever their files are called', () => {
    const answer = repository.appconn(['diff', '--git', 'main..closed']);
    expect(answer).toMatchObject({ status: 1, stderr: '' });
    expect(answer.stdout).toContain('create shop/admit-web: +Ingress, +1 peer');
    expect(repository.appconn(['diff', '--git', 'main..main', 'k8s'])).toMatchObject({ status: 0 });
  });

  test('a folder that one revision lacks is all new, and is told of', () => {
    expect(repository.appconn(['diff', '--git', 'main..closed', 'k8s/net'])).toMatchObject({
      status: 1,
      stderr: `notice: there is no Kubernetes object in main; all of the other side counts as new or gone
notice: there is no pod or workload on either side, so that no connection can differ
`,
    });
  });

  test.each([
    ['main..nowhere', 'git: fatal: Not a valid object name nowhere'],
    ['main...closed', '--git main...closed: write two revisions as A..B, such as main..HEAD'],
    ['main..', '--git takes two revisions, such as main..HEAD'],
  ])('%s is no pair of revisions: a sentence, and exit code 2', (range, sentence) => {
    expect(repository.appconn(['diff', '--git', range])).toEqual({
      ...{ status: 2, stdout: '', stderr: `error: ${sentence}\n` },
    });
  });
});

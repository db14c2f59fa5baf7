import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createWorkplace, deployment, policy, type Workplace, web } from '../cli/command.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { namespace, workload } from './support/objects.ts';

jest.setTimeout(2 * MINUTE);

let cluster: Cluster;
let place: Workplace;

beforeAll(async () => {
  place = createWorkplace();
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
  await cluster.apply(namespace('shop'), workload('shop/web'), workload('shop/cart'));
});

afterAll(async () => {
  place.remove();
  await cluster?.stop();
});

function ask(...args: readonly string[]) {
  return place.appconn([...args, '--kubeconfig', cluster.plane.kubeconfig]);
}

describe('appconn diff --live', () => {
  test('says what applying some files would open and close, and applies nothing', () => {
    const closed = policy('admit-web', 'cart', { ingress: [{ from: [web] }] });
    const file = place.write('closed.yaml', closed.replace(',"namespace":"shop"', ''));
    const { status, stdout } = ask('diff', '--live', '-n', 'shop', file);
    expect(status).toBe(1);
    expect(stdout).toContain('create shop/admit-web: +Ingress, +1 peer');
    expect(stdout).toContain('outside, Deployment/shop/cart -> Deployment/shop/cart: all ports');
    expect(ask('reach', '--to', 'shop/cart', '-o', 'csv').stdout).toContain(
      'Deployment/shop/cart,Deployment/shop/cart,all',
    );
  });

  test('renders what files declare over the live objects; a file that gives no namespace counts once', () => {
    const declared = deployment('cart', { 'appconnectivity.dev/accepts-from': 'web' });
    const file = place.write('cart.yaml', declared.replace(',"namespace":"shop"', ''));
    const { status, stdout, stderr } = ask('diff', '--live', '-n', 'shop', file);
    expect(stderr).not.toMatch(/error|given twice/);
    expect(stdout).toMatch(/create shop\/appconn-cart-\w+: \+Ingress/);
    expect(stdout).not.toMatch(/^(New|Gone):/m);
    expect(status).toBe(1);
    expect(ask('diff', '--live', '-n', 'shop', file, '--policies-only').status).toBe(0);
  });
});

import { expect, test } from '@jest/globals';
import { given, namespace, workload } from './given.ts';

const environments = { label: 'env', allowed: [], sharedNamespaces: ['kube-system'] };

test('An entry of a namespace that environments leave nobody brings no DNS to who is silent', () => {
  const pods = { 'kube-system/dns': { 'k8s-app': 'kube-dns' } };
  const says = (talksTo: string) => {
    const silent = [namespace('shop', { deny: 'true', talksTo }), workload('shop/web')];
    return given([...silent, namespace('kube-system')], { settings: { environments }, pods });
  };
  const nowhere = says('namespaces(kubernetes.io/metadata.name=nowhere):80');
  expect(nowhere.codes).toContain('CrossEnvironment');
  expect(nowhere.allows('web', 'kube-system/dns', 53, 'UDP')).toBe(false);
  const shared = says('namespaces(kubernetes.io/metadata.name=kube-system):80');
  expect(shared.allows('web', 'kube-system/dns', 53, 'UDP')).toBe(true);
});

import { expect, test } from '@jest/globals';
import { messageOf } from './messages.ts';

test.each([
  ['api.stripe:443', '; for a name outside the cluster, write host/api.stripe:443'],
  ['api.stripe:53/udp', '; for a name outside the cluster, write host/api.stripe:53/udp'],
  ['ns/stripe', ''],
  ['svc/api.stripe', ''],
])('Of "%s", whose namespace is not there, is said "…%s"', (text, end) => {
  const said = messageOf({ code: 'NamespaceNotFound', data: { text, namespace: 'stripe' } });
  expect(said).toBe(
    `"${text}": there is no namespace stripe yet; create it, or correct the name${end}`,
  );
});

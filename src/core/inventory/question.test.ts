import { describe, expect, test } from '@jest/globals';
import { readParty, readPort, splitPort } from './question.ts';

const kinds = new Set(['rollout']);
const read = (text: string) => readParty(text, 'here', kinds);
const object = (namespace: string, kind: string | undefined, name: string) => ({
  ...{ type: 'object', namespace, kind, name },
});

const shape =
  'is not understood; a port is written :80, :80/UDP, :http or, for every one of UDP, :/UDP';

describe('a party', () => {
  test.each([
    ['shop/deployment/web', object('shop', 'deployment', 'web')],
    ['shop/Deployments/web', object('shop', 'deployment', 'web')],
    ['shop/deploy/web', object('shop', 'deployment', 'web')],
    ['shop/sts/db', object('shop', 'statefulset', 'db')],
    ['shop/ds/agent', object('shop', 'daemonset', 'agent')],
    ['shop/rs/web-1', object('shop', 'replicaset', 'web-1')],
    ['shop/cj/report', object('shop', 'cronjob', 'report')],
    ['shop/po/web-0', object('shop', 'pod', 'web-0')],
    ['shop/svc/web', object('shop', 'service', 'web')],
    ['shop/services/web', object('shop', 'service', 'web')],
    ['shop/rollouts/web', object('shop', 'rollout', 'web')],
    ['Deployment/shop/web', object('shop', 'deployment', 'web')],
    ['shop/web', object('shop', undefined, 'web')],
    ['deploy/web', object('here', 'deployment', 'web')],
    ['web', object('here', undefined, 'web')],
  ])('%s names a kind, a namespace and a name', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['fd00::1', 'fd00::1'],
    ['[fd00::1]', 'fd00::1'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ])('%s is an address', (text, address) => {
    expect(read(text)).toEqual({ type: 'address', address });
  });

  test.each(['10.0.0.0/8', 'fd00::/8', '0.0.0.0/0'])('%s is a block, which is nobody', (text) => {
    expect(read(text)).toEqual({ error: `"${text}" is a block; name one address of it` });
  });

  test('a namespace and a name of digits are no block', () => {
    expect(read('1/2')).toEqual(object('1', undefined, '2'));
  });

  test.each(['', '/', 'shop//web', 'shop/', 'a/b/c/d'])('%j names nobody', (text) => {
    const shape =
      'write namespace/kind/name, such as shop/deployment/web or shop/svc/web, or an address';
    expect(read(text)).toEqual({ error: `"${text}" names nobody; ${shape}` });
  });

  test('with a port in it is told where a port stands', () => {
    expect(read('shop/svc/web:80')).toEqual({
      error:
        '"shop/svc/web:80" has a port in it; a port stands behind TO, in port of a question, or in ports of an assertion',
    });
  });

  test('a misspelt kind is answered with the one that was meant', () => {
    expect(read('shop/deploymnet/web')).toEqual({
      error:
        '"deploymnet" in "shop/deploymnet/web" is no kind that is known here; did you mean deployment?',
    });
    expect(read('shop/rolout/web')).toEqual({
      error: '"rolout" in "shop/rolout/web" is no kind that is known here; did you mean rollout?',
    });
  });

  test.each(['constructor', '__proto__', 'unheard-of'])('%s is no kind', (kind) => {
    expect(read(`shop/${kind}/web`)).toEqual({
      error: `"${kind}" in "shop/${kind}/web" is no kind that is known here; write namespace/kind/name`,
    });
  });
});

describe('a party with a port', () => {
  test.each([
    ['shop/svc/web', 'shop/svc/web', {}],
    ['shop/svc/web:80', 'shop/svc/web', { port: 80 }],
    ['shop/svc/web:53/udp', 'shop/svc/web', { port: 53, protocol: 'UDP' }],
    ['shop/svc/web:http', 'shop/svc/web', { port: 'http' }],
    ['shop/svc/web:/udp', 'shop/svc/web', { protocol: 'UDP' }],
    ['10.0.0.1:443', '10.0.0.1', { port: 443 }],
    ['fd00::1', 'fd00::1', {}],
    ['[fd00::1]', 'fd00::1', {}],
    ['[fd00::1]:443/SCTP', 'fd00::1', { port: 443, protocol: 'SCTP' }],
    ['fd00::/8', 'fd00::/8', {}],
  ])('%s is taken apart', (text, party, port) => {
    expect(splitPort(text)).toEqual({ party, port });
  });

  test.each([
    ['web:0', '"0" is no port; ports are 1 to 65535 (in "web:0")'],
    ['web:65536', '"65536" is no port; ports are 1 to 65535 (in "web:65536")'],
    ['web:80-90', '"80-90" is no port; write a number or the name of a port (in "web:80-90")'],
    ['web:80/ICMP', '"ICMP" is no protocol; there are TCP, UDP and SCTP (in "web:80/ICMP")'],
    ['web:80/TCP/1', `"web:80/TCP/1" ${shape}`],
    ['web:', `"web:" ${shape}`],
  ])('%s is refused', (text, error) => {
    expect(splitPort(text)).toEqual({ error });
  });
});

test('the port of a question may be a number, a number as text, a name, or absent', () => {
  expect(readPort(80, 'tcp')).toEqual({ port: 80, protocol: 'TCP' });
  expect(readPort('80', undefined)).toEqual({ port: 80 });
  expect(readPort('http', undefined)).toEqual({ port: 'http' });
  expect(readPort(undefined, 'UDP')).toEqual({ protocol: 'UDP' });
  expect(readPort(80.5, undefined)).toEqual({ error: '80.5 is no port; ports are 1 to 65535' });
});

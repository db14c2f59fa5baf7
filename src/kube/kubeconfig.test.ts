import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AccessConfig, createAccess } from './access.ts';
import { KubeError } from './errors.ts';
import { type AccessOptions, loadAccess } from './kubeconfig.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

interface Parts {
  readonly cluster?: string;
  readonly user?: string;
  readonly more?: string;
}

function kubeconfig({
  cluster = 'server: https://10.0.0.1:6443',
  user = 'token: t0ken',
  more = '',
}: Parts = {}) {
  return `
apiVersion: v1
kind: Config
current-context: main
clusters: [{name: main, cluster: {${cluster}}}]
users: [{name: me, user: {${user}}}]
contexts: [{name: main, context: {cluster: main, user: me, namespace: shop}}, ${more}]
`;
}

function load(options: Partial<AccessOptions>) {
  return loadAccess({ environment: {}, serviceAccountFolder: join(folder, 'pod'), ...options });
}

function complaint(options: Partial<AccessOptions>): string {
  try {
    load(options);
  } catch (error) {
    if (error instanceof KubeError && error.causeCode === 'CONFIG') return error.message;
    throw error;
  }
  return 'none';
}

async function refusal(options: Partial<AccessOptions>): Promise<KubeError> {
  return load(options)
    .authenticate()
    .then(
      () => new KubeError('none', {}),
      (error: KubeError) => error,
    );
}

describe('where the cluster is found', () => {
  test('nowhere: one sentence instead of a guess', () => {
    expect(complaint({})).toBe(
      'no cluster is configured: name a kubeconfig (--kubeconfig or KUBECONFIG) or run in a pod',
    );
  });

  test('in the file that was named, before anything else', async () => {
    const environment = { KUBECONFIG: '/nowhere', HOME: folder };
    const access = load({ kubeconfig: file('named', kubeconfig()), environment });
    expect(access).toMatchObject({ server: 'https://10.0.0.1:6443', namespace: 'shop' });
    expect(await access.authenticate()).toEqual({
      headers: { Authorization: 'Bearer t0ken' },
      link: { tls: {} },
    });
  });

  test('in the files of KUBECONFIG, the first to name something wins', () => {
    const first = file('one', 'contexts: []');
    const second = file('two', kubeconfig());
    const third = file('three', kubeconfig({ cluster: 'server: https://other' }));
    const KUBECONFIG = [first, join(folder, 'absent'), second, third].join(delimiter);
    expect(load({ environment: { KUBECONFIG } }).server).toBe('https://10.0.0.1:6443');
  });

  test('in the pod, before the home folder', async () => {
    file('.kube/config', kubeconfig());
    file('pod/token', 'pod-token\n');
    file('pod/namespace', 'appconnectivity-system\n');
    file('pod/ca.crt', 'pem');
    const environment = {
      HOME: folder,
      KUBERNETES_SERVICE_HOST: 'fd00::1',
      KUBERNETES_SERVICE_PORT: '443',
    };
    const access = load({ environment });
    expect(access.server).toBe('https://[fd00::1]:443');
    expect(access.namespace).toBe('appconnectivity-system');
    expect(await access.authenticate()).toEqual({
      headers: { Authorization: 'Bearer pod-token' },
      link: { tls: { ca: Buffer.from('pem') } },
    });
    expect(load({ environment: { HOME: folder } }).server).toBe('https://10.0.0.1:6443');
  });

  test('half a pod is told what it lacks', () => {
    expect(complaint({ environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } })).toBe(
      `this pod has no service account token in ${join(folder, 'pod')}`,
    );
    file('pod/token', 't');
    expect(complaint({})).toBe(
      'a service account token is mounted but KUBERNETES_SERVICE_HOST is not set',
    );
  });
});

describe('a kubeconfig that cannot be used', () => {
  const context = (text: string) => `{name: other, context: {${text}}}`;
  test.each<[string, string, string | undefined, string]>([
    ['is no YAML', 'users:\n- token: s3cret\n  {', undefined, 'is not YAML at line'],
    ['is empty', '', undefined, 'cannot be used: it is no kubeconfig'],
    [
      'has a cluster without server',
      kubeconfig({ cluster: '' }),
      undefined,
      'clusters[0].cluster.server is missing',
    ],
    [
      'has no current context',
      'clusters: []',
      undefined,
      'has no current-context, name one with --context',
    ],
    ['lacks the context', kubeconfig(), 'prod', 'has no context "prod"'],
    [
      'lacks the cluster',
      kubeconfig({ more: context('cluster: x, user: me') }),
      'other',
      'names the cluster "x" it lacks',
    ],
    [
      'lacks the user',
      kubeconfig({ more: context('cluster: main, user: x') }),
      'other',
      'names the user "x" it lacks',
    ],
    [
      'uses plain http',
      kubeconfig({ cluster: 'server: "http://10.0.0.1"' }),
      undefined,
      'use https, or set insecure-skip-tls-verify',
    ],
    [
      'has no URL',
      kubeconfig({ cluster: 'server: "10.0.0.1"' }),
      undefined,
      'has the server "10.0.0.1", which is no URL',
    ],
    [
      'has an odd proxy',
      kubeconfig({ cluster: 'server: "https://a", proxy-url: "ftp://b"' }),
      undefined,
      'proxy-url that is neither http, https nor socks5',
    ],
  ])('because it %s is refused in a sentence', (_, content, name, sentence) => {
    const path = file('config', content);
    const told = complaint({ kubeconfig: path, ...(name !== undefined && { context: name }) });
    expect(told).toContain(sentence);
    expect(told).toContain(path);
    expect(told).not.toContain('s3cret');
  });

  test('because it is not there is refused in a sentence', () => {
    expect(complaint({ kubeconfig: '/no/such/file' })).toBe(
      'the kubeconfig /no/such/file cannot be used: there is no such file',
    );
  });
});

describe('credentials', () => {
  test('come from a token file, which is read again after a refusal', async () => {
    const token = file('token', 'first\n');
    const user = 'token: unused, tokenFile: token';
    const access = load({ kubeconfig: file('config', kubeconfig({ user })) });
    expect((await access.authenticate()).headers).toEqual({ Authorization: 'Bearer first' });
    writeFileSync(token, 'second\n');
    access.renew();
    expect((await access.authenticate()).headers).toEqual({ Authorization: 'Bearer second' });
  });

  test('follow the CA and client certificate files', async () => {
    const cluster = 'server: https://a, certificate-authority: ca.pem, tls-server-name: kube';
    const user = 'client-certificate: cert.pem, client-key: key.pem';
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) file(name, `old ${name}`);
    const access = load({ kubeconfig: file('config', kubeconfig({ cluster, user })) });
    const tls = async () => (await access.authenticate()).link.tls;
    expect(await tls()).toEqual({
      ca: Buffer.from('old ca.pem'),
      cert: Buffer.from('old cert.pem'),
      key: Buffer.from('old key.pem'),
      servername: 'kube',
    });
    file('ca.pem', 'new');
    expect((await tls()).ca).toEqual(Buffer.from('new'));
  });

  test('come from a command, and its output is never repeated when it fails', async () => {
    const script = file('login', '#!/bin/sh\ncat "$0.json"\n');
    chmodSync(script, 0o755);
    const user = `exec: {apiVersion: client.authentication.k8s.io/v1, command: ${script}}`;
    const path = file('config', kubeconfig({ user }));
    file('login.json', '{"status":{"token":"from-command"}}');
    expect((await load({ kubeconfig: path }).authenticate()).headers).toEqual({
      Authorization: 'Bearer from-command',
    });
    file('login.json', 's3cret but no JSON');
    const error = await refusal({ kubeconfig: path });
    expect(error.causeCode).toBe('CREDENTIALS');
    expect(error.message).toBe(
      `the credential command "${script}" of user "me" failed; run it by hand to see why`,
    );
  });

  test('of a command that hangs are given up, and asked for afresh the next time', async () => {
    let loads = 0;
    const access = createAccess(() => {
      loads += 1;
      const config = new AccessConfig();
      const exec = { command: 'sleep', args: ['0.3'] };
      config.loadFromClusterAndUser(
        { name: 'main', server: 'https://a', skipTLSVerify: false },
        { name: 'me', exec },
      );
      return config;
    }, 30);
    for (const _ of [1, 2]) {
      await expect(access.authenticate()).rejects.toThrow('did not come within 0.03 s');
    }
    expect(loads).toBe(2);
  });

  test('that are missing are named by their file', async () => {
    const user = 'tokenFile: gone';
    const error = await refusal({ kubeconfig: file('config', kubeconfig({ user })) });
    expect(error.message).toBe(
      `the credentials of user "me" cannot be had: ENOENT ${join(folder, 'gone')}`,
    );
  });

  test('go through a proxy, and plain http is possible where it was asked for', async () => {
    const cluster =
      'server: "http://a", insecure-skip-tls-verify: true, proxy-url: "http://proxy:3128"';
    const access = load({ kubeconfig: file('config', kubeconfig({ cluster })) });
    expect((await access.authenticate()).link).toEqual({
      tls: { rejectUnauthorized: false },
      proxy: 'http://proxy:3128',
    });
  });
});

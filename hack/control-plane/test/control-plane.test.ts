import { access, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from '../api-request.ts';
import { type ApiServerPlan, startApiServer } from '../api-server.ts';
import { type ControlPlane, startControlPlane } from '../control-plane.ts';
import { listFiles } from '../flags.ts';
import { pickFreePort } from '../free-port.ts';
import { type Outcome, run } from '../run.ts';

const MINUTE = 60_000;

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'web' }] },
    },
  },
};

function kubectl(at: ControlPlane, args: string[], input?: unknown): Promise<Outcome> {
  return run(at.kubectl, args, {
    env: { ...process.env, ...at.environment },
    ...(input === undefined ? {} : { input: JSON.stringify(input) }),
  });
}

let plane: ControlPlane;
let other: ControlPlane;

beforeAll(async () => {
  [plane, other] = await Promise.all([
    startControlPlane({ audit: true }),
    startControlPlane({ controllerManager: false }),
  ]);
}, MINUTE);

afterAll(() => Promise.all([plane?.stop(), other?.stop()]), MINUTE);

describe('a control plane of our own', () => {
  test('kubectl and the server have the same version', async () => {
    const { stdout } = await kubectl(plane, ['version', '--output=json']);
    const { clientVersion, serverVersion } = JSON.parse(stdout);
    expect(serverVersion.gitVersion).toMatch(/^v1\.\d+\.\d+$/);
    expect(clientVersion.minor).toBe(serverVersion.minor);
  });

  test('the namespaces that every cluster has are there', async () => {
    const { stdout } = await kubectl(plane, ['get', 'ns', '--output=name']);
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining(['namespace/default', 'namespace/kube-system']),
    );
  });

  test('a wrong token is refused with 401, and a wrong authority by the client', async () => {
    const wrongToken = await request({ ...plane, token: 'wrong' }, 'GET', '/api/v1/namespaces');
    expect(wrongToken.status).toBe(401);
    const wrongAuthority = { server: plane.server, ca: other.ca, token: plane.adminToken };
    await expect(request(wrongAuthority, 'GET', '/readyz')).rejects.toThrow(/certificate/);
  });

  test('two side by side do not see each other', async () => {
    expect(plane.server).not.toBe(other.server);
    expect((await kubectl(plane, ['create', 'ns', 'only-here'])).code).toBe(0);
    const there = await kubectl(other, ['get', 'ns', 'only-here']);
    expect(there.stderr).toContain('not found');
  });

  test('a Deployment gets its pod, which stays Pending as there is no node', async () => {
    const applied = await kubectl(plane, ['apply', '--filename=-'], DEPLOYMENT);
    expect(applied.stderr).toBe('');
    const args = ['wait', 'pod', '--selector=app=web', '--for=jsonpath={.status.phase}=Pending'];
    expect((await kubectl(plane, ['wait', 'deploy/web', '--for=create'])).code).toBe(0);
    expect((await kubectl(plane, [...args, '--timeout=10s'])).code).toBe(0);
  });

  test('a ServiceAccount may do what its roles say and no more', async () => {
    await kubectl(plane, ['create', 'serviceaccount', 'reader']);
    await kubectl(plane, ['create', 'role', 'reader', '--verb=list', '--resource=pods']);
    const binding = ['rolebinding', 'reader', '--role=reader', '--serviceaccount=default:reader'];
    await kubectl(plane, ['create', ...binding]);
    const file = await plane.serviceAccountKubeconfig({ namespace: 'default', name: 'reader' });
    const as = (args: string[]) => kubectl(plane, ['--kubeconfig', file, ...args]);
    expect((await as(['auth', 'whoami'])).stdout).toContain('serviceaccount:default:reader');
    expect((await as(['get', 'pods'])).code).toBe(0);
    expect((await as(['get', 'secrets'])).stderr).toContain('Forbidden');
  });

  test('a ServiceAccount that does not exist gets one clear sentence', async () => {
    const missing = plane.serviceAccountKubeconfig({ namespace: 'default', name: 'nobody' });
    await expect(missing).rejects.toThrow(/no ServiceAccount default\/nobody: create it/);
  });

  test('the audit log tells every request, and is not there unless asked for', async () => {
    await kubectl(plane, ['get', 'configmaps', '--namespace=only-here']);
    const lines = (await readFile(plane.auditLog ?? '', 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        level: 'Metadata',
        verb: 'list',
        objectRef: expect.objectContaining({ resource: 'configmaps', namespace: 'only-here' }),
      }),
    );
    expect(other.auditLog).toBeUndefined();
  });

  test('an API server that hangs answers nobody until it goes on', async () => {
    const ask = () => request({ ...other, token: other.adminToken }, 'GET', '/readyz');
    other.pauseApiServer();
    const asked = ask();
    const first = await Promise.race([
      asked,
      new Promise((resolve) => setTimeout(() => resolve('silence'), 500)),
    ]);
    expect(first).toBe('silence');
    other.resumeApiServer();
    expect((await asked).status).toBe(200);
  });

  test('the API server can go away and come back with the same address and data', async () => {
    await kubectl(other, ['create', 'ns', 'kept']);
    await other.stopApiServer();
    const gone = request({ ...other, token: other.adminToken }, 'GET', '/readyz');
    await expect(gone).rejects.toThrow(/ECONNREFUSED/);
    await other.startApiServer();
    expect((await kubectl(other, ['get', 'ns', 'kept'])).code).toBe(0);
  }, 30_000);

  test('stopping removes its folder, and stopping twice does no harm', async () => {
    const third = await startControlPlane({ controllerManager: false });
    await third.stop();
    await third.stop();
    await expect(access(third.folder)).rejects.toThrow(/ENOENT/);
    await expect(request({ ...third, token: '' }, 'GET', '/readyz')).rejects.toThrow(
      /ECONNREFUSED/,
    );
  }, 30_000);
});

describe('when a port is taken', () => {
  test.each([
    ['bind: address already in use', 5, 'others are tried, up to five'],
    ['unknown flag: --fast', 1, 'nothing else that goes wrong is tried again'],
  ])('"%s": %i attempts, as %s', async (log, attempts) => {
    let picked = 0;
    const pick = async () => {
      picked += 1;
      return pickFreePort();
    };
    await expect(startApiServer(planThatEndsWith(log), pick)).rejects.toThrow(
      `kube-apiserver ended (exit code 1) while waiting for its /readyz; it said:\n  ${log}`,
    );
    expect(picked).toBe(attempts);
  });

  test('a real API server says so, and nothing stays behind', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    const started = startControlPlane({ apiServerFlags: [`--secure-port=${port}`] });
    await expect(started).rejects.toThrow(/address already in use/);
    taken.close();
  }, 30_000);
});

function planThatEndsWith(log: string): ApiServerPlan {
  return {
    supervisor: {
      folder: '',
      start: (name) => ({
        name,
        signal: () => undefined,
        ended: Promise.resolve('exit code 1'),
        readLog: async () => log,
      }),
      stop: async () => undefined,
    },
    binary: '',
    files: listFiles(''),
    token: '',
    audit: false,
    flags: [],
  };
}

import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type Outcome, run } from '../../hack/control-plane/run.ts';
import { copyBuildContext, readDockerfile } from './build-context.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const BUILD = 300_000;

let folder: string;
let image: string;
let built: Outcome;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appconn-image-'));
  image = join(folder, 'image');
  const source = join(folder, 'source');
  await copyBuildContext(root, source);
  const { NODE_OPTIONS: _, ...environment } = process.env;
  built = await run('timeout', ['240', 'bash', 'hack/docker-build.sh', image], {
    cwd: source,
    env: { ...environment, PATH: `${dirname(process.execPath)}${delimiter}${environment.PATH}` },
  });
}, BUILD);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the image's own command with nothing else of this machine in sight. */
async function runInImage(args: readonly string[], input = ''): Promise<Outcome> {
  const instructions = await readDockerfile(root);
  const entrypoint = instructions.findLast(({ name }) => name === 'ENTRYPOINT')?.rest ?? '[]';
  const alone = process.getuid?.() === 0 ? [] : ['unshare', '--user', '--map-root-user'];
  const [command = '', ...rest] = [...alone, 'chroot', image, ...JSON.parse(entrypoint), ...args];
  return run(command, rest, { input, env: { PATH: process.env.PATH } });
}

describe('the build script, in an empty folder with what the Dockerfile copies', () => {
  test('ends well and quietly', () => {
    expect({ code: built.code, stderr: built.stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('leaves a file system in which the program starts', async () => {
    const { code, stdout, stderr } = await runInImage(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: appconn');
    expect((await runInImage(['run', '--help'])).stdout).toContain('--config');
  });

  test('leaves a program that works', async () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'db', annotations: { 'appconnectivity.dev/accepts-from': 'none' } },
      spec: {
        selector: { matchLabels: { app: 'db' } },
        template: { metadata: { labels: { app: 'db' } }, spec: { containers: [] } },
      },
    };
    const rendered = await runInImage(['render', '-f', '-'], JSON.stringify(deployment));
    expect(rendered.stderr).toBe('');
    expect(parse(rendered.stdout)).toMatchObject({
      kind: 'NetworkPolicy',
      spec: { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] },
    });
  });
});

describe('the operator in the image', () => {
  test('loads all that it needs, and without a cluster says so', async () => {
    const { code, stderr } = await runInImage(['run']);
    expect(stderr).toContain('error: no cluster is configured');
    expect(code).toBe(2);
  });
});

describe('the image has', () => {
  test('production dependencies only, in the versions of the lock file', async () => {
    const installed = await readLock(join(image, 'app/node_modules/.package-lock.json'));
    const locked = await readLock(join(root, 'package-lock.json'));
    expect(Object.keys(installed).length).toBeGreaterThan(10);
    for (const [place, { version, integrity, dev }] of Object.entries(installed)) {
      expect({ place, version, integrity, dev }).toEqual({
        place,
        version: locked[place]?.version,
        integrity: locked[place]?.integrity,
        dev: undefined,
      });
    }
    const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const modules = await readdir(join(image, 'app/node_modules'));
    expect(modules.filter((name) => name in devDependencies)).toEqual([]);
  });

  test('no shell, no package manager, no tests and no sources', async () => {
    const files = await readdir(image, { recursive: true });
    const names = new Set(files.map((file) => file.split('/').at(-1)));
    for (const name of ['sh', 'bash', 'busybox', 'npm', 'npx', 'apt'])
      expect(names).not.toContain(name);
    expect(files.filter((file) => /\.test\.|\.ts$/.test(file))).toEqual([]);
    expect((await readdir(join(image, 'usr/local/bin'))).sort()).toEqual(['node']);
    expect((await readdir(image)).filter((name) => !name.startsWith('lib')).sort()).toEqual([
      ...['app', 'etc', 'usr'],
    ]);
  });

  test('nothing that its user could write to, and nothing that it could not read', async () => {
    const wrong: string[] = [];
    for (const file of await readdir(image, { recursive: true })) {
      const { mode } = await stat(join(image, file));
      if ((mode & 0o022) !== 0 || (mode & 0o004) === 0) wrong.push(file);
    }
    expect(wrong).toEqual([]);
  });
});

describe('the Dockerfile', () => {
  test('ends in an empty image, with a user by number', async () => {
    const instructions = await readDockerfile(root);
    const last = instructions.findLastIndex(({ name }) => name === 'FROM');
    const stage = instructions.slice(last);
    expect(stage[0]?.rest).toBe('scratch');
    expect(stage.map(({ name }) => name)).not.toContain('RUN');
    expect(stage.find(({ name }) => name === 'USER')?.rest).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  test('names no registry', async () => {
    const names = (await readDockerfile(root))
      .filter(({ name }) => name === 'FROM' || name === 'ARG')
      .map(({ rest }) => rest.replace(/^\w+=/, ''));
    for (const name of names) expect(name).not.toMatch(/^[^/]*[.:][^/]*\//);
  });
});

type Lock = Record<string, { version?: string; integrity?: string; dev?: boolean }>;

async function readLock(file: string): Promise<Lock> {
  const { packages } = JSON.parse(await readFile(file, 'utf8')) as { packages: Lock };
  return packages;
}

import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Binaries, findBinaries } from '../binaries.ts';
import {
  cacheOf,
  type FakeMachine,
  makeMachine,
  putBinaries,
  putGo,
  putScript,
  readGoCalls,
} from './fakes.ts';

const ASSETS = ['etcd', 'kube-apiserver', 'kubectl'] as const;
const ALL = [...ASSETS, 'kube-controller-manager'] as const;

let machine: FakeMachine;

beforeEach(async () => {
  machine = await makeMachine();
});

afterEach(() => rm(machine.folder, { recursive: true, force: true }));

function sourcesOf(binaries: Binaries): Record<string, string> {
  return Object.fromEntries(Object.entries(binaries).map(([name, each]) => [name, each.source]));
}

function withAssets(): FakeMachine {
  const folder = join(machine.folder, 'assets');
  return { ...machine, env: { ...machine.env, KUBEBUILDER_ASSETS: folder } };
}

describe('where the binaries come from', () => {
  test('a filled cache is used as it is, with no go and no setup-envtest', async () => {
    await putBinaries(cacheOf(machine), 'is not run', ALL);
    const found = await findBinaries(machine);
    expect(found['kube-apiserver']).toEqual({
      path: join(cacheOf(machine), 'kube-apiserver'),
      version: 'v1.35.4',
      source: 'cache',
    });
    expect(new Set(Object.values(sourcesOf(found)))).toEqual(new Set(['cache']));
  });

  test('KUBEBUILDER_ASSETS comes first, and what it lacks comes from the cache', async () => {
    await putBinaries(join(machine.folder, 'assets'), 'v1.35.4', ASSETS);
    await putBinaries(cacheOf(machine), 'v1.35.4', ALL);
    expect(sourcesOf(await findBinaries(withAssets()))).toEqual({
      etcd: 'KUBEBUILDER_ASSETS',
      'kube-apiserver': 'KUBEBUILDER_ASSETS',
      'kube-controller-manager': 'cache',
      kubectl: 'KUBEBUILDER_ASSETS',
    });
  });

  test('assets of another version give way to our own pair and its kubectl', async () => {
    await putBinaries(join(machine.folder, 'assets'), 'v1.34.1', ASSETS);
    await putBinaries(cacheOf(machine), 'v1.35.4', ALL);
    expect(sourcesOf(await findBinaries(withAssets()))).toEqual({
      etcd: 'KUBEBUILDER_ASSETS',
      'kube-apiserver': 'cache',
      'kube-controller-manager': 'cache',
      kubectl: 'cache',
    });
  });

  test('assets of another version serve if they hold the controller manager too', async () => {
    await putBinaries(join(machine.folder, 'assets'), 'v1.34.1', ALL);
    await putBinaries(cacheOf(machine), 'v1.35.4', ALL);
    const found = await findBinaries(withAssets());
    expect(found['kube-controller-manager'].version).toBe('v1.34.1');
    expect(new Set(Object.values(sourcesOf(found)))).toEqual(new Set(['KUBEBUILDER_ASSETS']));
  });

  test('setup-envtest is asked for what is installed, and go builds the rest', async () => {
    const store = join(machine.folder, 'store');
    await putBinaries(store, 'v1.35.4', ASSETS);
    await putScript(
      join(machine.folder, 'path/setup-envtest'),
      `if (process.argv.slice(2).join(' ') !== 'use -i -p path 1.35.4') process.exit(2);
       process.stdout.write(${JSON.stringify(store)});`,
    );
    await putGo(machine);
    expect(sourcesOf(await findBinaries(machine))).toEqual({
      etcd: 'setup-envtest',
      'kube-apiserver': 'setup-envtest',
      'kube-controller-manager': 'build',
      kubectl: 'setup-envtest',
    });
    expect(await readGoCalls(machine)).toHaveLength(1);
  });

  test('with go alone everything is built once, into the cache, with progress', async () => {
    await putGo(machine);
    expect(new Set(Object.values(sourcesOf(await findBinaries(machine))))).toEqual(
      new Set(['build']),
    );
    expect(machine.lines.filter((line) => line.startsWith('built '))).toHaveLength(4);
    expect((await readdir(cacheOf(machine))).sort()).toEqual([...ALL].sort());
    const [call] = (await readGoCalls(machine)).filter((line) => line.endsWith('/kube-apiserver'));
    expect(call).toContain('-X k8s.io/component-base/version.gitVersion=v1.35.4');
    expect(call).toContain('-X k8s.io/component-base/version.gitMinor=35');
    expect(new Set(Object.values(sourcesOf(await findBinaries(machine))))).toEqual(
      new Set(['cache']),
    );
  });

  test('two that build at once build each binary once', async () => {
    await putGo(machine);
    await Promise.all([findBinaries(machine), findBinaries(machine)]);
    expect(await readGoCalls(machine)).toHaveLength(4);
  });

  test('a build that was killed does not hold up the next one', async () => {
    await putGo(machine);
    await mkdir(cacheOf(machine), { recursive: true });
    const lock = join(cacheOf(machine), 'etcd.lock');
    const partial = join(cacheOf(machine), 'etcd.1.partial');
    await writeFile(lock, '');
    await writeFile(partial, 'half');
    await utimes(lock, 0, 0);
    await utimes(partial, 0, 0);
    await findBinaries(machine);
    expect((await readdir(cacheOf(machine))).sort()).toEqual([...ALL].sort());
  });
});

describe('when a binary is nowhere to be had', () => {
  test('one sentence names the three ways out', async () => {
    await expect(findBinaries(machine)).rejects.toThrow(
      /^no etcd .*KUBEBUILDER_ASSETS.*setup-envtest.*put Go on PATH/,
    );
  });

  test('an API server without a controller manager of its version is told as that', async () => {
    await putBinaries(join(machine.folder, 'assets'), 'v1.34.1', ASSETS);
    await expect(findBinaries(withAssets())).rejects.toThrow(
      /^no kube-controller-manager v1\.34\.1 .*KUBEBUILDER_ASSETS/,
    );
  });

  test("a build that fails tells the compiler's last lines and leaves nothing", async () => {
    await putScript(
      join(machine.folder, 'path/go'),
      "console.error('no space left on device'); process.exitCode = 1;",
    );
    await expect(findBinaries(machine)).rejects.toThrow(/etcd v3\.6\.5.*no space left on device/s);
    expect(await readdir(cacheOf(machine))).toEqual([]);
  });
});

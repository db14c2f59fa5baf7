import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type BinaryName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl';

/** The versions that our own builds have, as Go writes them: `v1.35.4`. */
export type Versions = Readonly<{ kubernetes: string; etcd: string }>;

/**
 * Reads the versions from go.mod in `folder`, the one place where they are written.
 * Throws if the file is missing or requires no Kubernetes or no etcd.
 */
export async function readVersions(folder: string): Promise<Versions> {
  const file = join(folder, 'go.mod');
  const text = await readFile(file, 'utf8');
  return {
    kubernetes: required(text, 'k8s.io/kubernetes', file),
    etcd: required(text, 'go.etcd.io/etcd/server/v3', file),
  };
}

/** The cache's folder name for these versions; it changes whenever any of them does. */
export function nameCacheFolder(versions: Versions): string {
  return `${versions.kubernetes}-etcd-${versions.etcd}`;
}

/** The version that a build of ours has. */
export function versionOf(name: BinaryName, versions: Versions): string {
  return name === 'etcd' ? versions.etcd : versions.kubernetes;
}

/** The first version in what a binary printed, always with its `v`, or undefined. */
export function parseVersion(printed: string): string | undefined {
  const found = /\bv?(\d+\.\d+\.\d+[-+.\w]*)/.exec(printed)?.[1];
  return found === undefined ? undefined : `v${found}`;
}

/** `v1.35` of `v1.35.4`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function required(text: string, module: string, file: string): string {
  const line = text.split('\n').find((each) => each.trim().startsWith(`${module} v`));
  const version = line === undefined ? undefined : parseVersion(line.replace(module, ''));
  if (version === undefined) {
    throw new Error(`${file} requires no version of ${module}: add it and run "go mod tidy"`);
  }
  return version;
}

import { nameOfManifest } from './load.ts';
import type { Input, Manifest } from './manifests.ts';

/**
 * The objects of a cluster with those of files in place of what they name, as applying them would
 * leave it. Of files, an object that gives no namespace has `namespace`.
 */
export function overlay(cluster: Input, files: Input, namespace: string): Input {
  const given = new Set(files.manifests.map((each) => identityOf(each, namespace)));
  const kept = cluster.manifests.filter((each) => !given.has(identityOf(each, namespace)));
  return { manifests: [...kept, ...files.manifests], problems: files.problems };
}

/** The version of an API tells nothing apart; its group does. */
function identityOf(manifest: Manifest, namespace: string): string {
  const { group, kind, name, ...names } = nameOfManifest(manifest, namespace);
  return [group, kind, names.namespace, name].join('/');
}

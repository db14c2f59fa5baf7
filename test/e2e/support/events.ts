import type { Cluster } from './cluster.ts';

/** The notes of all Events about an object that have this reason, by `namespace/name`. */
export async function notesOf(cluster: Cluster, path: string, reason: string): Promise<string[]> {
  const [namespace = '', name = ''] = path.split('/');
  const selector = `regarding.name=${name},reason=${reason}`;
  const get = ['get', 'events.events.k8s.io', '-n', namespace, '--field-selector', selector];
  const text = await cluster.kubectl([...get, '-o', 'json']);
  return (JSON.parse(text) as { items: { note: string }[] }).items.map(({ note }) => note);
}

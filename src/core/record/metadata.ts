import { prefix } from '../intent/keys.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Scrape, StrayKey, Texts } from '../model/records.ts';
import type { Metadata } from './schemas.ts';

type Annotated = Pick<Metadata, 'annotations'>;

export function refOf({ name, namespace }: Metadata, group: string, kind: string): ObjectRef {
  return { group, kind, namespace: namespace ?? '', name };
}

/** The annotations that are ours. */
export function textsOf({ annotations }: Annotated): Texts {
  const ours = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(ours);
}

type Labelled = Pick<Metadata, 'labels'>;

/** The keys of ours in metadata of which nothing is read: annotations and labels. */
export function straysIn(metadata: Annotated & Labelled, path: readonly string[]): StrayKey[] {
  const annotations = Object.keys(textsOf(metadata));
  return [
    ...annotations.map((key) => ({ key, path: [...path, 'annotations', key] })),
    ...labelsThatStray(metadata, path),
  ];
}

/** Those among labels, of which none is read on anything but a Namespace. */
export function labelsThatStray({ labels }: Labelled, path: readonly string[]): StrayKey[] {
  const ours = Object.keys(labels ?? {}).filter((key) => key.startsWith(prefix));
  return ours.map((key) => ({ key, path: [...path, 'labels', key] }));
}

/**
 * What the annotations of Prometheus' own examples ask for. A port that is none asks for nothing: to
 * take it for absent would open every port of the pods instead of one.
 */
export function scrapeOf({ annotations }: Annotated): { readonly scrape?: Scrape } {
  if (annotations?.['prometheus.io/scrape'] !== 'true') return {};
  const written = annotations['prometheus.io/port'];
  if (written === undefined) return { scrape: {} };
  const port = /^\d{1,5}$/.test(written) ? Number(written) : 0;
  return port >= 1 && port <= 65535 ? { scrape: { port } } : {};
}

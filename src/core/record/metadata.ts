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

/** Those at a place where nothing reads them. */
export function straysIn(metadata: Annotated, path: readonly string[]): StrayKey[] {
  return Object.keys(textsOf(metadata)).map((key) => ({
    key,
    path: [...path, 'annotations', key],
  }));
}

/** Labels that are ours, of an object whose annotations are read. */
export function labelsThatStray({ labels }: Pick<Metadata, 'labels'>): StrayKey[] {
  const ours = Object.keys(labels ?? {}).filter((key) => key.startsWith(prefix));
  return ours.map((key) => ({ key, path: ['metadata', 'labels', key] }));
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

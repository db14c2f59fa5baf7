import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { knownKeys } from '../../src/core/intent/keys.ts';
import { readResource } from '../../src/core/intent/resource.ts';
import { readText } from '../../src/core/intent/text.ts';
import type { Entry } from '../../src/core/model/declaration.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { refusedEntries, rowsUnder, textsIn } from '../support/spec-page.ts';

function read(text: string) {
  const source = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const subject = { type: 'workload', kind: 'Deployment', name: 'web' } as const;
  return readText({ source, subject, direction: 'Egress', key: 'talks-to', text }, defaultSettings);
}

function readEntry(text: string): Entry | undefined {
  return read(text).declaration?.entries[0];
}

const parties = rowsUnder('Parties');

describe('The parties in docs/spec/entries.md', () => {
  const entries = parties.flatMap(([cell = '']) => textsIn(cell));

  test.each(entries)('%s is read', (text) => {
    const { declaration, findings } = read(text);
    expect(findings).toEqual([]);
    expect(declaration?.entries).toHaveLength(1);
  });

  test('are every form that there is', () => {
    const peers = entries.flatMap((text) => readEntry(text)?.peer ?? []);
    const forms = peers.map((peer) => (peer.type === 'party' ? peer.party : peer.type));
    expect([...new Set(forms)].sort()).toEqual(
      [
        ...['DNS', 'Ingress', 'KubeAPIServer', 'Monitoring', 'Nodes', 'block', 'cluster', 'host'],
        ...['internet', 'name', 'namespace', 'namespaces', 'own', 'pods', 'service', 'workload'],
      ].sort(),
    );
  });

  const written = parties.filter(([, resource = '']) => resource !== '');
  test.each(written)('%s is in a resource what stands beside it', (annotation, resource) => {
    const [yaml = ''] = textsIn(resource);
    const entry: unknown = parse(yaml.startsWith('{') ? yaml : `{${yaml}}`);
    const spec = { workload: { kind: 'Deployment', name: 'web' }, talksTo: [entry] };
    const record = { kind: 'AppConnectivity', namespace: 'shop', name: 'web', uid: '' } as const;
    const { declarations, findings } = readResource(
      { ...record, resourceVersion: '', generation: 1, spec, status: undefined },
      defaultSettings,
    );
    expect(findings).toEqual([]);
    const peer = declarations[0]?.entries[0]?.peer;
    expect(textsIn(annotation ?? '').map((text) => readEntry(text)?.peer.type)).toContain(
      peer?.type,
    );
  });
});

describe('The ports in docs/spec/entries.md', () => {
  test.each(rowsUnder('Ports').flatMap(([cell = '']) => textsIn(cell)))('%s is read', (text) => {
    expect(read(text).findings).toEqual([]);
    expect(readEntry(text)?.ports).toHaveLength(1);
  });
});

describe('The refused entries in docs/spec/entries.md', () => {
  test.each(refusedEntries())('%s is %s', (text, reason) => {
    const { declaration, findings } = read(text);
    expect(declaration).toBeUndefined();
    expect(findings.map(({ code }) => code)).toContain(reason);
  });
});

describe('The keys in docs/spec/entries.md', () => {
  test('are all that there are', () => {
    const keys = rowsUnder('Keys').flatMap(([cell = '']) => textsIn(cell));
    const known = Object.values(knownKeys).flatMap(({ annotations, labels }) => [
      ...annotations,
      ...labels,
    ]);
    expect(keys.sort()).toEqual([...new Set(known)].sort());
  });
});
